#include "server/core/private_chats.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "proto/alias.h"
#include "server/core/text_rules.h"

namespace chat77::server {
namespace {

using Kind = PrivateChange::Kind;

}  // namespace

void PrivateChats::Refuse(pb::Code code, std::string_view sentence,
                          const DirectRoom::Member& other,
                          const Request& request) {
  ledger_.Refuse(code, sentence, other.alias, request);
}

DirectRoomPtr PrivateChats::FindRoom(const std::string& alias,
                                     const Request& request) {
  const std::string key = wire::AliasKey(alias);
  const User& user = *request.user;
  if (const auto other = presence_.FindJoined(key)) {
    // One that is not kept: for the other's name.
    auto room = rooms_.Find(user.account, other->account);
    if (room != nullptr) return room;
    room = std::make_shared<DirectRoom>();
    room->members = {DirectRoom::Member{user.account, user.alias, user.key},
                     {other->account, other->alias, other->key}};
    return room;
  }
  if (DirectRoomPtr room = rooms_.FindByKey(user.account, key)) return room;
  ledger_.Refuse(pb::NOT_ONLINE, kNotOnline, {}, request);
  return nullptr;
}

// ---- changes ----------------------------------------------------------------

void PrivateChats::Ask(const pb::RequestPrivate& ask, const Request& request) {
  if (workload_.RefuseMessage(request)) return;
  const DirectRoomPtr between = FindRoom(ask.alias(), request);
  if (between == nullptr) return;
  const User& user = *request.user;
  const DirectRoom::Member& other = between->Other(user.account);
  const auto refuse = [&](pb::Code code, std::string_view sentence) {
    Refuse(code, sentence, other, request);
  };
  if (other.account == user.account) {
    return refuse(pb::IS_YOURSELF, "You cannot connect to yourself.");
  }
  if (user.HasBlocked(other.account)) {
    return refuse(pb::IS_BLOCKED, absl::StrCat("You have blocked ", other.alias,
                                               "; unblock them first."));
  }
  const AskOutcome outcome =
      rooms_.JudgeAsk(between.get(), user.account, other.account);
  switch (outcome) {
    case AskOutcome::kAlreadyAsked:
      return refuse(pb::ALREADY_REQUESTED,
                    absl::StrCat("You have asked ", other.alias,
                                 " already; wait for the answer."));
    case AskOutcome::kAlreadyLinked:
      return refuse(pb::ALREADY_LINKED,
                    absl::StrCat("You have a private chat with ", other.alias,
                                 " already."));
    case AskOutcome::kTooMany:
      return refuse(pb::TOO_MANY_PRIVATE,
                    "Too many private chats and requests are open; end some "
                    "first.");
    case AskOutcome::kAsked:
      if (presence_.FindJoined(other.key) != nullptr) break;
      return refuse(pb::NOT_ONLINE, kNotOnline);
    case AskOutcome::kConnected:
      break;
  }
  const bool connects = outcome == AskOutcome::kConnected;
  pb::ServerFrame answer;
  answer.mutable_request_private()->set_alias(other.alias);
  answer.mutable_request_private()->set_connected(connects);
  changes_.Make(connects ? Kind::kCross : Kind::kAsk,
                rooms_.Open(between->members[0], between->members[1]), answer,
                request);
}

void PrivateChats::Accept(const pb::AcceptPrivate& accept,
                          const Request& request) {
  if (workload_.RefuseMessage(request)) return;
  const DirectRoomPtr room = FindRoom(accept.alias(), request);
  if (room == nullptr || RefuseUnlessAsked(*room, request)) return;
  pb::ServerFrame answer;
  answer.mutable_accept_private()->set_alias(
      room->Other(request.user->account).alias);
  changes_.Make(Kind::kAccept, room, answer, request);
}

// What ends something open is taken however much waits: nobody can keep others
// in a private chat by keeping the server busy.
void PrivateChats::Reject(const pb::RejectPrivate& reject,
                          const Request& request) {
  const DirectRoomPtr room = FindRoom(reject.alias(), request);
  if (room == nullptr || RefuseUnlessAsked(*room, request)) return;
  pb::ServerFrame answer;
  answer.mutable_reject_private()->set_alias(
      room->Other(request.user->account).alias);
  changes_.Make(Kind::kReject, room, answer, request);
}

bool PrivateChats::RefuseUnlessAsked(const DirectRoom& room,
                                     const Request& request) {
  const AccountId self = request.user->account;
  if (room.StateFor(self) == PrivateState::kAsked) return false;
  const DirectRoom::Member& other = room.Other(self);
  Refuse(pb::NO_PENDING_REQUEST,
         absl::StrCat(other.alias, " has not asked you."), other, request);
  return true;
}

void PrivateChats::Withdraw(const pb::WithdrawRequest& withdraw,
                            const Request& request) {
  const DirectRoomPtr room = FindRoom(withdraw.alias(), request);
  if (room == nullptr) return;
  const AccountId self = request.user->account;
  const DirectRoom::Member& other = room->Other(self);
  if (room->StateFor(self) != PrivateState::kAsking) {
    return Refuse(
        pb::NO_PENDING_REQUEST,
        absl::StrCat("You have no open request to ", other.alias, "."), other,
        request);
  }
  pb::ServerFrame answer;
  answer.mutable_withdraw_request()->set_alias(other.alias);
  changes_.Make(Kind::kWithdraw, room, answer, request);
}

void PrivateChats::End(const pb::EndPrivate& end, const Request& request) {
  const DirectRoomPtr room = FindRoom(end.alias(), request);
  if (room == nullptr) return;
  const AccountId self = request.user->account;
  const DirectRoom::Member& other = room->Other(self);
  if (room->StateFor(self) != PrivateState::kLinked) {
    return Refuse(
        pb::NOT_LINKED,
        absl::StrCat("You have no private chat with ", other.alias, "."), other,
        request);
  }
  pb::ServerFrame answer;
  answer.mutable_end_private()->set_alias(other.alias);
  changes_.Make(Kind::kEnd, room, answer, request);
}

// ---- how things stand -------------------------------------------------------

void PrivateChats::List(const Request& request) {
  pb::ServerFrame reply;
  *reply.mutable_list_private() = ViewOf(request.user->account).list;
  ledger_.Answer(std::move(reply), request);
}

PrivateView PrivateChats::ViewOf(AccountId account) const {
  PrivateView view;
  for (const auto& [id, room] : rooms_.Of(account)) {
    const std::string& alias = room->Other(account).alias;
    const PrivateState state = room->StateFor(account);
    if (room->standing.id) {
      view.rooms.push_back({room, state == PrivateState::kLinked});
    }
    switch (state) {
      case PrivateState::kLinked:
        view.list.add_linked(alias);
        break;
      case PrivateState::kAsked:
        view.list.add_asking(alias);
        break;
      case PrivateState::kAsking:
        view.list.add_asked(alias);
        break;
      case PrivateState::kNone:
        break;
    }
  }
  for (auto* names : {view.list.mutable_linked(), view.list.mutable_asking(),
                      view.list.mutable_asked()}) {
    std::sort(names->begin(), names->end());
  }
  return view;
}

void PrivateChats::FillRooms(const PrivateView& view, AccountId account,
                             pb::LoginReply& reply) const {
  std::vector<const PrivateView::Room*> listed;
  for (const PrivateView::Room& one : view.rooms) {
    const bool unread = one.room->Self(account).read < one.room->told_seq;
    if (one.linked || unread) listed.push_back(&one);
  }
  // Those in which the account may write, then the newest.
  std::sort(listed.begin(), listed.end(), [](const auto* a, const auto* b) {
    return std::pair(a->linked, a->room->standing.id) >
           std::pair(b->linked, b->room->standing.id);
  });
  if (listed.size() > wire::kRoomsListed) listed.resize(wire::kRoomsListed);
  for (const auto* one : listed) {
    const DirectRoomPtr& room = one->room;
    pb::RoomState& state = *reply.add_rooms();
    state.set_room(ToWire(room->standing.id));
    state.set_kind(pb::DIRECT);
    state.set_epoch(options_.direct_epoch);
    state.set_seq(room->told_seq);
    state.set_read(room->Self(account).read);
    state.set_alias(room->Other(account).alias);
  }
}

// ---- texts ------------------------------------------------------------------

void PrivateChats::Send(const pb::SendPrivate& send, const Request& request) {
  if (workload_.RefuseMessage(request)) return;
  const DirectRoomPtr room = FindRoom(send.alias(), request);
  if (room == nullptr) return;
  const User& user = *request.user;
  const DirectRoom::Member& other = room->Other(user.account);
  if (room->StateFor(user.account) != PrivateState::kLinked) {
    return Refuse(pb::NOT_LINKED,
                  absl::StrCat("You have no private chat with ", other.alias,
                               "; ask for one first."),
                  other, request);
  }
  PrivateText text{.asked = request.asked,
                   .user = request.user,
                   .room = room,
                   .text = CleanText(send.text()),
                   .time = request.turn.now.wall,
                   .seq = room->standing.last_seq + 1,
                   .message_id = request.message_id()};
  if (const TextVerdict verdict = JudgeText(text.text); !verdict.ok()) {
    return ledger_.Refuse(verdict.code, verdict.sentence, {}, request);
  }
  request.user->Note(request.message_id());
  room->standing.last_seq = text.seq;
  ++room->held;
  Append append{.entry = {room->standing.id, text.seq, pb::TEXT, user.account,
                          user.alias, text.text},
                .time = request.turn.now,
                .message_id = request.message_id()};
  if (append.message_id != 0) {
    append.answer = AnswerTo(text).SerializeAsString();
  }
  ledger_.Order(std::move(append), std::move(text), request.turn);
}

pb::ServerFrame PrivateChats::AnswerTo(const PrivateText& text) const {
  pb::ServerFrame answer;
  pb::SendPrivateReply& reply = *answer.mutable_send_private();
  reply.set_alias(text.room->Other(text.user->account).alias);
  reply.set_time_ms(absl::ToUnixMillis(text.time));
  reply.set_room(ToWire(text.room->standing.id));
  reply.set_epoch(options_.direct_epoch);
  reply.set_seq(text.seq);
  return answer;
}

void PrivateChats::Finish(PrivateText& text,
                          const absl::StatusOr<Outcome>& outcome, Turn& turn) {
  pb::ServerFrame answer;
  if (outcome.ok()) {
    DirectRoom& room = *text.room;
    room.told_seq = text.seq;
    pb::ServerFrame event;
    pb::PrivateSaid& said = *event.mutable_private_said();
    said.set_alias(text.user->alias);
    said.set_time_ms(absl::ToUnixMillis(text.time));
    said.set_room(ToWire(room.standing.id));
    said.set_epoch(options_.direct_epoch);
    said.set_seq(text.seq);
    answer = AnswerTo(text);
    said.set_text(std::move(text.text));
    changes_.Notify(room.Other(text.user->account), std::move(event), turn);
  } else {
    FillUnavailable(*answer.mutable_error());
  }
  rooms_.Release(text.room);
  if (!sessions_.Has(text.asked.session)) return;
  answer.set_reply_to(text.asked.request_id);
  turn.effects.push_back(server::Send{text.asked.session, std::move(answer)});
}

}  // namespace chat77::server
