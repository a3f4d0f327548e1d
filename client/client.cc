#include "client/client.h"

#include <map>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "client/connect_error.h"
#include "client/link.h"
#include "client/server_name.h"
#include "client/steady_time.h"
#include "client/tls_connector.h"

namespace chat77::client {

using boost::asio::ip::tcp;
using boost::system::error_code;

// Carries out what the core orders. Handlers keep it alive; `stopped_` makes
// those that are left do nothing.
class Client::Shell : public std::enable_shared_from_this<Client::Shell> {
 public:
  Shell(boost::asio::io_context& io, ClientOptions options, OnEvent on_event)
      : io_(io),
        options_(Named(std::move(options))),
        on_event_(std::move(on_event)),
        core_(options_.core),
        tls_(options_.tls),
        resolver_(io),
        timer_(io) {
    wire_.software = options_.software;
    wire_.presence = options_.presence;
    // Without a second connection there is nothing to resume, and the user
    // should be offline as soon as this one ends.
    if (options_.core.reconnect) wire_.features = pb::FEATURE_RESUME;
  }

  void Stop() {
    // on_event_ may be the one who calls: it stays until the shell goes.
    stopped_ = true;
    replies_.clear();
    Drop();
    timer_.cancel();
  }

  void Start(std::optional<Credentials> credentials) {
    core_.Start(std::move(credentials), Now());
    PumpLater();
  }

  void Send(pb::ClientFrame request, OnReply on_reply) {
    replies_.emplace(core_.Send(std::move(request), Now()),
                     std::move(on_reply));
    PumpLater();
  }

  void Logout() {
    core_.Logout(Now());
    PumpLater();
  }

  const ClientCore& core() const { return core_; }

 private:
  static ClientOptions Named(ClientOptions options) {
    options.core.server = ServerName(options.host, options.port);
    return options;
  }

  Moment Now() {
    return {SteadyNow(), absl::Uniform<double>(random_, 0.0, 1.0), absl::Now()};
  }

  void PumpLater() {
    if (std::exchange(pump_posted_, true)) return;
    boost::asio::post(io_, [self = shared_from_this()] {
      self->pump_posted_ = false;
      self->Pump();
    });
  }

  void Pump() {
    // A callback may call anything, Stop included.
    while (!stopped_) {
      if (auto order = core_.PollOrder()) {
        CarryOut(*std::move(order));
      } else if (auto event = core_.PollEvent()) {
        Tell(*event);
      } else {
        break;
      }
    }
    if (!stopped_) ArmTimer();
  }

  void CarryOut(Order order) {
    if (std::holds_alternative<Connect>(order)) {
      Resolve();
    } else if (std::holds_alternative<Disconnect>(order)) {
      Drop();
    } else if (link_) {
      link_->Send(std::get<pb::ClientFrame>(std::move(order)));
    }
  }

  void Tell(const Event& event) {
    const auto* replied = std::get_if<Replied>(&event);
    if (replied == nullptr) {
      on_event_(event);
      return;
    }
    const auto found = replies_.find(replied->id);
    if (found == replies_.end()) return;
    const OnReply on_reply = std::move(found->second);
    replies_.erase(found);
    if (on_reply) on_reply(replied->frame);
  }

  // What belongs to an earlier connection is recognised by its number.
  bool Current(uint64_t turn) const { return !stopped_ && turn == turn_; }

  void Drop() {
    ++turn_;
    resolver_.cancel();
    error_code ignored;
    if (socket_) socket_->close(ignored);
    if (link_) link_->Close();
    socket_.reset();
    link_.reset();
  }

  void Resolve() {
    Drop();
    resolver_.async_resolve(
        options_.host, absl::StrCat(options_.port),
        tcp::resolver::numeric_service,
        [self = shared_from_this(), turn = turn_](
            error_code error, const tcp::resolver::results_type& results) {
          if (!self->Current(turn)) return;
          error ? self->ConnectFailed(error) : self->ConnectTo(results);
        });
  }

  void ConnectTo(const tcp::resolver::results_type& results) {
    socket_ = std::make_shared<tcp::socket>(io_);
    boost::asio::async_connect(
        *socket_, results,
        [self = shared_from_this(), socket = socket_, turn = turn_](
            error_code error, const tcp::endpoint&) {
          if (!self->Current(turn)) return;
          error ? self->ConnectFailed(error) : self->Connected();
        });
  }

  void ConnectFailed(const error_code& error) {
    core_.OnConnectFailed(ConnectSentence(error, options_.host, options_.port),
                          Now());
    Pump();
  }

  void Connected() {
    error_code ignored;
    socket_->set_option(tcp::no_delay(true), ignored);
    tcp::socket socket = std::move(*socket_);
    socket_.reset();
    tls_.Secure(std::move(socket), options_.host, options_.port,
                [self = shared_from_this(),
                 turn = turn_](absl::StatusOr<TlsConnector::Secured> secured) {
                  if (self->Current(turn)) self->OnSecured(std::move(secured));
                });
  }

  void OnSecured(absl::StatusOr<TlsConnector::Secured> secured) {
    if (!secured.ok()) {
      const std::string why(secured.status().message());
      if (absl::IsPermissionDenied(secured.status())) {
        core_.OnUntrusted(why, Now());
      } else {
        core_.OnConnectFailed(why, Now());
      }
      return PumpLater();
    }
    core_.OnConnected(Now());
    if (!secured->news.empty()) core_.OnServerMet(secured->news);
    link_ =
        Link::Start(std::move(secured->transport), wire_, CallbacksOfTurn());
    PumpLater();
  }

  Link::Callbacks CallbacksOfTurn() {
    const uint64_t turn = turn_;
    Link::Callbacks callbacks;
    callbacks.on_frame = [self = shared_from_this(),
                          turn](const pb::ServerFrame& frame) {
      if (!self->Current(turn)) return;
      self->core_.OnFrame(frame, self->Now());
      self->PumpLater();
    };
    callbacks.on_closed = [self = shared_from_this(), turn](
                              pb::Code code, const std::string& why) {
      if (!self->Current(turn)) return;
      self->core_.OnClosed(code, why, self->Now());
      self->PumpLater();
    };
    return callbacks;
  }

  void ArmTimer() {
    const absl::Time due = core_.NextDeadline();
    if (due == armed_) return;
    armed_ = due;
    timer_.cancel();
    if (due == absl::InfiniteFuture()) return;
    timer_.expires_after(absl::ToChronoNanoseconds(due - SteadyNow()));
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (error || self->stopped_) return;
      self->armed_ = absl::InfiniteFuture();
      self->core_.OnDeadline(self->Now());
      self->Pump();
    });
  }

  boost::asio::io_context& io_;
  ClientOptions options_;
  wire::ConnectionOptions wire_;
  OnEvent on_event_;
  ClientCore core_;
  std::map<uint64_t, OnReply> replies_;
  absl::InsecureBitGen random_;
  TlsConnector tls_;
  tcp::resolver resolver_;
  boost::asio::steady_timer timer_;
  absl::Time armed_ = absl::InfiniteFuture();
  std::shared_ptr<tcp::socket> socket_;  // while connecting
  std::shared_ptr<Link> link_;
  uint64_t turn_ = 0;
  bool pump_posted_ = false;
  bool stopped_ = false;
};

Client::Client(boost::asio::io_context& io, ClientOptions options,
               OnEvent on_event)
    : shell_(std::make_shared<Shell>(io, std::move(options),
                                     std::move(on_event))) {}

Client::~Client() { shell_->Stop(); }

void Client::Start(std::optional<Credentials> credentials) {
  shell_->Start(std::move(credentials));
}

void Client::Send(pb::ClientFrame request, OnReply on_reply) {
  shell_->Send(std::move(request), std::move(on_reply));
}

void Client::Logout() { shell_->Logout(); }

State Client::state() const { return shell_->core().state(); }
const std::string& Client::alias() const { return shell_->core().alias(); }
size_t Client::unanswered() const { return shell_->core().unanswered(); }

}  // namespace chat77::client
