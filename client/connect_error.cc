#include "client/connect_error.h"

#include "absl/strings/str_format.h"
#include <boost/asio/error.hpp>

#include "client/server_name.h"

namespace chat77::client {

namespace asio_error = boost::asio::error;

std::string ConnectSentence(const boost::system::error_code& error,
                            std::string_view host, uint16_t port) {
  const std::string server = ServerName(host, port);
  if (error == asio_error::host_not_found ||
      error == asio_error::host_not_found_try_again ||
      error == asio_error::no_data || error == asio_error::no_recovery) {
    return absl::StrFormat(
        "The name %s cannot be resolved; check --server=HOST:PORT.", host);
  }
  if (error == asio_error::connection_refused) {
    return absl::StrFormat(
        "No server listens at %s; start one (./run), or name another with "
        "--server=HOST:PORT.",
        server);
  }
  if (error == asio_error::timed_out || error == asio_error::host_unreachable ||
      error == asio_error::network_unreachable) {
    return absl::StrFormat(
        "%s cannot be reached (%s); check the address and the network.", server,
        error.message());
  }
  return absl::StrFormat("Cannot connect to %s: %s.", server, error.message());
}

}  // namespace chat77::client
