#include "client/tls_connector.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <utility>

#include "absl/strings/str_cat.h"
#include <boost/asio/steady_timer.hpp>

#include "client/key_fingerprint.h"
#include "client/known_hosts.h"
#include "client/server_name.h"
#include "client/server_trust.h"

namespace chat77::client {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

// RFC 7301: each name behind its length.
constexpr unsigned char kAlpn[] =
    "\x06"
    "chat77";

absl::StatusOr<std::string> PathOf(const TlsOptions& options) {
  if (!options.known_hosts.empty()) return options.known_hosts;
  return KnownHosts::DefaultPath();
}

absl::Status Denied(absl::string_view sentence) {
  return absl::PermissionDeniedError(sentence);
}

// The key a finished handshake has shown.
ShownKey KeyOf(SSL* ssl) {
  ShownKey key;
  X509* certificate = SSL_get1_peer_certificate(ssl);
  if (certificate == nullptr) return key;
  key.fingerprint = KeyFingerprint(*certificate);
  key.verified = SSL_get_verify_result(ssl) == X509_V_OK;
  X509_free(certificate);
  return key;
}

// The sentence for the user, or why the server is refused.
absl::StatusOr<std::string> Judge(const TlsOptions& options,
                                  const std::string& server,
                                  const ShownKey& shown) {
  if (shown.fingerprint.empty()) {
    return Denied(absl::StrCat(server, " showed no key that can be read."));
  }
  if (!options.fingerprint.empty()) {
    const Trust trust = JudgeServer(server, shown, {}, options.fingerprint);
    if (!trust.accepted) return Denied(trust.sentence);
    return trust.sentence;
  }
  const absl::StatusOr<std::string> path = PathOf(options);
  if (!path.ok()) return Denied(path.status().message());
  KnownHosts hosts(*path);
  const auto known = hosts.Find(server);
  if (!known.ok()) return Denied(known.status().message());
  Trust trust = JudgeServer(server, shown, *known, "");
  if (!trust.accepted) return Denied(trust.sentence);
  if (trust.remember.empty()) return std::move(trust.sentence);
  const absl::Status remembered =
      hosts.Remember(server, trust.remember, *known);
  if (absl::IsAborted(remembered)) {
    return absl::UnavailableError(remembered.message());
  }
  if (!remembered.ok()) {
    return Denied(absl::StrCat(remembered.message(),
                               " To connect without it, give the key: ",
                               "--fingerprint=", shown.fingerprint));
  }
  return std::move(trust.sentence);
}

// One handshake; its handlers keep it.
class Handshake : public std::enable_shared_from_this<Handshake> {
 public:
  Handshake(tcp::socket socket, boost::asio::ssl::context& context,
            const TlsOptions& options, const std::string& host, uint16_t port,
            TlsConnector::OnSecured on_secured)
      : tls_(std::make_unique<Transport::Tls>(std::move(socket), context)),
        timer_(tls_->get_executor()),
        options_(options),
        host_(host),
        server_(CanonicalServerName(host, port)),
        on_secured_(std::move(on_secured)) {}

  void Start() {
    if (!Prepare()) {
      return Finish(absl::UnavailableError(absl::StrCat(
          "TLS to ", server_, " cannot be prepared; is that a host's name?")));
    }
    timer_.expires_after(absl::ToChronoNanoseconds(options_.handshake_time));
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (error || !self->tls_) return;
      self->timed_out_ = true;
      error_code ignored;
      self->tls_->next_layer().close(ignored);
    });
    tls_->async_handshake(
        boost::asio::ssl::stream_base::client,
        [self = shared_from_this()](error_code error) { self->OnDone(error); });
  }

 private:
  bool Prepare() {
    SSL* const ssl = tls_->native_handle();
    std::string name = host_;
    if (name.size() > 1 && name.back() == '.') name.pop_back();
    error_code no_address;
    boost::asio::ip::make_address(name, no_address);
    // RFC 6066: only names, no addresses.
    if (no_address && SSL_set_tlsext_host_name(ssl, name.c_str()) != 1) {
      return false;
    }
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, name.c_str()) == 1;
  }

  void OnDone(const error_code& error) {
    timer_.cancel();
    if (timed_out_) {
      return Finish(absl::UnavailableError(absl::StrCat(
          server_, " accepts connections but has not finished a TLS handshake ",
          "within ", absl::FormatDuration(options_.handshake_time),
          "; is that chat77's native port (7700)?")));
    }
    if (error) {
      return Finish(absl::UnavailableError(absl::StrCat(
          "No TLS with ", server_, " (", error.message(),
          "); is that chat77's native port (7700)? If the server speaks no ",
          "TLS on purpose: --tls=off.")));
    }
    absl::StatusOr<std::string> news =
        Judge(options_, server_, KeyOf(tls_->native_handle()));
    if (!news.ok()) return Finish(news.status());
    Finish(TlsConnector::Secured{Transport(std::move(tls_)), *std::move(news)});
  }

  void Finish(absl::StatusOr<TlsConnector::Secured> secured) {
    // What is left of a refused one closes without a word.
    tls_.reset();
    std::exchange(on_secured_, nullptr)(std::move(secured));
  }

  std::unique_ptr<Transport::Tls> tls_;
  boost::asio::steady_timer timer_;
  const TlsOptions options_;
  const std::string host_;
  const std::string server_;
  TlsConnector::OnSecured on_secured_;
  bool timed_out_ = false;
};

}  // namespace

TlsConnector::TlsConnector(TlsOptions options)
    : options_(std::move(options)),
      context_(boost::asio::ssl::context::tls_client) {
  SSL_CTX* const context = context_.native_handle();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_alpn_protos(context, kAlpn, sizeof kAlpn - 1);
  // Without authorities every server is judged by its key alone.
  error_code ignored;
  context_.set_default_verify_paths(ignored);
  // The verdict is asked for after the handshake, and no byte sent before.
  context_.set_verify_mode(boost::asio::ssl::verify_none, ignored);
}

void TlsConnector::Secure(tcp::socket socket, const std::string& host,
                          uint16_t port, OnSecured on_secured) {
  error_code gone;
  const tcp::endpoint peer = socket.remote_endpoint(gone);
  if (gone) {
    on_secured(absl::UnavailableError(
        absl::StrCat("The connection to ", ServerName(host, port),
                     " was lost as soon as it was made.")));
  } else if (!WantsTls(options_, host, peer.address())) {
    on_secured(Secured{Transport::Plain(std::move(socket)), ""});
  } else {
    std::make_shared<Handshake>(std::move(socket), context_, options_, host,
                                port, std::move(on_secured))
        ->Start();
  }
}

absl::Status TlsConnector::Forget(const TlsOptions& options,
                                  const std::string& host, uint16_t port) {
  const absl::StatusOr<std::string> path = PathOf(options);
  if (!path.ok()) return path.status();
  return KnownHosts(*path).Forget(CanonicalServerName(host, port));
}

}  // namespace chat77::client
