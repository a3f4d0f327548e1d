#include "server/core/private_changes.h"

#include <utility>
#include <vector>

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
void TellNobody(pb::ServerFrame event, Turn& turn) {
  turn.effects.push_back(Send{SessionId{}, std::move(event)});
}

}  // namespace

// ---- making and writing -----------------------------------------------------

void PrivateChanges::Make(PrivateChange::Kind kind, const UserPtr& other,
                          const pb::ServerFrame& answer,
                          const Request& request) {
  request.user->Note(request.message_id());
  Order(PrivateChange{kind, request.user, other, request.asked, answer,
                      request.message_id()},
        request.turn);
}

void PrivateChanges::OrderUnasked(PrivateChange::Kind kind, const UserPtr& user,
                                  const UserPtr& other, bool tells_user,
                                  Turn& turn) {
  Order(PrivateChange{kind, user, other, {}, {}, 0, tells_user}, turn);
}

void PrivateChanges::Order(PrivateChange change, Turn& turn) {
  SetPrivate write;
  write.first = change.user->connection;
  write.second = change.other->connection;
  write.state = StateAfter(change.kind);
  write.account = change.user->account;
  write.message_id = change.message_id;
  write.answer = change.answer.SerializeAsString();
  write.time = turn.now;
  Apply(change, turn);
  ledger_.Order(std::move(write), std::move(change), turn);
}

void PrivateChanges::Apply(PrivateChange& change, Turn& turn) {
  using Kind = PrivateChange::Kind;
  const UserId user = change.user->id;
  const UserId other = change.other->id;
  change.before = links_.Find(user, other);
  change.made = true;
  switch (change.kind) {
    case Kind::kAsk:
      // Who is blocked by the other is answered as ever, and nobody is told.
      change.hidden = change.other->HasBlocked(*change.user);
      links_.Ask(user, other, turn.now.steady, change.hidden);
      return;
    case Kind::kCross:
      links_.Ask(user, other);
      return;
    case Kind::kAccept:
      links_.Accept(user, other);
      return;
    case Kind::kReject:
      links_.Reject(user, other);
      limits_.ChargeRejection(*change.other, turn);
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

void PrivateChanges::Undo(PrivateChange& change) {
  if (!std::exchange(change.made, false)) return;
  links_.Put(change.user->id, change.other->id, change.before);
}

// ---- telling ----------------------------------------------------------------

void PrivateChanges::Finish(PrivateChange& change,
                            const absl::StatusOr<Outcome>& outcome,
                            Turn& turn) {
  if (outcome.ok()) return Tell(change, turn);
  // The store has ended the connection of one of the two; here it ends with
  // the outcome of that write.
  const bool unknown = absl::IsNotFound(outcome.status());
  if (unknown && !change.user->gone() && !change.other->gone()) Undo(change);
  if (!sessions_.Has(change.asked.session)) return;
  pb::Error& error = *Reply(change.asked, turn).mutable_error();
  if (unknown) {
    FillNotOnline(error);
  } else {
    FillUnavailable(error);
  }
}

void PrivateChanges::Tell(const PrivateChange& change, Turn& turn) {
  using Kind = PrivateChange::Kind;
  User& user = *change.user;
  User& other = *change.other;
  const auto reply = [&] {
    if (!sessions_.Has(change.asked.session)) return;
    Reply(change.asked, turn).MergeFrom(change.answer);
  };
  const auto tell = [&](bool hidden, pb::ServerFrame event) {
    if (hidden) return TellNobody(std::move(event), turn);
    mailboxes_.NotifyOf(user, other, std::move(event), turn);
  };
  pb::ServerFrame event;
  switch (change.kind) {
    case Kind::kAsk:
      // First who asks: their reply must not take longer where somebody hears.
      reply();
      event.mutable_private_requested()->set_alias(user.alias);
      return tell(change.hidden || other.HasBlocked(user), std::move(event));
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
        mailboxes_.Notify(user, Withdrawn(other, true, reason), turn);
      }
      return;
    }
    case Kind::kEnd:
      // The one who ends it hears first, as in the original.
      reply();
      if (change.tells_user) {
        mailboxes_.Notify(user, Ended(other, pb::ENDED_BY_COMMAND), turn);
      }
      return tell(false, Ended(user, pb::ENDED_BY_COMMAND));
  }
  tell(false, std::move(event));
  reply();
}

// ---- leaving ----------------------------------------------------------------

std::vector<PrivateLinks::Peer> PrivateChanges::Leave(const User& user) {
  return links_.Leave(user.id);
}

void PrivateChanges::RedoLeave(Departure& departure) {
  departure.peers = Leave(*departure.user);
}

void PrivateChanges::UndoLeave(const Departure& departure) {
  for (const PrivateLinks::Peer& peer : departure.peers) {
    links_.Put(departure.user->id, peer.user, peer.link);
  }
}

void PrivateChanges::TellLeave(const Departure& departure, Turn& turn) {
  const User& user = *departure.user;
  const auto tell = [&](const PrivateLinks::Peer& peer, pb::ServerFrame event) {
    const std::shared_ptr<User> other = presence_.Get(peer.user);
    if (other != nullptr) {
      mailboxes_.NotifyOf(user, *other, std::move(event), turn);
    }
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

// ---- what nobody asks for ---------------------------------------------------

void PrivateChanges::EndBlocked(const UserPtr& one, const UserPtr& other,
                                Turn& turn) {
  EndIfBlocked(one, other, turn);
  EndIfBlocked(other, one, turn);
}

void PrivateChanges::EndIfBlocked(const UserPtr& user, const UserPtr& other,
                                  Turn& turn) {
  if (!user->HasBlocked(*other) || user->gone() || other->gone()) return;
  // What they asked for after the block is still to be answered: they hear that
  // it ends.
  const bool told = ledger_.FindLast<PrivateChange>([&](const auto& held) {
    return held.user == user && held.other == other && held.asked.session;
  }) != nullptr;
  switch (links_.Between(user->id, other->id)) {
    case PrivateState::kLinked:
      return OrderUnasked(PrivateChange::Kind::kEnd, user, other, told, turn);
    case PrivateState::kAsking:
      return OrderUnasked(PrivateChange::Kind::kWithdraw, user, other, told,
                          turn);
    case PrivateState::kAsked:
      return links_.Hide(user->id, other->id);
    case PrivateState::kNone:
      return;
  }
}

void PrivateChanges::Expire(Turn& turn) {
  for (const auto& [asker, asked] :
       links_.AskedBefore(turn.now.steady - wire::kAskLife)) {
    OrderUnasked(PrivateChange::Kind::kExpire, presence_.Get(asker),
                 presence_.Get(asked), true, turn);
  }
}

void PrivateChanges::Restore(const UserPtr& first, const UserPtr& second,
                             bool linked, Turn& turn) {
  links_.Put(first->id, second->id,
             {linked ? PrivateState::kLinked : PrivateState::kAsking,
              !linked && second->HasBlocked(*first), turn.now.steady});
  EndBlocked(first, second, turn);
}

}  // namespace chat77::server
