#include "client/server_name.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include <boost/asio/ip/address.hpp>

namespace chat77::client {

std::string ServerName(std::string_view host, uint16_t port) {
  const bool is_v6 = host.find(':') != std::string_view::npos;
  return is_v6 ? absl::StrFormat("[%s]:%d", host, port)
               : absl::StrFormat("%s:%d", host, port);
}

std::string CanonicalServerName(std::string_view host, uint16_t port) {
  std::string name = absl::AsciiStrToLower(std::string(host));
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(name, error);
  if (!error) {
    name = address.to_string();
  } else if (name.size() > 1 && name.back() == '.') {
    name.pop_back();
  }
  return ServerName(name, port);
}

}  // namespace chat77::client
