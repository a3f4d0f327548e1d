// From a connected socket to a transport that may be trusted: nothing around
// it where none is wanted, else TLS with the server's key judged
// (client/server_trust.h) before anything is sent.
//
// TLS 1.3, or 1.2; ALPN "chat77"; the name that was asked for is sent (SNI)
// and is what a certificate must be for.
//
// One for all connections of a program; belongs to one io_context thread.
// Reads and writes the file of known hosts there, which takes milliseconds.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "client/tls_options.h"
#include "client/transport.h"

namespace chat77::client {

class TlsConnector {
 public:
  struct Secured {
    Transport transport;
    // One sentence for the user: a server met for the first time. Else empty.
    std::string news;
  };
  // PermissionDenied: the server is not to be trusted, or it cannot be told
  // whether it is; trying again does not help. Unavailable: the handshake
  // failed or took too long. Both with one sentence.
  using OnSecured = std::function<void(absl::StatusOr<Secured>)>;

  explicit TlsConnector(TlsOptions options);

  // `socket` is connected to `host` (as the user wrote it), `port`.
  // `on_secured` is called once, from the event loop or from within, also
  // after the connector is gone.
  void Secure(boost::asio::ip::tcp::socket socket, const std::string& host,
              uint16_t port, OnSecured on_secured);

  // Drops what is known of the server "HOST:PORT": for --forget.
  static absl::Status Forget(const TlsOptions& options, const std::string& host,
                             uint16_t port);

 private:
  const TlsOptions options_;
  boost::asio::ssl::context context_;
};

}  // namespace chat77::client
