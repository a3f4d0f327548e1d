#include "tests/support/tls_front.h"

#include <array>
#include <openssl/ssl.h>
#include <utility>

#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

namespace chat77::test {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using Tls = boost::asio::ssl::stream<tcp::socket>;

int ChooseAlpn(SSL*, const unsigned char** out, unsigned char* size,
               const unsigned char* in, unsigned int in_size, void*) {
  static constexpr unsigned char kOurs[] =
      "\x06"
      "chat77";
  const int found =
      SSL_select_next_proto(const_cast<unsigned char**>(out), size, kOurs,
                            sizeof kOurs - 1, in, in_size);
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK
                                         : SSL_TLSEXT_ERR_ALERT_FATAL;
}

class Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  Pipe(tcp::socket socket, boost::asio::ssl::context& context,
       std::shared_ptr<TlsFront::Seen> seen)
      : tls_(std::move(socket), context),
        plain_(tls_.get_executor()),
        seen_(std::move(seen)) {}

  void Start(uint16_t plain_port) {
    tls_.async_handshake(
        boost::asio::ssl::stream_base::server,
        [self = shared_from_this(), plain_port](error_code error) {
          if (error) return;
          self->Note();
          self->plain_.connect(
              {boost::asio::ip::address_v4::loopback(), plain_port}, error);
          if (error) return;
          self->FromTls();
          self->FromPlain();
        });
  }

 private:
  void Note() {
    SSL* const ssl = tls_.native_handle();
    ++seen_->handshakes;
    seen_->version = SSL_get_version(ssl);
    const unsigned char* alpn = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl, &alpn, &size);
    seen_->alpn.assign(reinterpret_cast<const char*>(alpn), size);
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    seen_->name = name == nullptr ? "" : name;
  }

  void FromTls() {
    tls_.async_read_some(
        boost::asio::buffer(in_),
        [self = shared_from_this()](error_code error, size_t size) {
          if (error == boost::asio::error::eof) ++self->seen_->close_notifies;
          if (error == boost::asio::ssl::error::stream_truncated) {
            ++self->seen_->truncations;
          }
          if (error) return self->Close();
          boost::asio::write(
              self->plain_, boost::asio::buffer(self->in_.data(), size), error);
          if (!error) self->FromTls();
        });
  }

  void FromPlain() {
    plain_.async_read_some(
        boost::asio::buffer(out_),
        [self = shared_from_this()](error_code error, size_t size) {
          if (error) return self->Shutdown();
          boost::asio::async_write(self->tls_,
                                   boost::asio::buffer(self->out_.data(), size),
                                   [self](error_code failed, size_t) {
                                     if (!failed) self->FromPlain();
                                   });
        });
  }

  void Shutdown() {
    tls_.async_shutdown([self = shared_from_this()](error_code) {});
  }

  void Close() {
    error_code ignored;
    plain_.close(ignored);
  }

  Tls tls_;
  tcp::socket plain_;
  std::shared_ptr<TlsFront::Seen> seen_;
  std::array<char, 4096> in_;
  std::array<char, 4096> out_;
};

}  // namespace

TlsFront::TlsFront(boost::asio::io_context& io, uint16_t plain_port,
                   const TestCertificate& certificate)
    : acceptor_(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
      context_(boost::asio::ssl::context::tls_server),
      plain_port_(plain_port) {
  SSL_CTX_set_alpn_select_cb(context_.native_handle(), ChooseAlpn, nullptr);
  Use(certificate);
  Accept();
}

void TlsFront::Use(const TestCertificate& certificate) {
  SSL_CTX_use_certificate(context_.native_handle(), certificate.certificate());
  SSL_CTX_use_PrivateKey(context_.native_handle(), certificate.key());
}

void TlsFront::OnlyTls12() {
  SSL_CTX_set_max_proto_version(context_.native_handle(), TLS1_2_VERSION);
}

void TlsFront::Accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (error) return;
    std::make_shared<Pipe>(std::move(socket), context_, seen_)
        ->Start(plain_port_);
    Accept();
  });
}

}  // namespace chat77::test
