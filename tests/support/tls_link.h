// TLS over a blocking socket of a test's client, with OpenSSL's own socket BIO.
#pragma once

#include <memory>
#include <openssl/ssl.h>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace chat77::test {

class TlsLink {
 public:
  // Shakes hands; ok() tells what came of it. `version`: TLS1_2_VERSION or
  // TLS1_3_VERSION only, 0 for either. Nothing of the server is checked.
  explicit TlsLink(int socket, int version = 0);

  bool ok() const { return ok_; }
  bool Send(std::string_view bytes);
  // Like recv(2); waits for at least a record.
  ssize_t Receive(char* buffer, size_t size);
  // Bytes that need no more from the socket.
  bool pending() const { return SSL_pending(ssl_.get()) > 0; }
  // The server said that no more comes (close_notify).
  bool ended() const {
    return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  // The server's "SHA256:..." as clients pin it.
  std::string fingerprint() const;
  std::string version() const { return SSL_get_version(ssl_.get()); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
  bool ok_ = false;
};

}  // namespace chat77::test
