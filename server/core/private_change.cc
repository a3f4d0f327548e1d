// Private chat: a change that was judged is written, and then made and told.
// What else is asked about the two meanwhile waits for it.

#include <utility>
#include <vector>

#include "server/core/chat_core.h"
#include "server/core/reply.h"

namespace chat77::server {
namespace {

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

// ---- writing ----------------------------------------------------------------

void ChatCore::Change(PrivateChange::Kind kind,
                      const std::shared_ptr<User>& other,
                      const pb::ServerFrame& answer, Request& context) {
  SetPrivate write;
  write.token = NextToken();
  write.first = context.user->connection;
  write.second = other->connection;
  write.state = StateAfter(kind);
  write.account = context.user->account;
  write.message_id = context.message_id;
  write.answer = answer.SerializeAsString();
  write.time = context.now;
  if (kind == PrivateChange::Kind::kAsk) {
    ++context.user->asks.out;
    ++other->asks.in;
  }
  ++sessions_[context.session].pending;
  changing_[PairOf(*context.user, *other)];
  changes_[write.token] = PrivateChange{
      kind, context.user, other, {context.session, context.id}, answer};
  context.effects.push_back(std::move(write));
}

void ChatCore::ChangeUnasked(PrivateChange::Kind kind,
                             const std::shared_ptr<User>& user,
                             const std::shared_ptr<User>& other,
                             bool tells_user, const Moment& now,
                             Effects& effects) {
  SetPrivate write;
  write.token = NextToken();
  write.first = user->connection;
  write.second = other->connection;
  write.account = user->account;
  write.time = now;
  changing_[PairOf(*user, *other)];
  changes_[write.token] = PrivateChange{kind, user, other, {}, {}, tells_user};
  effects.push_back(std::move(write));
}

void ChatCore::Finish(const PrivateChange& change,
                      const absl::StatusOr<Outcome>& outcome, const Moment& now,
                      Effects& effects) {
  if (change.kind == PrivateChange::Kind::kAsk) {
    --change.user->asks.out;
    --change.other->asks.in;
  }
  const auto [session, request_id] = change.asked;
  const bool unasked = !session;
  if (unasked || (outcome.ok() && !outcome->repeated)) {
    Make(change, now, effects);
  } else if (sessions_.contains(session)) {
    pb::ServerFrame& reply = Reply(session, request_id, effects);
    if (outcome.ok()) {
      Recall(outcome->answer, change.answer.body_case(), reply);
    } else if (outcome.status().code() == absl::StatusCode::kNotFound) {
      reply.mutable_error()->set_code(pb::NOT_ONLINE);
      reply.mutable_error()->set_sentence("Nobody of that name is online.");
    } else {
      FillUnavailable(*reply.mutable_error());
    }
  }
  const auto waiting =
      changing_.extract(PairOf(*change.user, *change.other)).mapped();
  EndBlocked(change.user, change.other, !unasked, now, effects);
  EndBlocked(change.other, change.user, false, now, effects);
  for (const Deferred& deferred : waiting) Redo(deferred, now, effects);
  LookedUp(session, now, effects);
}

// What waited is asked now, as if it had just come.
void ChatCore::Redo(const Deferred& deferred, const Moment& now,
                    Effects& effects) {
  const auto session = sessions_.find(deferred.session);
  if (session == sessions_.end()) return;
  Request context = ContextOf(deferred.session, deferred.frame, now, effects);
  Dispatch(context);
  LookedUp(deferred.session, now, effects);
}

// ---- making and telling -----------------------------------------------------

void ChatCore::Make(const PrivateChange& change, const Moment& now,
                    Effects& effects) {
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
  if (!user.left_why.empty() || !other.left_why.empty()) {
    reply();
    return TellOfGone(change, effects);
  }
  pb::ServerFrame event;
  switch (change.kind) {
    case Kind::kAsk:
      // First who asks: their reply must not take longer where somebody hears.
      reply();
      return MakeAsk(change, now, effects);
    case Kind::kCross:
      links_.Ask(user.id, other.id);
      event.mutable_private_connected()->set_alias(user.alias);
      break;
    case Kind::kAccept:
      links_.Accept(user.id, other.id);
      event.mutable_private_connected()->set_alias(user.alias);
      break;
    case Kind::kReject:
      links_.Reject(user.id, other.id);
      if (other.guest != nullptr && other.guest->budget) {
        other.guest->budget->ChargeRejection(*options_.request_rates,
                                             now.steady);
      }
      event.mutable_private_rejected()->set_alias(user.alias);
      break;
    case Kind::kWithdraw:
    case Kind::kExpire:
      reply();
      return MakeWithdrawal(change, effects);
    case Kind::kEnd:
      links_.End(user.id, other.id);
      // The one who ends it hears first, as in the original.
      reply();
      if (change.tells_user) {
        NotifyUser(user, Ended(other, pb::ENDED_BY_COMMAND), effects);
      }
      return NotifyOf(user, other, Ended(user, pb::ENDED_BY_COMMAND), effects);
  }
  NotifyOf(user, other, std::move(event), effects);
  reply();
}

// Who is blocked by the other is answered as ever, and nobody is told.
void ChatCore::MakeAsk(const PrivateChange& change, const Moment& now,
                       Effects& effects) {
  User& user = *change.user;
  User& other = *change.other;
  const bool hidden = HasBlocked(other, user);
  links_.Ask(user.id, other.id, now.steady, hidden);
  pb::ServerFrame event;
  event.mutable_private_requested()->set_alias(user.alias);
  if (hidden) return TellNobody(std::move(event), effects);
  NotifyUser(other, std::move(event), effects);
}

void ChatCore::MakeWithdrawal(const PrivateChange& change, Effects& effects) {
  User& user = *change.user;
  User& other = *change.other;
  const bool seen = !links_.HiddenFrom(other.id, user.id);
  links_.Withdraw(user.id, other.id);
  const bool expired = change.kind == PrivateChange::Kind::kExpire;
  const pb::WithdrawReason reason =
      expired ? pb::WITHDRAWN_BY_TIME : pb::WITHDRAWN_BY_COMMAND;
  if (seen) {
    NotifyOf(user, other, Withdrawn(user, false, reason), effects);
  } else {
    TellNobody(Withdrawn(user, false, reason), effects);
  }
  if (change.tells_user) {
    NotifyUser(user, Withdrawn(other, true, reason), effects);
  }
}

// The other left while it was written: what the answer says began has ended,
// and so has what a user who has blocked the other was told of too late.
void ChatCore::TellOfGone(const PrivateChange& change, Effects& effects) {
  using Kind = PrivateChange::Kind;
  User& user = *change.user;
  User& other = *change.other;
  if (!user.left_why.empty()) return;
  const bool unheard = change.tells_user && HasBlocked(user, other);
  if (change.kind == Kind::kAsk ||
      (change.kind == Kind::kWithdraw && unheard)) {
    NotifyUser(user, Withdrawn(other, true, pb::WITHDRAWN_BY_LEAVING), effects);
  } else if (change.kind == Kind::kAccept || change.kind == Kind::kCross ||
             (change.kind == Kind::kEnd && unheard)) {
    NotifyUser(user, Ended(other, pb::ENDED_BY_DISCONNECT), effects);
  }
}

void ChatCore::TellPeersOfLeave(const User& user, Effects& effects) {
  const std::vector<PrivateLinks::Peer> peers = links_.Leave(user.id);
  const auto withdraw = [&](PrivateState state, bool was_asking) {
    for (const PrivateLinks::Peer& peer : peers) {
      if (peer.state != state) continue;
      // Who could not see a request does not hear that it is gone.
      if (peer.hidden && state == PrivateState::kAsking) continue;
      NotifyOf(user, *presence_.Get(peer.user),
               Withdrawn(user, was_asking, pb::WITHDRAWN_BY_LEAVING), effects);
    }
  };
  withdraw(PrivateState::kAsked, true);
  withdraw(PrivateState::kAsking, false);
  for (const PrivateLinks::Peer& peer : peers) {
    if (peer.state != PrivateState::kLinked) continue;
    NotifyOf(user, *presence_.Get(peer.user),
             Ended(user, pb::ENDED_BY_DISCONNECT), effects);
  }
}

}  // namespace chat77::server
