#include "server/net/address.h"

#include <cstring>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace chat77::server {

Address PeerAddress(
    const boost::asio::generic::stream_protocol::socket& socket) {
  boost::system::error_code error;
  const auto remote = socket.remote_endpoint(error);
  const int family = error ? 0 : remote.protocol().family();
  if (family != AF_INET && family != AF_INET6) return {"local", 0};
  boost::asio::ip::tcp::endpoint tcp;
  tcp.resize(remote.size());
  std::memcpy(tcp.data(), remote.data(), remote.size());
  return {tcp.address().to_string(), tcp.port()};
}

std::optional<std::string> ParseAddress(std::string_view text) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return address.to_string();
}

}  // namespace chat77::server
