// How a server is named in sentences and in files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace chat77::client {

// "127.0.0.1:7700", "[::1]:7700".
std::string ServerName(std::string_view host, uint16_t port);

// The same for the same server, however it was typed: names in lower case and
// without the dot at their end, IPv6 addresses in their shortest spelling.
std::string CanonicalServerName(std::string_view host, uint16_t port);

}  // namespace chat77::client
