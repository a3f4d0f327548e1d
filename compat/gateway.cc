#include "compat/gateway.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "compat/legacy_session.h"

namespace chat77::compat {

using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

// Those who are told that the server is full are some more than may come in.
constexpr size_t kRefusedAtOnce = 100;
constexpr auto kAcceptAgain = std::chrono::milliseconds(100);

std::string Show(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return endpoint.address().is_v6()
             ? absl::StrCat("[", address, "]:", endpoint.port())
             : absl::StrCat(address, ":", endpoint.port());
}

absl::StatusOr<tcp::endpoint> ParseEndpoint(const std::string& text) {
  const size_t colon = text.rfind(':');
  uint32_t port = 0;
  error_code error;
  boost::asio::ip::address address;
  if (colon != std::string::npos) {
    std::string host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
      host = host.substr(1, host.size() - 2);
    }
    address = boost::asio::ip::make_address(host, error);
  }
  if (colon == std::string::npos || error ||
      !absl::SimpleAtoi(text.substr(colon + 1), &port) || port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", text,
        "\" is no address to listen on for old clients; write one like "
        "0.0.0.0:12345."));
  }
  return tcp::endpoint(address, static_cast<uint16_t>(port));
}

absl::Status CannotListen(const tcp::endpoint& endpoint,
                          const error_code& error) {
  return absl::AbortedError(
      absl::StrCat("Cannot listen on ", Show(endpoint), " for old clients (",
                   error.message(),
                   "); stop the program that holds the port, "
                   "or choose another."));
}

}  // namespace

class Gateway::Impl : public std::enable_shared_from_this<Gateway::Impl> {
 public:
  Impl(boost::asio::io_context& io, GatewayOptions options, Connect connect)
      : acceptor_(io),
        again_(io),
        options_(std::move(options)),
        connect_(std::move(connect)) {}

  absl::Status Listen(const tcp::endpoint& endpoint) {
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(1024, error);
    if (!error) address_ = Show(acceptor_.local_endpoint(error));
    if (error) return CannotListen(endpoint, error);
    Accept();
    return absl::OkStatus();
  }

  void Stop(std::function<void()> stopped) {
    stopped_ = std::move(stopped);
    CloseAcceptor();
    const auto sessions = sessions_;
    for (const auto& session : sessions) {
      session->Stop("The server is stopping. Please come back later");
    }
    TellStopped();
  }

  void Cut() {
    stopped_ = nullptr;
    CloseAcceptor();
    const auto sessions = sessions_;
    for (const auto& session : sessions) session->Cut();
  }

  const std::string& address() const { return address_; }
  size_t connections() const { return sessions_.size(); }

 private:
  void CloseAcceptor() {
    error_code ignored;
    acceptor_.close(ignored);
    again_.cancel();
  }

  void Accept() {
    acceptor_.async_accept([self = shared_from_this()](const error_code& error,
                                                       tcp::socket socket) {
      if (!self->acceptor_.is_open()) return;
      if (!error) {
        self->Welcome(std::move(socket));
        return self->Accept();
      }
      // Out of descriptors, most likely: trying at once would only spin.
      self->again_.expires_after(kAcceptAgain);
      self->again_.async_wait([self](const error_code& cancelled) {
        if (!cancelled && self->acceptor_.is_open()) self->Accept();
      });
    });
  }

  void Welcome(tcp::socket socket) {
    if (sessions_.size() >= options_.max_connections + kRefusedAtOnce) return;
    // Its own key in the set: forgotten when it has closed.
    auto slot = std::make_shared<std::weak_ptr<LegacySession>>();
    auto session = std::make_shared<LegacySession>(
        std::move(socket), options_, connect_, [weak = weak_from_this(), slot] {
          if (const auto self = weak.lock()) self->Forget(slot->lock());
        });
    *slot = session;
    const bool full = sessions_.size() >= options_.max_connections;
    sessions_.insert(session);
    if (full) {
      session->Refuse("The server is full. Please try again later");
    } else {
      session->Start();
    }
  }

  void Forget(const std::shared_ptr<LegacySession>& session) {
    sessions_.erase(session);
    TellStopped();
  }

  void TellStopped() {
    if (!sessions_.empty() || !stopped_) return;
    boost::asio::post(acceptor_.get_executor(),
                      std::exchange(stopped_, nullptr));
  }

  tcp::acceptor acceptor_;
  boost::asio::steady_timer again_;
  GatewayOptions options_;
  Connect connect_;
  std::string address_;
  absl::flat_hash_set<std::shared_ptr<LegacySession>> sessions_;
  std::function<void()> stopped_;
};

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::Open(
    boost::asio::io_context& io, const GatewayOptions& options,
    Connect connect) {
  auto endpoint = ParseEndpoint(options.listen);
  if (!endpoint.ok()) return endpoint.status();
  auto impl = std::make_shared<Impl>(io, options, std::move(connect));
  if (absl::Status status = impl->Listen(*endpoint); !status.ok()) {
    return status;
  }
  return std::unique_ptr<Gateway>(new Gateway(std::move(impl)));
}

Gateway::Gateway(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Gateway::~Gateway() { impl_->Cut(); }

std::string Gateway::address() const { return impl_->address(); }
size_t Gateway::connections() const { return impl_->connections(); }
void Gateway::Stop(std::function<void()> stopped) {
  impl_->Stop(std::move(stopped));
}

}  // namespace chat77::compat
