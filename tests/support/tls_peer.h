// The client's end of a TLS connection in memory, over OpenSSL's own memory
// BIOs, so that the server's end is judged by other code than its own.
#pragma once

#include <memory>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string>
#include <string_view>

namespace chat77::test {

struct TlsPeerOptions {
  int version = 0;       // TLS1_2_VERSION or TLS1_3_VERSION only; 0: either
  std::string suites12;  // of TLS 1.2; empty: OpenSSL's
  std::string curves;    // empty: OpenSSL's
  std::string protocol = "chat77";  // of ALPN; empty: none is offered
};

class TlsPeer {
 public:
  explicit TlsPeer(const TlsPeerOptions& options = {})
      : context_(SSL_CTX_new(TLS_client_method())) {
    if (options.version != 0) {
      SSL_CTX_set_min_proto_version(context_.get(), options.version);
      SSL_CTX_set_max_proto_version(context_.get(), options.version);
    }
    if (!options.suites12.empty()) {
      SSL_CTX_set_cipher_list(context_.get(), options.suites12.c_str());
    }
    if (!options.curves.empty()) {
      SSL_CTX_set1_groups_list(context_.get(), options.curves.c_str());
    }
    if (!options.protocol.empty()) {
      const std::string list =
          static_cast<char>(options.protocol.size()) + options.protocol;
      SSL_CTX_set_alpn_protos(
          context_.get(), reinterpret_cast<const unsigned char*>(list.data()),
          static_cast<unsigned>(list.size()));
    }
    ssl_.reset(SSL_new(context_.get()));
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), in_, out_);
    SSL_set_connect_state(ssl_.get());
    SSL_do_handshake(ssl_.get());
    ERR_clear_error();
  }

  SSL* ssl() { return ssl_.get(); }
  bool open() const { return SSL_is_init_finished(ssl_.get()) == 1; }
  bool failed() const { return failed_; }
  // The server said that no more comes.
  bool ended() const {
    return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  // What there is for the network.
  std::string TakeOut() {
    char* data = nullptr;
    const long size = BIO_get_mem_data(out_, &data);
    std::string bytes(data, static_cast<size_t>(size));
    BIO_reset(out_);
    return bytes;
  }
  // What came from it; returns the plain bytes in it.
  std::string Give(std::string_view bytes) {
    BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
    std::string plain;
    char buffer[16384];
    size_t size = 0;
    while (SSL_read_ex(ssl_.get(), buffer, sizeof buffer, &size) == 1) {
      plain.append(buffer, size);
    }
    const int why = SSL_get_error(ssl_.get(), 0);
    failed_ = failed_ || why == SSL_ERROR_SSL || why == SSL_ERROR_SYSCALL;
    ERR_clear_error();
    return plain;
  }
  bool Say(std::string_view plain) {
    size_t size = 0;
    const bool said =
        SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &size) == 1;
    ERR_clear_error();
    return said;
  }
  void Close() {
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }

 private:
  struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  std::unique_ptr<SSL_CTX, FreeContext> context_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  BIO* in_ = nullptr;   // ssl_'s
  BIO* out_ = nullptr;  // ssl_'s
  bool failed_ = false;
};

}  // namespace chat77::test
