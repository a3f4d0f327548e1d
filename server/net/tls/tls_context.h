// What all TLS connections of a server share: its certificate and what it
// agrees to. Never changes: a new certificate is a new context, and connections
// stay on theirs. Any thread.
//
// TLS 1.3, and 1.2 without renegotiation and only with forward secrecy and
// authenticated encryption (RFC 9325, 4.2); X25519 and P-256. Nothing is
// resumed: a device token (FEATURE_RESUME) brings a stay back, and a ticket
// costs memory for each connection. Of ALPN (RFC 7301) "chat77" or none.
#pragma once

#include <memory>

#include "absl/status/statusor.h"

#include "server/net/tls/certificate.h"
#include "server/net/tls/openssl.h"

namespace chat77::server::tls {

class TlsContext {
 public:
  // FailedPrecondition when OpenSSL does not take the certificate.
  static absl::StatusOr<std::shared_ptr<const TlsContext>> Make(
      const Certificate& certificate);

  // The server's end of a new connection; nullptr without memory.
  SslPtr Accept() const;

 private:
  explicit TlsContext(SslContextPtr context) : context_(std::move(context)) {}

  const SslContextPtr context_;
};

}  // namespace chat77::server::tls
