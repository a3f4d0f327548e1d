#include "tests/bench/load/address.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace chat77::bench {
namespace {

absl::Status Refused(const Address& address) {
  return absl::UnavailableError(absl::StrCat("No connection to ", address.text,
                                             ": ", std::strerror(errno),
                                             "; is a server listening there?"));
}

void SetOptions(int fd, const ConnectOptions& options) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // Thousands of connections in TIME_WAIT would use up the ports.
  const linger at_once{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  const timeval limit{10, 0};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (options.receive_bytes != 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &options.receive_bytes,
               sizeof options.receive_bytes);
  }
}

bool BindTo(int fd, uint32_t source) {
  const int on = 1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + source);
  return bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0;
}

}  // namespace

bool Address::is_loopback_v4() const {
  if (bytes.ss_family != AF_INET) return false;
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(bytes);
  return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

absl::StatusOr<Address> Resolve(const std::string& host,
                                const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) {
    return absl::NotFoundError(absl::StrCat("There is no address for ", host,
                                            ":", port, ": ",
                                            gai_strerror(error), "."));
  }
  Address address;
  std::memcpy(&address.bytes, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  address.text = absl::StrCat(host, ":", port);
  freeaddrinfo(found);
  return address;
}

absl::StatusOr<int> Connect(const Address& address, ConnectOptions options) {
  const int fd = socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Refused(address);
  absl::Cleanup close_it = [fd] { close(fd); };
  SetOptions(fd, options);
  if (options.source != 0 && !BindTo(fd, options.source)) {
    return Refused(address);
  }
  const auto* to = reinterpret_cast<const sockaddr*>(&address.bytes);
  if (connect(fd, to, address.size) != 0) return Refused(address);
  if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) return Refused(address);
  std::move(close_it).Cancel();
  return fd;
}

}  // namespace chat77::bench
