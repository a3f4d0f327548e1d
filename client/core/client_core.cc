#include "client/core/client_core.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "client/core/event_of.h"

namespace chat77::client {
namespace {

bool IsTryAgain(pb::Code code) { return code > 0 && code < 100; }

// What a goodbye, or the end of a connection without one, means.
Trouble TroubleOf(pb::Code code) {
  switch (code) {
    case pb::VERSION_UNSUPPORTED:
      return Trouble::kRefused;
    case pb::TAKEN_OVER:
    case pb::LOGGED_OUT:
      return Trouble::kEnded;
    default:
      return Trouble::kTemporary;
  }
}

}  // namespace

ClientCore::ClientCore(CoreOptions options) : options_(std::move(options)) {}

void ClientCore::Enter(State state, absl::Time deadline) {
  state_ = state;
  deadline_ = deadline;
}

void ClientCore::Start(std::optional<Credentials> credentials, Moment moment) {
  if (state_ != State::kOffline) return;
  credentials_ = std::move(credentials);
  account_unsure_ = false;
  was_online_ = false;
  failures_ = 0;
  ghost_until_ = absl::InfinitePast();
  rooms_.clear();
  TryConnect(moment);
}

void ClientCore::TryConnect(Moment moment) {
  goodbye_.reset();
  connected_ = true;
  Enter(State::kConnecting, moment.now + options_.connect_time);
  events_.push_back(Connecting{failures_ + 1});
  orders_.push_back(Connect{});
}

void ClientCore::Logout(Moment moment) {
  if (state_ == State::kOffline || state_ == State::kLoggingOut) return;
  if (state_ != State::kOnline) {
    Fail({Trouble::kEnded, pb::CODE_UNSPECIFIED, "The client was stopped.",
          absl::ZeroDuration(), false},
         moment);
    return;
  }
  Enter(State::kLoggingOut, moment.now + options_.logout_time);
  logout_sent_ = false;
  if (pending_.empty()) SendLogout();
}

void ClientCore::SendLogout() {
  pb::ClientFrame frame;
  frame.mutable_logout();
  Transmit(std::move(frame));
  logout_sent_ = true;
}

uint64_t ClientCore::Transmit(pb::ClientFrame frame) {
  frame.set_request_id(++last_id_);
  orders_.push_back(std::move(frame));
  return last_id_;
}

uint64_t ClientCore::Send(pb::ClientFrame request) {
  if (state_ == State::kOnline) {
    Pending pending;
    if (request.has_say()) {
      pending.is_say = true;
      pending.room =
          request.say().room().empty() ? wire::kLobby : request.say().room();
      pending.text = request.say().text();
    }
    const uint64_t id = Transmit(std::move(request));
    pending_.emplace(id, std::move(pending));
    return id;
  }
  Replied refused{++last_id_, {}};
  refused.frame.set_reply_to(last_id_);
  refused.frame.mutable_error()->set_code(pb::NOT_LOGGED_IN);
  refused.frame.mutable_error()->set_sentence(
      "Not sent: there is no connection to the server now.");
  events_.push_back(std::move(refused));
  return last_id_;
}

void ClientCore::OnConnected(Moment moment) {
  if (state_ != State::kConnecting) return;
  Enter(State::kGreeting, moment.now + options_.greet_time);
}

void ClientCore::OnConnectFailed(std::string_view why, Moment moment) {
  if (state_ != State::kConnecting) return;
  connected_ = false;
  Fail({Trouble::kUnreachable, pb::CODE_UNSPECIFIED, std::string(why),
        absl::ZeroDuration(), was_online_},
       moment);
}

void ClientCore::OnFrame(const pb::ServerFrame& frame, Moment moment) {
  if (!connected_) return;
  if (frame.has_goodbye()) {
    goodbye_ = frame.goodbye();
    return;
  }
  switch (state_) {
    case State::kGreeting:
      OnGreeting(frame, moment);
      return;
    case State::kLoggingIn:
      OnLoginFrame(frame, moment);
      return;
    case State::kOnline:
    case State::kLoggingOut:
      frame.reply_to() != 0 ? OnReply(frame) : OnEvent(frame);
      if (state_ == State::kLoggingOut && !logout_sent_ && pending_.empty()) {
        SendLogout();
      }
      return;
    case State::kOffline:
    case State::kConnecting:
    case State::kWaiting:
      return;
  }
}

void ClientCore::OnGreeting(const pb::ServerFrame& frame, Moment moment) {
  if (!frame.has_hello()) return;
  if (credentials_) {
    SendLogin(moment.now);
    return;
  }
  orders_.push_back(Disconnect{});
  connected_ = false;
  Enter(State::kOffline, absl::InfiniteFuture());
  events_.push_back(Reachable{frame.hello().software()});
}

void ClientCore::SendLogin(absl::Time now) {
  pb::ClientFrame frame;
  account_pending_ = credentials_->make_account;
  if (account_pending_) {
    frame.mutable_register_()->set_alias(credentials_->alias);
    frame.mutable_register_()->set_password(credentials_->password);
  } else {
    frame.mutable_login()->set_alias(credentials_->alias);
    frame.mutable_login()->set_password(credentials_->password);
    frame.mutable_login()->set_take_over(credentials_->take_over);
  }
  login_id_ = Transmit(std::move(frame));
  Enter(State::kLoggingIn, now + options_.login_time);
}

void ClientCore::OnLoginFrame(const pb::ServerFrame& frame, Moment moment) {
  if (frame.reply_to() == 0) {
    OnEvent(frame);
    return;
  }
  if (frame.reply_to() != login_id_) return;
  if (frame.has_error()) {
    OnLoginError(frame.error(), moment);
  } else if (account_pending_ && frame.has_register_()) {
    credentials_->make_account = false;
    events_.push_back(Registered{frame.register_().alias()});
    SendLogin(moment.now);
  } else if (!account_pending_ && frame.has_login()) {
    GoOnline(frame.login(), moment.now);
  }
}

void ClientCore::OnLoginError(const pb::Error& error, Moment moment) {
  // The account may be the one an earlier try made before it broke off: the
  // password tells.
  if (account_pending_ && account_unsure_ && error.code() == pb::ALIAS_TAKEN) {
    account_unsure_ = false;
    credentials_->make_account = false;
    SendLogin(moment.now);
    return;
  }
  account_pending_ = false;
  Failure failure{Trouble::kRefused, error.code(), error.sentence(),
                  absl::Milliseconds(error.retry_after_ms()), false};
  if (IsTryAgain(error.code())) {
    failure.trouble = Trouble::kTemporary;
    failure.may_retry = true;
  } else if (error.code() == pb::ALREADY_ONLINE && moment.now < ghost_until_) {
    failure.trouble = Trouble::kTemporary;
    failure.why = "The server has not noticed yet that the connection broke.";
    failure.may_retry = true;
  }
  Fail(failure, moment);
}

void ClientCore::GoOnline(const pb::LoginReply& reply, absl::Time now) {
  Enter(State::kOnline, absl::InfiniteFuture());
  alias_ = reply.alias();
  online_since_ = now;
  ghost_until_ = absl::InfinitePast();
  events_.push_back(Online{alias_,
                           std::exchange(was_online_, true),
                           {reply.rooms().begin(), reply.rooms().end()}});
  for (const pb::RoomPosition& position : reply.rooms()) {
    std::vector<Event> events;
    Fetch(Room(position.room()).OnLogin(position, events));
    Push(std::move(events));
  }
}

RoomFollower& ClientCore::Room(const std::string& room) {
  return rooms_.try_emplace(room, room, options_.newest).first->second;
}

void ClientCore::Fetch(std::optional<pb::FetchHistory> fetch) {
  if (!fetch) return;
  pb::ClientFrame frame;
  *frame.mutable_fetch_history() = *std::move(fetch);
  Pending pending;
  pending.is_catch_up = true;
  pending.room = frame.fetch_history().room();
  pending_.emplace(Transmit(std::move(frame)), std::move(pending));
}

void ClientCore::Push(std::vector<Event> events) {
  for (Event& event : events) events_.push_back(std::move(event));
}

void ClientCore::OnReply(const pb::ServerFrame& frame) {
  const auto found = pending_.find(frame.reply_to());
  if (found == pending_.end()) return;
  const Pending pending = std::move(found->second);
  pending_.erase(found);
  if (pending.is_catch_up) {
    OnCatchUp(pending.room, frame);
    return;
  }
  if (pending.is_say && frame.has_say()) {
    pb::Said said;
    said.set_room(pending.room);
    said.set_seq(frame.say().seq());
    said.set_time_ms(frame.say().time_ms());
    said.set_alias(alias_);
    said.set_text(pending.text);
    std::vector<Event> events;
    Room(pending.room).OnOwn(said, events);
    Push(std::move(events));
  }
  events_.push_back(Replied{frame.reply_to(), frame});
}

void ClientCore::OnCatchUp(const std::string& room,
                           const pb::ServerFrame& frame) {
  std::vector<Event> events;
  if (frame.has_fetch_history()) {
    Fetch(Room(room).OnPage(frame.fetch_history(), alias_, events));
  } else {
    Room(room).OnPageFailed(events);
  }
  Push(std::move(events));
}

void ClientCore::OnEvent(const pb::ServerFrame& frame) {
  std::vector<Event> events;
  if (frame.has_said()) {
    Room(frame.said().room()).OnSaid(frame.said(), alias_, events);
  } else if (std::optional<Event> event = EventOf(frame)) {
    events.push_back(*std::move(event));
  }
  if (frame.has_missed()) {
    Fetch(Room(frame.missed().room()).OnMissed(frame.missed(), events));
  }
  Push(std::move(events));
}

void ClientCore::OnClosed(pb::Code code, std::string_view why, Moment moment) {
  if (!connected_) return;
  connected_ = false;
  Failure failure{TroubleOf(code), code, std::string(why), absl::ZeroDuration(),
                  true};
  if (goodbye_) {
    failure.retry_after = absl::Milliseconds(goodbye_->retry_after_ms());
  }
  if (state_ == State::kLoggingOut) {
    failure.trouble = Trouble::kEnded;
    failure.why = "Logged out.";
  } else if (state_ == State::kGreeting && !goodbye_) {
    failure.trouble = Trouble::kNotChat77;
    failure.may_retry = was_online_;
    if (code == pb::CODE_UNSPECIFIED) {
      failure.why = absl::StrCat(options_.server,
                                 " closed the connection without a greeting; ",
                                 "is that chat77's native port (7700)?");
    }
  }
  if (failure.trouble == Trouble::kEnded ||
      failure.trouble == Trouble::kRefused) {
    failure.may_retry = false;
  }
  // Without a goodbye the server may take the connection for alive.
  if ((state_ == State::kOnline || state_ == State::kLoggingIn) && !goodbye_) {
    ghost_until_ = moment.now + kGhost;
  }
  Fail(failure, moment);
}

void ClientCore::OnDeadline(Moment moment) {
  if (moment.now < deadline_) return;
  Failure failure;
  switch (state_) {
    case State::kWaiting:
      TryConnect(moment);
      return;
    case State::kConnecting:
      failure.trouble = Trouble::kUnreachable;
      failure.may_retry = was_online_;
      failure.why =
          absl::StrCat("No answer from ", options_.server, " within ",
                       absl::FormatDuration(options_.connect_time),
                       "; is the address right, or a firewall in between?");
      break;
    case State::kGreeting:
      failure.trouble = Trouble::kNotChat77;
      failure.may_retry = was_online_;
      failure.why = absl::StrCat(options_.server,
                                 " accepts connections but does not greet; ",
                                 "is that chat77's native port (7700)?");
      break;
    case State::kLoggingIn:
      failure.why = "The server has not answered the login in time.";
      break;
    case State::kLoggingOut:
      if (!logout_sent_) {
        deadline_ = moment.now + options_.logout_time;
        SendLogout();
        return;
      }
      failure = {Trouble::kEnded, pb::CODE_UNSPECIFIED, "Logged out.",
                 absl::ZeroDuration(), false};
      break;
    case State::kOffline:
    case State::kOnline:
      return;
  }
  Fail(failure, moment);
}

void ClientCore::FailPending() {
  for (auto& [id, pending] : std::exchange(pending_, {})) {
    if (pending.is_catch_up) continue;
    Replied lost{id, {}};
    lost.frame.set_reply_to(id);
    lost.frame.mutable_error()->set_code(pb::UNAVAILABLE);
    lost.frame.mutable_error()->set_sentence(
        "The connection ended before the server confirmed it.");
    events_.push_back(std::move(lost));
  }
}

void ClientCore::Fail(const Failure& failure, Moment moment) {
  if (std::exchange(connected_, false)) orders_.push_back(Disconnect{});
  if (state_ == State::kLoggingIn && account_pending_) account_unsure_ = true;
  FailPending();
  if (moment.now - online_since_ >= kStable) failures_ = 0;
  online_since_ = absl::InfiniteFuture();
  Offline offline{failure.trouble, failure.code, failure.why, std::nullopt};
  if (failure.may_retry && options_.reconnect) {
    offline.retry_in = Delay(failure, moment.jitter);
    Enter(State::kWaiting, moment.now + *offline.retry_in);
  } else {
    Enter(State::kOffline, absl::InfiniteFuture());
  }
  events_.push_back(std::move(offline));
}

absl::Duration ClientCore::Delay(const Failure& failure, double jitter) {
  return std::max(
      failure.retry_after,
      std::min(kLongestDelay, kFirstDelay * (1 << std::min(failures_++, 5))) *
          (1 - jitter / 2));
}

std::optional<Order> ClientCore::PollOrder() {
  if (orders_.empty()) return std::nullopt;
  Order order = std::move(orders_.front());
  orders_.pop_front();
  return order;
}

std::optional<Event> ClientCore::PollEvent() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

}  // namespace chat77::client
