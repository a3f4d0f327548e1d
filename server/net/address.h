// Addresses of peers as the connection log has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat77::server {

struct Address {
  std::string host;  // numeric; "local" for a socket pair
  uint16_t port = 0;
};

Address PeerAddress(int socket);

// The canonical spelling of a numeric IPv4 or IPv6 address.
std::optional<std::string> ParseAddress(std::string_view text);

}  // namespace chat77::server
