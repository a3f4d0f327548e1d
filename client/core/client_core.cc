#include "client/core/client_core.h"

#include <algorithm>
#include <utility>

#include "client/core/event_of.h"
#include "proto/request_traits.h"

namespace chat77::client {
namespace {

bool IsAny(const PendingRequests::Request&) { return true; }

bool IsNotNow(const pb::ServerFrame& frame) {
  return frame.has_error() && (frame.error().code() == pb::BUSY ||
                               frame.error().code() == pb::UNAVAILABLE ||
                               frame.error().code() == pb::RATE_LIMITED);
}

absl::Duration WaitOf(const pb::Error& error) {
  return std::max(absl::Milliseconds(error.retry_after_ms()),
                  absl::Milliseconds(500));
}

}  // namespace

ClientCore::ClientCore(CoreOptions options)
    : options_(std::move(options)),
      delay_(options_.delays),
      rooms_(options_.newest) {}

void ClientCore::Enter(State state, absl::Time deadline) {
  state_ = state;
  deadline_ = deadline;
}

void ClientCore::Start(std::optional<Credentials> credentials, Moment moment) {
  if (state_ != State::kOffline) return;
  login_ = LoginSteps(std::move(credentials));
  delay_ = ReconnectDelay(options_.delays);
  was_online_ = false;
  rooms_ = Rooms(options_.newest);
  markers_ = ReadMarkers();
  TryConnect(moment);
}

void ClientCore::TryConnect(Moment moment) {
  goodbye_.reset();
  connected_ = true;
  Enter(State::kConnecting, moment.now + options_.connect_time);
  events_.push_back(Connecting{delay_.attempt()});
  orders_.push_back(Connect{});
}

void ClientCore::Logout(Moment moment) {
  if (state_ == State::kOffline || state_ == State::kLoggingOut) return;
  if (state_ != State::kOnline) {
    Fail(EndedFailure("The client was stopped."), moment);
    return;
  }
  Enter(State::kLoggingOut, moment.now + options_.logout_time);
  logout_sent_ = false;
  if (unanswered() == 0) SendLogout();
}

void ClientCore::SendLogout() {
  MarkRead();
  pb::ClientFrame frame;
  frame.set_request_id(++last_id_);
  frame.mutable_logout();
  Transmit(std::move(frame));
  logout_sent_ = true;
}

void ClientCore::Transmit(pb::ClientFrame frame) {
  orders_.push_back(std::move(frame));
}

void ClientCore::TransmitUnsent() {
  for (pb::ClientFrame& frame : pending_.TakeUnsent()) {
    Transmit(std::move(frame));
  }
}

void ClientCore::MarkRead() {
  std::optional<pb::MarkRead> request = markers_.Take(last_id_ + 1);
  if (!request) return;
  pb::ClientFrame frame;
  frame.set_request_id(++last_id_);
  *frame.mutable_mark_read() = *std::move(request);
  Transmit(std::move(frame));
}

uint64_t ClientCore::Send(pb::ClientFrame request, Moment moment) {
  request.set_request_id(++last_id_);
  if (wire::TraitsOf(request.request_case()).once() &&
      request.message_id() == 0) {
    request.set_message_id(message_ids_.Next(moment.wall, moment.jitter));
  }
  const bool online = state_ == State::kOnline;
  const bool waits = was_online_ && !online && state_ != State::kOffline &&
                     state_ != State::kLoggingOut;
  if (!online && !waits) {
    Refuse(last_id_, pb::NOT_LOGGED_IN,
           "Not sent: there is no connection to the server now.");
  } else if (waits && !pending_.HasRoomFor(request)) {
    Refuse(last_id_, pb::BUSY,
           "Not sent: too much waits already for the connection to come back.");
  } else {
    rooms_.OnSent(request);
    pending_.Add(std::move(request));
    if (online) TransmitUnsent();
  }
  return last_id_;
}

void ClientCore::Refuse(uint64_t id, pb::Code code, const char* sentence) {
  Replied refused{id, {}};
  refused.frame.set_reply_to(id);
  refused.frame.mutable_error()->set_code(code);
  refused.frame.mutable_error()->set_sentence(sentence);
  events_.push_back(std::move(refused));
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

void ClientCore::OnUntrusted(std::string_view why, Moment moment) {
  if (state_ != State::kConnecting) return;
  connected_ = false;
  Fail({Trouble::kUntrusted, pb::CODE_UNSPECIFIED, std::string(why),
        absl::ZeroDuration(), false},
       moment);
}

void ClientCore::OnServerMet(std::string sentence) {
  events_.push_back(ServerMet{std::move(sentence)});
}

void ClientCore::OnFrame(const pb::ServerFrame& frame, Moment moment) {
  if (!connected_) return;
  if (frame.has_goodbye()) {
    goodbye_ = frame.goodbye();
    return;
  }
  switch (state_) {
    case State::kGreeting:
      if (frame.has_hello()) OnGreeting(frame.hello(), moment);
      return;
    case State::kLoggingIn:
      frame.reply_to() != 0 ? OnLoginReply(frame, moment)
                            : OnEvent(frame, moment);
      return;
    case State::kOnline:
    case State::kLoggingOut:
      frame.reply_to() != 0 ? OnReply(frame, moment) : OnEvent(frame, moment);
      if (state_ == State::kLoggingOut && !logout_sent_ && unanswered() == 0) {
        SendLogout();
      }
      return;
    case State::kOffline:
    case State::kConnecting:
    case State::kWaiting:
      return;
  }
}

void ClientCore::OnGreeting(const pb::HelloReply& hello, Moment moment) {
  if (!login_.has_credentials()) {
    orders_.push_back(Disconnect{});
    connected_ = false;
    Enter(State::kOffline, absl::InfiniteFuture());
    events_.push_back(Reachable{hello.software(), hello.registration()});
    return;
  }
  if (const auto failure = login_.CannotRegister(hello.registration())) {
    Fail(*failure, moment);
    return;
  }
  resume_ = (hello.features() & pb::FEATURE_RESUME) != 0;
  pb::Resume position;
  rooms_.SetPosition(position);
  AskToLogIn(login_.Begin(resume_ ? &position : nullptr), moment);
}

void ClientCore::AskToLogIn(pb::ClientFrame request, Moment moment) {
  login_id_ = ++last_id_;
  request.set_request_id(login_id_);
  orders_.push_back(std::move(request));
  Enter(State::kLoggingIn, moment.now + options_.login_time);
}

void ClientCore::OnLoginReply(const pb::ServerFrame& frame, Moment moment) {
  if (frame.reply_to() != login_id_) return;
  std::optional<LoginSteps::Step> step = login_.OnReply(frame, moment.now);
  if (!step) return;
  if (auto* ask = std::get_if<LoginSteps::Ask>(&*step)) {
    if (ask->registered) events_.push_back(*ask->registered);
    AskToLogIn(std::move(ask->request), moment);
  } else if (auto* failure = std::get_if<Failure>(&*step)) {
    Fail(*failure, moment);
  } else {
    GoOnline(std::get<LoginSteps::LoggedIn>(*step), moment);
  }
}

void ClientCore::GoOnline(const LoginSteps::LoggedIn& login, Moment moment) {
  const pb::LoginReply& reply = login.reply;
  Enter(State::kOnline, absl::InfiniteFuture());
  alias_ = reply.alias();
  delay_.OnOnline(moment.now);
  events_.push_back(Online{alias_,
                           std::exchange(was_online_, true),
                           {reply.rooms().begin(), reply.rooms().end()},
                           reply.resumed(),
                           reply.private_state()});
  for (const pb::RoomState& state : reply.rooms()) markers_.OnLogin(state);
  for (Rooms::News& news : rooms_.OnLogin(reply, login.by_resume)) {
    Follow(std::move(news), moment.now);
  }
  // This server may be an older one that knows no message_id.
  if (!resume_) {
    FailPending([](const auto& request) { return request.sent; }, moment.now);
  }
  pending_.Rewind();
  TransmitUnsent();
}

void ClientCore::Follow(Rooms::News news, absl::Time now, bool fetched) {
  if (news.fetch) {
    AskForPage({.request = *std::move(news.fetch)});
  }
  // Of what was fetched even an own text or the end of a link is marked: each
  // login names an ended room until its last entry is.
  size_t texts = fetched ? 1 : 0;
  for (Event& event : news.events) {
    const auto* text = std::get_if<PrivateText>(&event);
    if (text != nullptr && !text->own) ++texts;
    events_.push_back(std::move(event));
  }
  if (news.room > wire::kLobby) {
    markers_.OnTold(news.room, news.seq, texts, now);
  }
}

void ClientCore::AskForPage(PageRequests::Page page) {
  pb::ClientFrame frame;
  frame.set_request_id(++last_id_);
  *frame.mutable_fetch_history() = page.request;
  pages_.OnSent(last_id_, std::move(page));
  Transmit(std::move(frame));
}

void ClientCore::OnReply(const pb::ServerFrame& frame, Moment moment) {
  if (const auto page = pages_.OnAnswer(frame.reply_to())) {
    if (frame.has_error() && pages_.OnError(*page, frame.error(), moment.now)) {
      return;
    }
    Follow(rooms_.OnPage(page->request.room(), frame, alias_), moment.now,
           /*fetched=*/true);
    return;
  }
  if (markers_.OnReply(frame)) return;
  if (resume_ && state_ == State::kOnline && frame.has_error() &&
      frame.error().code() == pb::SERVER_STOPPING &&
      pending_.MayRepeat(frame.reply_to())) {
    return;  // the next server is asked again
  }
  if (IsNotNow(frame) &&
      pending_.AskAgain(frame.reply_to(), moment.now + WaitOf(frame.error()))) {
    return;  // what came of it before is still to be told
  }
  const auto answered = pending_.Remove(frame.reply_to());
  if (!answered) return;
  const pb::ClientFrame& request = answered->frame;
  if (request.has_change_password() && frame.has_change_password()) {
    login_.OnPasswordChanged(request.change_password().new_password());
  }
  Follow(rooms_.OnReply(request, frame, alias_, answered->sent_again),
         moment.now);
  events_.push_back(Replied{frame.reply_to(), frame});
}

void ClientCore::OnEvent(const pb::ServerFrame& frame, Moment moment) {
  if (std::optional<Event> event = EventOf(frame)) {
    events_.push_back(*std::move(event));
  }
  Follow(rooms_.OnEvent(frame, alias_), moment.now);
}

void ClientCore::OnClosed(pb::Code code, std::string_view why, Moment moment) {
  if (!connected_) return;
  connected_ = false;
  Failure failure = code == pb::TLS_REQUIRED
                        ? TlsRequiredFailure(options_.server)
                        : ClosedFailure(code, why);
  if (goodbye_) {
    failure.retry_after = absl::Milliseconds(goodbye_->retry_after_ms());
  }
  if (state_ == State::kLoggingOut) {
    failure = EndedFailure("Logged out.");
    failure.code = code;
  } else if (state_ == State::kGreeting && !goodbye_) {
    failure.trouble = Trouble::kNotChat77;
    failure.may_retry = was_online_;
    if (code == pb::CODE_UNSPECIFIED) {
      failure.why = ClosedUngreeted(options_.server);
    }
  }
  // Without a goodbye the server may take the connection for alive.
  if ((state_ == State::kOnline || state_ == State::kLoggingIn) && !goodbye_) {
    login_.OnBroken(moment.now);
  }
  Fail(failure, moment);
}

absl::Time ClientCore::NextDeadline() const {
  const bool online = state_ == State::kOnline;
  if (!online && state_ != State::kLoggingOut) return deadline_;
  return std::min({deadline_, pages_.due(), pending_.due(),
                   online ? markers_.due() : absl::InfiniteFuture()});
}

void ClientCore::OnDeadline(Moment moment) {
  if (moment.now < NextDeadline()) return;
  if (moment.now < deadline_) {
    for (PageRequests::Page& page : pages_.TakeDue(moment.now)) {
      AskForPage(std::move(page));
    }
    for (pb::ClientFrame& request : pending_.TakeDue(moment.now)) {
      Transmit(std::move(request));
    }
    if (state_ == State::kOnline && markers_.due() <= moment.now) MarkRead();
    return;
  }
  Failure failure;
  switch (state_) {
    case State::kWaiting:
      TryConnect(moment);
      return;
    case State::kConnecting:
      failure = NoAnswerFailure(options_.server, options_.connect_time);
      failure.may_retry = was_online_;
      break;
    case State::kGreeting:
      failure = NoGreetingFailure(options_.server);
      failure.may_retry = was_online_;
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
      failure = EndedFailure("Logged out.");
      break;
    case State::kOffline:
    case State::kOnline:
      return;
  }
  Fail(failure, moment);
}

void ClientCore::FailPending(
    absl::FunctionRef<bool(const PendingRequests::Request&)> which,
    absl::Time now) {
  for (const PendingRequests::Request& request : pending_.RemoveIf(which)) {
    Follow(rooms_.OnReply(request.frame, {}, alias_, false), now);
    Refuse(request.frame.request_id(), pb::UNAVAILABLE,
           request.sent ? "The connection ended before the server confirmed "
                          "it; it is not known whether it was done."
                        : "Not sent: the connection it was for has ended.");
  }
}

void ClientCore::DropConnection(bool blamed, absl::Time now) {
  orders_.clear();
  if (std::exchange(connected_, false)) orders_.push_back(Disconnect{});
  login_.OnUnanswered();
  markers_.OnClosed();
  pages_.Clear();
  rooms_.OnClosed();
  const bool all = !resume_ || blamed;
  FailPending(
      [all](const auto& request) {
        return request.sent && (all || !request.MayRepeat());
      },
      now);
}

void ClientCore::Fail(const Failure& failure, Moment moment) {
  DropConnection(BlamesAFrame(failure.code), moment.now);
  delay_.OnOffline(moment.now);
  Offline offline{failure.trouble, failure.code, failure.why, std::nullopt};
  if (failure.may_retry && options_.reconnect) {
    offline.retry_in = delay_.Next(moment.jitter, failure.retry_after,
                                   failure.code == pb::SERVER_STOPPING);
    Enter(State::kWaiting, moment.now + *offline.retry_in);
  } else {
    FailPending(IsAny, moment.now);
    Enter(State::kOffline, absl::InfiniteFuture());
  }
  events_.push_back(std::move(offline));
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
