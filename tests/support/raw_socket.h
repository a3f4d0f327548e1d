// A blocking connection to a port of this machine, for bytes that are no chat.
#pragma once

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace chat77::test {

class RawSocket {
 public:
  explicit RawSocket(int port)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address),
                           sizeof address) == 0;
  }
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;
  ~RawSocket() { ::close(fd_); }

  int fd() const { return fd_; }
  bool connected() const { return connected_; }
  bool Send(std::string_view bytes) {
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  // All that comes until the other side closes; ended() tells whether it did.
  std::string ReadAll(
      std::chrono::milliseconds patience = std::chrono::seconds(60)) {
    std::string all;
    std::array<char, 4096> buffer;
    for (;;) {
      pollfd waiting{fd_, POLLIN, 0};
      if (::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) {
        return all;
      }
      const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
      ended_ = size <= 0;
      if (ended_) return all;
      all.append(buffer.data(), static_cast<size_t>(size));
    }
  }
  bool ended() const { return ended_; }

 private:
  int fd_;
  bool connected_ = false;
  bool ended_ = false;
};

}  // namespace chat77::test
