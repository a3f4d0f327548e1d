#include "server/core/private_changes.h"

#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"

#include "proto/ids.h"

namespace chat77::server {
namespace {

using Kind = PrivateChange::Kind;

pb::ServerFrame Withdrawn(const std::string& alias, bool was_asking,
                          pb::WithdrawReason reason) {
  pb::ServerFrame frame;
  frame.mutable_request_withdrawn()->set_alias(alias);
  frame.mutable_request_withdrawn()->set_was_asking(was_asking);
  frame.mutable_request_withdrawn()->set_reason(reason);
  return frame;
}

// Of a change that is an entry; nothing: it is none.
std::optional<pb::EntryKind> EntryOf(Kind kind) {
  switch (kind) {
    case Kind::kCross:
    case Kind::kAccept:
      return pb::LINKED;
    case Kind::kEnd:
      return pb::ENDED;
    case Kind::kAsk:
    case Kind::kReject:
    case Kind::kWithdraw:
    case Kind::kExpire:
    case Kind::kHide:
      break;
  }
  return std::nullopt;
}

// The place of the entry, in the answer to whoever made it.
void FillPlace(RoomId room, uint64_t seq, pb::ServerFrame& answer) {
  const auto fill = [&](auto& reply) {
    reply.set_room(ToWire(room));
    reply.set_seq(seq);
  };
  if (answer.has_request_private()) fill(*answer.mutable_request_private());
  if (answer.has_accept_private()) fill(*answer.mutable_accept_private());
  if (answer.has_end_private()) fill(*answer.mutable_end_private());
}

// The same work as telling somebody, for no session: who is blocked is not
// answered sooner than who is heard.
void TellNobody(pb::ServerFrame event, Turn& turn) {
  turn.effects.push_back(Send{SessionId{}, std::move(event)});
}

}  // namespace

// ---- making and writing -----------------------------------------------------

void PrivateChanges::Make(Kind kind, const DirectRoomPtr& room,
                          const pb::ServerFrame& answer,
                          const Request& request) {
  request.user->Note(request.message_id());
  Order({.kind = kind,
         .room = room,
         .account = request.user->account,
         .asked = request.asked,
         .answer = answer,
         .message_id = request.message_id()},
        request.turn);
}

void PrivateChanges::OrderUnasked(Kind kind, const DirectRoomPtr& room,
                                  AccountId account, bool leaving, Turn& turn) {
  Order({.kind = kind, .room = room, .account = account, .leaving = leaving},
        turn);
}

void PrivateChanges::Order(PrivateChange change, Turn& turn) {
  Apply(change, turn);
  const DirectRoom& room = *change.room;
  SetLink write;
  write.link = room.ToLink();
  write.account = change.account;
  write.message_id = change.message_id;
  write.time = turn.now;
  if (const auto kind = EntryOf(change.kind)) {
    change.seq = room.standing.last_seq;
    FillPlace(room.standing.id, change.seq, change.answer);
    const DirectRoom::Member& by = room.Self(change.account);
    write.entry = {room.standing.id, change.seq, *kind, by.account, by.alias};
  }
  write.answer = change.answer.SerializeAsString();
  ++change.room->held;
  ledger_.Order(std::move(write), std::move(change), turn);
}

void PrivateChanges::Apply(PrivateChange& change, Turn& turn) {
  DirectRoom& room = *change.room;
  DirectRoom::Standing& now = room.standing;
  change.before = now;
  switch (change.kind) {
    case Kind::kAsk:
      now.state = LinkState::kAsked;
      now.asker = room.IndexOf(change.account);
      now.asked_at = turn.now.steady;
      if (const auto other = presence_.Find(room.Other(change.account).key)) {
        // Who is blocked by the other is answered as ever, and nobody is told.
        now.hidden = change.hidden = other->HasBlocked(change.account);
      }
      Bind(room);
      break;
    case Kind::kCross:
    case Kind::kAccept:
      now.state = LinkState::kLinked;
      now.hidden = false;
      if (!now.id) now.id = last_room_ = RoomId::Of(last_room_.value() + 1);
      Bind(room);
      break;
    case Kind::kHide:
      now.hidden = true;
      break;
    case Kind::kReject:
      if (const auto other = presence_.Find(room.Other(change.account).key)) {
        limits_.ChargeRejection(*other, turn);
      }
      [[fallthrough]];
    case Kind::kWithdraw:
    case Kind::kExpire:
    case Kind::kEnd:
      now.state = LinkState::kNone;
      now.hidden = false;
      now.bound = {};
      break;
  }
  if (EntryOf(change.kind)) ++now.last_seq;
}

void PrivateChanges::Bind(DirectRoom& room) const {
  for (size_t i = 0; i < room.members.size(); ++i) {
    const auto user = presence_.FindJoined(room.members[i].key);
    const bool binds = user != nullptr && !user->resumes;
    room.standing.bound[i] = binds ? user->id : UserId{};
  }
}

// ---- telling ----------------------------------------------------------------

void PrivateChanges::Notify(const DirectRoom::Member& member,
                            pb::ServerFrame event, Turn& turn) const {
  const auto user = presence_.FindJoined(member.key);
  if (user == nullptr || !user->session) return;
  turn.effects.push_back(Send{user->session, std::move(event)});
}

void PrivateChanges::Finish(PrivateChange& change,
                            const absl::StatusOr<Outcome>& outcome,
                            Turn& turn) {
  const DirectRoomPtr room = change.room;
  const absl::Cleanup release = [&] { rooms_.Release(room); };
  if (outcome.ok()) return Tell(change, turn);
  if (!sessions_.Has(change.asked.session)) return;
  FillUnavailable(*Reply(change.asked, turn).mutable_error());
}

void PrivateChanges::Tell(const PrivateChange& change, Turn& turn) {
  DirectRoom& room = *change.room;
  const DirectRoom::Member& self = room.Self(change.account);
  const DirectRoom::Member& other = room.Other(change.account);
  if (change.seq != 0) room.told_seq = change.seq;
  const auto reply = [&] {
    if (!sessions_.Has(change.asked.session)) return;
    Reply(change.asked, turn).MergeFrom(change.answer);
  };
  const auto tell = [&](bool hidden, pb::ServerFrame event) {
    if (hidden) return TellNobody(std::move(event), turn);
    Notify(other, std::move(event), turn);
  };
  // Who did not ask for it does not know of it.
  const auto tell_self = [&](pb::ServerFrame event) {
    if (!change.asked.session) Notify(self, std::move(event), turn);
  };
  pb::ServerFrame event;
  switch (change.kind) {
    case Kind::kAsk:
      // First who asks: their reply must not take longer where somebody hears.
      reply();
      event.mutable_private_requested()->set_alias(self.alias);
      return tell(change.hidden, std::move(event));
    case Kind::kCross:
    case Kind::kAccept: {
      pb::PrivateConnected& connected = *event.mutable_private_connected();
      connected.set_alias(self.alias);
      connected.set_room(ToWire(room.standing.id));
      connected.set_epoch(options_.direct_epoch);
      connected.set_seq(change.seq);
      tell(false, std::move(event));
      return reply();
    }
    case Kind::kReject:
      event.mutable_private_rejected()->set_alias(self.alias);
      tell(false, std::move(event));
      return reply();
    case Kind::kWithdraw:
    case Kind::kExpire: {
      reply();
      pb::WithdrawReason reason = pb::WITHDRAWN_BY_COMMAND;
      if (change.kind == Kind::kExpire) reason = pb::WITHDRAWN_BY_TIME;
      if (change.leaving) reason = pb::WITHDRAWN_BY_LEAVING;
      const bool asked = change.before.asker == room.IndexOf(change.account);
      // Who could not see a request does not hear that it is gone.
      tell(asked && change.before.hidden,
           Withdrawn(self.alias, !asked, reason));
      return tell_self(Withdrawn(other.alias, asked, reason));
    }
    case Kind::kHide:
      return;
    case Kind::kEnd: {
      // The one who ends it hears first, as in the original.
      reply();
      pb::PrivateEnded& ended = *event.mutable_private_ended();
      ended.set_reason(change.leaving ? pb::ENDED_BY_DISCONNECT
                                      : pb::ENDED_BY_COMMAND);
      ended.set_room(ToWire(room.standing.id));
      ended.set_seq(change.seq);
      ended.set_alias(other.alias);
      tell_self(event);
      ended.set_alias(self.alias);
      return tell(false, std::move(event));
    }
  }
}

// ---- what nobody asks for ---------------------------------------------------

void PrivateChanges::Leave(const User& user, Turn& turn) {
  if (user.resumes) return;
  // Those who wait for an answer hear it first, as in the original.
  for (const PrivateState state :
       {PrivateState::kAsked, PrivateState::kAsking, PrivateState::kLinked}) {
    for (const auto& [other, room] : rooms_.Of(user.account)) {
      if (room->TrueStateFor(user.account) == state &&
          room->is_bound_to(user.id)) {
        EndIfLeft(room, user.account, turn);
      }
    }
  }
}

void PrivateChanges::EndIfLeft(const DirectRoomPtr& room, AccountId account,
                               Turn& turn) {
  const UserId stay = room->standing.bound[room->IndexOf(account)];
  if (!stay || presence_.Get(stay) != nullptr) return;
  switch (room->standing.state) {
    case LinkState::kNone:
      return;
    case LinkState::kAsked:
      return OrderUnasked(Kind::kWithdraw, room, account, true, turn);
    case LinkState::kLinked:
      return OrderUnasked(Kind::kEnd, room, account, true, turn);
  }
}

void PrivateChanges::Reconcile(const DirectRoomPtr& room, Turn& turn) {
  for (const DirectRoom::Member& member : room->members) {
    EndIfLeft(room, member.account, turn);
    EndIfBlocked(room, member.account, turn);
  }
  EndIfOld(room, turn);
}

void PrivateChanges::EndIfOld(const DirectRoomPtr& room, Turn& turn) {
  if (!room->WasAskedBefore(turn.now.steady - wire::kAskLife)) return;
  const AccountId asker = room->members[room->standing.asker].account;
  OrderUnasked(Kind::kExpire, room, asker, false, turn);
}

void PrivateChanges::ReconcileAll(AccountId account, Turn& turn) {
  for (const auto& [other, room] : rooms_.Of(account)) Reconcile(room, turn);
}

void PrivateChanges::EndIfBlocked(const DirectRoomPtr& room, AccountId account,
                                  Turn& turn) {
  const auto user = presence_.Find(room->Self(account).key);
  if (user == nullptr || !user->HasBlocked(room->Other(account).account)) {
    return;
  }
  switch (room->TrueStateFor(account)) {
    case PrivateState::kLinked:
      return OrderUnasked(Kind::kEnd, room, account, false, turn);
    case PrivateState::kAsking:
      return OrderUnasked(Kind::kWithdraw, room, account, false, turn);
    case PrivateState::kAsked:
      if (room->standing.hidden) return;
      return OrderUnasked(Kind::kHide, room, account, false, turn);
    case PrivateState::kNone:
      return;
  }
}

void PrivateChanges::OnCommit(Turn& turn) {
  for (const DirectRoomPtr& room : std::exchange(unsettled_, {})) {
    Reconcile(room, turn);
    rooms_.Release(room);
  }
}

void PrivateChanges::Expire(Turn& turn) {
  for (const DirectRoomPtr& room :
       rooms_.AskedBefore(turn.now.steady - wire::kAskLife)) {
    EndIfOld(room, turn);
  }
}

}  // namespace chat77::server
