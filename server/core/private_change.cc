// Private chat: a change that was judged is made at once, so that whatever is
// asked next is judged by it, and written. Its answer and its event are held
// until it is on disk; if the disk refuses, it is undone.

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "server/core/chat_core.h"
#include "server/core/reply.h"

namespace chat77::server {
namespace {

constexpr uint32_t kMailboxRetryMs = 2000;

pb::ServerFrame Withdrawn(const User& user, bool was_asking,
                          pb::WithdrawReason reason) {
  pb::ServerFrame frame;
  frame.mutable_request_withdrawn()->set_alias(user.alias);
  frame.mutable_request_withdrawn()->set_was_asking(was_asking);
  frame.mutable_request_withdrawn()->set_reason(reason);
  return frame;
}

pb::ServerFrame Ended(const User& user, pb::EndReason reason) {
  pb::ServerFrame frame;
  frame.mutable_private_ended()->set_alias(user.alias);
  frame.mutable_private_ended()->set_reason(reason);
  return frame;
}

SetPrivate::State StateAfter(PrivateChange::Kind kind) {
  using Kind = PrivateChange::Kind;
  switch (kind) {
    case Kind::kAsk:
      return SetPrivate::State::kAsked;
    case Kind::kCross:
    case Kind::kAccept:
      return SetPrivate::State::kLinked;
    case Kind::kReject:
    case Kind::kWithdraw:
    case Kind::kExpire:
    case Kind::kEnd:
      break;
  }
  return SetPrivate::State::kNone;
}

// The same work as telling somebody, for no session: who is blocked is not
// answered sooner than who is heard.
void TellNobody(pb::ServerFrame event, Effects& effects) {
  effects.push_back(Send{SessionId{}, std::move(event)});
}

}  // namespace

// ---- making and writing -----------------------------------------------------

void ChatCore::Change(PrivateChange::Kind kind,
                      const std::shared_ptr<User>& other,
                      const pb::ServerFrame& answer, Request& context) {
  Note(context);
  Write(PrivateChange{kind,
                      context.user,
                      other,
                      {context.session, context.id},
                      answer,
                      context.message_id},
        context.now, context.effects);
}

void ChatCore::ChangeUnasked(PrivateChange::Kind kind,
                             const std::shared_ptr<User>& user,
                             const std::shared_ptr<User>& other,
                             bool tells_user, const Moment& now,
                             Effects& effects) {
  Write(PrivateChange{kind, user, other, {}, {}, 0, tells_user}, now, effects);
}

void ChatCore::Write(PrivateChange change, const Moment& now,
                     Effects& effects) {
  SetPrivate write;
  write.token = NextToken();
  write.first = change.user->connection;
  write.second = change.other->connection;
  write.state = StateAfter(change.kind);
  write.account = change.user->account;
  write.message_id = change.message_id;
  write.answer = change.answer.SerializeAsString();
  write.time = now;
  Make(change, now);
  held_.Hold(write.token, std::move(change));
  effects.push_back(std::move(write));
}

void ChatCore::Make(PrivateChange& change, const Moment& now) {
  using Kind = PrivateChange::Kind;
  const UserId user = change.user->id;
  const UserId other = change.other->id;
  change.before = links_.Find(user, other);
  change.made = true;
  switch (change.kind) {
    case Kind::kAsk:
      // Who is blocked by the other is answered as ever, and nobody is told.
      change.hidden = HasBlocked(*change.other, *change.user);
      links_.Ask(user, other, now.steady, change.hidden);
      return;
    case Kind::kCross:
      links_.Ask(user, other);
      return;
    case Kind::kAccept:
      links_.Accept(user, other);
      return;
    case Kind::kReject:
      links_.Reject(user, other);
      if (const auto& guest = change.other->guest; guest && guest->budget) {
        guest->budget->ChargeRejection(*options_.request_rates, now.steady);
      }
      return;
    case Kind::kWithdraw:
    case Kind::kExpire:
      links_.Withdraw(user, other);
      return;
    case Kind::kEnd:
      links_.End(user, other);
      return;
  }
}

void ChatCore::Undo(PrivateChange& change) {
  if (!std::exchange(change.made, false)) return;
  links_.Put(change.user->id, change.other->id, change.before);
}

// ---- telling ----------------------------------------------------------------

void ChatCore::Finish(PrivateChange& change,
                      const absl::StatusOr<Outcome>& outcome, const Moment&,
                      Effects& effects) {
  const auto [session, request_id] = change.asked;
  if (outcome.ok()) return Tell(change, effects);
  // The store has ended the connection of one of the two; here it ends with
  // the outcome of that write.
  const bool unknown = absl::IsNotFound(outcome.status());
  const bool both_here =
      change.user->left_why.empty() && change.other->left_why.empty();
  if (unknown && both_here) Undo(change);
  if (!sessions_.contains(session)) return;
  pb::Error& error = *Reply(session, request_id, effects).mutable_error();
  if (!unknown) return FillUnavailable(error);
  error.set_code(pb::NOT_ONLINE);
  error.set_sentence("Nobody of that name is online.");
}

void ChatCore::Tell(const PrivateChange& change, Effects& effects) {
  using Kind = PrivateChange::Kind;
  User& user = *change.user;
  User& other = *change.other;
  const auto reply = [&] {
    const auto [session, request_id] = change.asked;
    if (!sessions_.contains(session)) return;
    pb::ServerFrame frame = change.answer;
    frame.set_reply_to(request_id);
    effects.push_back(Send{session, std::move(frame)});
  };
  const auto tell = [&](bool hidden, pb::ServerFrame event) {
    if (hidden) return TellNobody(std::move(event), effects);
    NotifyOf(user, other, std::move(event), effects);
  };
  pb::ServerFrame event;
  switch (change.kind) {
    case Kind::kAsk:
      // First who asks: their reply must not take longer where somebody hears.
      reply();
      event.mutable_private_requested()->set_alias(user.alias);
      return tell(change.hidden || HasBlocked(other, user), std::move(event));
    case Kind::kCross:
    case Kind::kAccept:
      event.mutable_private_connected()->set_alias(user.alias);
      break;
    case Kind::kReject:
      event.mutable_private_rejected()->set_alias(user.alias);
      break;
    case Kind::kWithdraw:
    case Kind::kExpire: {
      reply();
      const pb::WithdrawReason reason = change.kind == Kind::kExpire
                                            ? pb::WITHDRAWN_BY_TIME
                                            : pb::WITHDRAWN_BY_COMMAND;
      tell(change.before.hidden, Withdrawn(user, false, reason));
      if (change.tells_user) {
        NotifyUser(user, Withdrawn(other, true, reason), effects);
      }
      return;
    }
    case Kind::kEnd:
      // The one who ends it hears first, as in the original.
      reply();
      if (change.tells_user) {
        NotifyUser(user, Ended(other, pb::ENDED_BY_COMMAND), effects);
      }
      return tell(false, Ended(user, pb::ENDED_BY_COMMAND));
  }
  tell(false, std::move(event));
  reply();
}

void ChatCore::Undo(Departure& departure) {
  for (const PrivateLinks::Peer& peer : departure.peers) {
    links_.Put(departure.user->id, peer.user, peer.link);
  }
}

void ChatCore::Redo(Departure& departure) {
  departure.peers = links_.Leave(departure.user->id);
}

void ChatCore::TellPeersOfLeave(const Departure& departure, Effects& effects) {
  const User& user = *departure.user;
  const auto tell = [&](const PrivateLinks::Peer& peer, pb::ServerFrame event) {
    const std::shared_ptr<User> other = presence_.Get(peer.user);
    if (other != nullptr) NotifyOf(user, *other, std::move(event), effects);
  };
  const auto withdraw = [&](PrivateState state, bool was_asking) {
    for (const PrivateLinks::Peer& peer : departure.peers) {
      if (peer.link.state != state) continue;
      // Who could not see a request does not hear that it is gone.
      if (peer.link.hidden && state == PrivateState::kAsking) continue;
      tell(peer, Withdrawn(user, was_asking, pb::WITHDRAWN_BY_LEAVING));
    }
  };
  withdraw(PrivateState::kAsked, true);
  withdraw(PrivateState::kAsking, false);
  for (const PrivateLinks::Peer& peer : departure.peers) {
    if (peer.link.state != PrivateState::kLinked) continue;
    tell(peer, Ended(user, pb::ENDED_BY_DISCONNECT));
  }
}

void ChatCore::Finish(PrivateText& text, const absl::StatusOr<Outcome>& outcome,
                      const Moment&, Effects& effects) {
  const auto [session, request_id] = text.asked;
  User& user = *text.user;
  User& other = *text.other;
  pb::ServerFrame answer;
  answer.set_reply_to(request_id);
  const pb::ServerFrame* before =
      user.answers == nullptr ? nullptr : user.answers->Find(text.message_id);
  if (!outcome.ok()) {
    FillUnavailable(*answer.mutable_error());
  } else if (before != nullptr) {
    AnswerAgain(*before, pb::ServerFrame::kSendPrivate, answer);
  } else if (!other.left_why.empty()) {
    answer.mutable_error()->set_code(pb::NOT_ONLINE);
    answer.mutable_error()->set_sentence("Nobody of that name is online.");
  } else if (HasBlocked(other, user) || HasBlocked(user, other)) {
    FillNotLinked(other, *answer.mutable_error());
  } else if (!CanBeTold(other)) {
    FillUnreachable(other, *answer.mutable_error());
  } else {
    pb::ServerFrame event;
    pb::PrivateSaid& said = *event.mutable_private_said();
    said.set_alias(user.alias);
    said.set_text(std::move(text.text));
    said.set_time_ms(absl::ToUnixMillis(text.time));
    said.set_message_id(text.message_id);
    NotifyUser(other, std::move(event), effects);
    answer.mutable_send_private()->set_alias(other.alias);
    answer.mutable_send_private()->set_time_ms(absl::ToUnixMillis(text.time));
    Remember(user, text.message_id, answer);
  }
  if (!sessions_.contains(session)) return;
  effects.push_back(Send{session, std::move(answer)});
}

void ChatCore::FillNotLinked(const User& other, pb::Error& error) {
  error.set_code(pb::NOT_LINKED);
  error.set_sentence(absl::StrCat("You have no private chat with ", other.alias,
                                  "; ask for one first."));
  error.set_alias(other.alias);
}

void ChatCore::FillUnreachable(const User& other, pb::Error& error) {
  error.set_code(pb::BUSY);
  error.set_sentence(absl::StrCat(
      other.alias,
      " cannot be reached just now; please try again in a moment."));
  error.set_alias(other.alias);
  error.set_retry_after_ms(kMailboxRetryMs);
}

}  // namespace chat77::server
