#include "tests/hostile/sockets.h"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace chat77::hostile {
namespace {

// A busy machine may drop the first packets of many.
constexpr int kConnectMs = 30'000;

bool Finished(int fd) {
  pollfd waiting{fd, POLLOUT, 0};
  if (::poll(&waiting, 1, kConnectMs) <= 0) return false;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
         error == 0;
}

bool Try(int fd, uint32_t host, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(host);
  const int one = 1;
  // The port is chosen with the connection: an address may have one port to
  // two servers.
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd, any, sizeof address) != 0) return false;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (::connect(fd, any, sizeof address) == 0) return true;
  return errno == EINPROGRESS && Finished(fd);
}

}  // namespace

uint32_t HostOf(int network, size_t n) {
  constexpr size_t kLast = 250;
  const auto low = static_cast<uint32_t>(1 + n % kLast);
  const auto high = static_cast<uint32_t>(n / kLast % kLast);
  return 127u << 24 | static_cast<uint32_t>(network) << 16 | high << 8 | low;
}

int Connect(uint32_t host, uint16_t port, int receive_bytes) {
  const int fd =
      ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  if (receive_bytes > 0) {
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes,
                 sizeof receive_bytes);
  }
  if (Try(fd, host, port)) return fd;
  ::close(fd);
  return -1;
}

bool SendSome(int fd, std::string& bytes) {
  if (bytes.empty()) return true;
  const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN;
  bytes.erase(0, static_cast<size_t>(sent));
  return true;
}

void CloseInOrder(int fd) { ::close(fd); }

void CloseHard(int fd) {
  const linger hard{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  ::close(fd);
}

}  // namespace chat77::hostile
