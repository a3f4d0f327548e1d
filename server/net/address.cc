#include "server/net/address.h"

#include <cstring>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace chat77::server {
namespace {

using boost::asio::ip::make_address_v4;
using boost::asio::ip::v4_mapped;

// An IPv4 client of an IPv6 listener is an IPv4 client.
std::string Show(const boost::asio::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) {
    return address.to_string();
  }
  return make_address_v4(v4_mapped, address.to_v6()).to_string();
}

}  // namespace

Address PeerAddress(
    const boost::asio::generic::stream_protocol::socket& socket) {
  boost::system::error_code error;
  const auto remote = socket.remote_endpoint(error);
  const int family = error ? 0 : remote.protocol().family();
  if (family != AF_INET && family != AF_INET6) return {"local", 0};
  boost::asio::ip::tcp::endpoint tcp;
  tcp.resize(remote.size());
  std::memcpy(tcp.data(), remote.data(), remote.size());
  return {Show(tcp.address()), tcp.port()};
}

std::optional<std::string> ParseAddress(std::string_view text) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return Show(address);
}

}  // namespace chat77::server
