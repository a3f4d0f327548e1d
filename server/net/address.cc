#include "server/net/address.h"

#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace chat77::server {
namespace {

using boost::asio::ip::address_v6;
using boost::asio::ip::make_address_v4;
using boost::asio::ip::v4_mapped;

// An IPv4 client of an IPv6 listener is an IPv4 client; and a neighbour is its
// address, without the interface it is met on ("fe80::1%eth0").
std::string Show(const boost::asio::ip::address& address) {
  if (!address.is_v6()) return address.to_string();
  const address_v6 v6(address.to_v6().to_bytes());
  if (!v6.is_v4_mapped()) return v6.to_string();
  return make_address_v4(v4_mapped, v6).to_string();
}

}  // namespace

Address PeerAddress(int socket) {
  boost::asio::ip::tcp::endpoint remote;
  auto size = static_cast<socklen_t>(remote.capacity());
  if (::getpeername(socket, remote.data(), &size) != 0) return {"local", 0};
  const int family = remote.data()->sa_family;
  if (family != AF_INET && family != AF_INET6) return {"local", 0};
  remote.resize(size);
  return {Show(remote.address()), remote.port()};
}

std::optional<std::string> ParseAddress(std::string_view text) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return Show(address);
}

}  // namespace chat77::server
