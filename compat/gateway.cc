#include "compat/gateway.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
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
constexpr std::string_view kNotAllowed =
    "This port is not encrypted and only for the local network. Use a chat77 "
    "client and the native port";
constexpr auto kReportPause = std::chrono::seconds(1);
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
        connect_(std::move(connect)),
        strangers_(options_.strangers),
        report_(io) {}

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
    for (const auto& [id, session] : sessions) {
      session->Stop("The server is stopping. Please come back later");
    }
    TellStopped();
  }

  void Cut() {
    stopped_ = nullptr;
    CloseAcceptor();
    const auto sessions = sessions_;
    for (const auto& [id, session] : sessions) session->Cut();
  }

  void OnRefused(std::function<void(const Refused&)> call) {
    on_refused_ = std::move(call);
  }
  const std::string& address() const { return address_; }
  size_t connections() const { return sessions_.size(); }

 private:
  void CloseAcceptor() {
    error_code ignored;
    acceptor_.close(ignored);
    again_.cancel();
    report_.cancel();
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
    error_code gone;
    const auto peer = socket.remote_endpoint(gone);
    if (gone) return;
    const uint64_t id = ++last_id_;
    const std::string_view refusal = Judge(id, peer.address());
    if (!refusal.empty() && refusing_.size() >= kRefusedAtOnce) return;
    const auto session = std::make_shared<LegacySession>(
        std::move(socket), options_, connect_,
        [weak = weak_from_this(), id] {
          if (const auto self = weak.lock()) self->strangers_.Leave(id);
        },
        [weak = weak_from_this(), id] {
          if (const auto self = weak.lock()) self->Forget(id);
        });
    sessions_[id] = session;
    if (refusal.empty()) return session->Start();
    refusing_.insert(id);
    session->Refuse(refusal);
  }

  // Why it may not come in; empty if it may.
  std::string_view Judge(uint64_t id, const boost::asio::ip::address& peer) {
    const std::string text = peer.to_string();
    // Without the interface that is named behind a local one.
    const auto address = wire::IpAddress::Parse(text.substr(0, text.find('%')));
    if (!address || !options_.allow.Contains(*address)) {
      Count(&Refused::not_allowed);
      return kNotAllowed;
    }
    if (sessions_.size() - refusing_.size() >= options_.max_connections) {
      Count(&Refused::full);
      return "The server is full. Please try again later";
    }
    if (options_.unlimited.Contains(*address)) return {};
    const auto admission = strangers_.Admit(id, address->Group());
    if (admission.verdict != wire::StrangerPool::Verdict::kAdmitted) {
      Count(&Refused::strangers);
      return "Too many from your address have not logged in yet";
    }
    if (admission.gives_way) {
      Count(&Refused::gave_way);
      const auto session = sessions_.find(*admission.gives_way);
      if (session != sessions_.end()) Dismiss(session->second);
    }
    return {};
  }

  // Later: its end must not come while others are looked through.
  void Dismiss(const std::shared_ptr<LegacySession>& session) {
    boost::asio::post(acceptor_.get_executor(), [session] {
      session->Stop("Too many others want to log in. Please connect again");
    });
  }

  void Forget(uint64_t id) {
    strangers_.Leave(id);
    refusing_.erase(id);
    sessions_.erase(id);
    TellStopped();
  }

  void Count(size_t Refused::* which) {
    ++(refused_.*which);
    if (!on_refused_ || std::exchange(report_due_, true)) return;
    report_.expires_after(kReportPause);
    report_.async_wait([self = shared_from_this()](const error_code& error) {
      self->report_due_ = false;
      if (!error) self->on_refused_(std::exchange(self->refused_, {}));
    });
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
  uint64_t last_id_ = 0;
  absl::flat_hash_map<uint64_t, std::shared_ptr<LegacySession>> sessions_;
  absl::flat_hash_set<uint64_t> refusing_;  // of sessions_
  wire::StrangerPool strangers_;
  Refused refused_;
  boost::asio::steady_timer report_;
  bool report_due_ = false;
  std::function<void(const Refused&)> on_refused_;
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
void Gateway::OnRefused(std::function<void(const Refused&)> call) {
  impl_->OnRefused(std::move(call));
}
void Gateway::Stop(std::function<void()> stopped) {
  impl_->Stop(std::move(stopped));
}

}  // namespace chat77::compat
