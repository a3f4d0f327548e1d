#include "tests/support/tls_link.h"

#include <array>
#include <csignal>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "absl/strings/escaping.h"

namespace chat77::test {

TlsLink::TlsLink(int socket, int version)
    : context_(SSL_CTX_new(TLS_client_method())) {
  // OpenSSL's socket BIO writes without MSG_NOSIGNAL.
  std::signal(SIGPIPE, SIG_IGN);
  if (version != 0) {
    SSL_CTX_set_min_proto_version(context_.get(), version);
    SSL_CTX_set_max_proto_version(context_.get(), version);
  }
  const unsigned char protocol[] =
      "\x06"
      "chat77";
  SSL_CTX_set_alpn_protos(context_.get(), protocol, sizeof protocol - 1);
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_fd(ssl_.get(), socket);
  ok_ = SSL_connect(ssl_.get()) == 1;
  ERR_clear_error();
}

bool TlsLink::Send(std::string_view bytes) {
  size_t sent = 0;
  const bool all =
      SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent) == 1;
  ERR_clear_error();
  return all;
}

ssize_t TlsLink::Receive(char* buffer, size_t size) {
  const int received = SSL_read(ssl_.get(), buffer, static_cast<int>(size));
  ERR_clear_error();
  return received;
}

std::string TlsLink::fingerprint() const {
  X509* certificate = SSL_get0_peer_certificate(ssl_.get());
  if (certificate == nullptr) return "";
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(der, static_cast<size_t>(size), digest.data());
  OPENSSL_free(der);
  std::string base64;
  absl::Base64Escape(
      {reinterpret_cast<const char*>(digest.data()), digest.size()}, &base64);
  return "SHA256:" + base64.substr(0, base64.find('='));
}

}  // namespace chat77::test
