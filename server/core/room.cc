#include "server/core/room.h"

#include <algorithm>
#include <utility>

namespace chat77::server {
namespace {

// Of Room::recent_: a client asks again what may be unanswered, and no more
// than so many requests of one are.
constexpr size_t kRecent = 256;

}  // namespace

bool Room::RefuseOther(uint64_t room, const Request& request) {
  if (room == 0 || room == ToWire(kLobby)) return false;
  request.Refuse(pb::NO_SUCH_ROOM,
                 "There is no such room; the lobby has the number 1.");
  return true;
}

TextVerdict Room::Apply(const Entry& entry) {
  if (entry.muted != nullptr) {
    return {pb::MUTED, "You are muted" + Terms(*entry.muted)};
  }
  return JudgeText(entry.text);
}

void Room::Say(const pb::Say& say, const Sanction* muted,
               const Request& request) {
  if (RefuseOther(say.room(), request)) return;
  Entry entry{CleanText(say.text()), muted};
  if (const TextVerdict verdict = Apply(entry); !verdict.ok()) {
    return request.Refuse(verdict.code, verdict.sentence);
  }
  if (workload_.RefuseMessage(request)) return;
  const User& user = *request.user;
  const Moment& now = request.turn.now;
  Spoken spoken{request.asked, request.user, entry.text,
                now.wall,      ++last_seq_,  request.message_id()};
  request.user->Note(spoken.message_id);
  if (!options_.history) {
    Remember(spoken);
    return ledger_.Hold(std::move(spoken), request.turn);
  }
  Append append{.entry = {kLobby, spoken.seq, pb::TEXT, user.account,
                          user.alias, std::move(entry.text)},
                .time = now,
                .message_id = spoken.message_id};
  ledger_.Order(std::move(append), std::move(spoken), request.turn);
}

void Room::ListOnline(const pb::ListOnline& list, const Request& request) {
  if (RefuseOther(list.room(), request)) return;
  pb::ServerFrame& reply = request.Reply();
  size_t bytes = 0;
  uint32_t total = 0;
  for (const auto& [id, user] : presence_.all()) {
    if (!user->joined) continue;
    ++total;
    bytes += user->alias.size() + 2;
    if (bytes > wire::kOnlineListBytes) continue;
    reply.mutable_list_online()->add_aliases(user->alias);
  }
  reply.mutable_list_online()->set_total(total);
  limits_.ChargeRead(request.user.get(), reply.ByteSizeLong(), request.turn);
}

// ---- without a history ------------------------------------------------------

void Room::Remember(const Spoken& spoken) {
  if (spoken.message_id == 0) return;
  recent_.push_back(
      {spoken.user->account, spoken.message_id, spoken.seq, spoken.time});
  if (recent_.size() > kRecent) recent_.pop_front();
}

bool Room::AnswerRepeat(const Request& request) {
  if (options_.history || request.message_id() == 0) return false;
  const auto first =
      std::find_if(recent_.begin(), recent_.end(), [&](const Recent& recent) {
        return recent.account == request.user->account &&
               recent.message_id == request.message_id();
      });
  if (first == recent_.end()) return false;
  // Held: the first may be, too.
  pb::ServerFrame reply;
  *reply.mutable_say() = AnswerTo(first->seq, first->time);
  ledger_.Answer(std::move(reply), request);
  return true;
}

// ---- telling ----------------------------------------------------------------

void Room::Undo(const Spoken& spoken) {
  last_seq_ = spoken.seq - 1;
  if (!recent_.empty() && recent_.back().seq == spoken.seq) recent_.pop_back();
}

void Room::Finish(Spoken& spoken, const absl::StatusOr<Outcome>& outcome,
                  Turn& turn) {
  if (outcome.ok()) return Tell(spoken, turn);
  if (!sessions_.Has(spoken.asked.session)) return;  // left meanwhile
  Refuse(spoken.asked, pb::UNAVAILABLE,
         "The message could not be stored and was not sent; please try again.",
         turn);
}

pb::SayReply Room::AnswerTo(uint64_t seq, absl::Time time) const {
  pb::SayReply reply;
  reply.set_seq(seq);
  reply.set_time_ms(absl::ToUnixMillis(time));
  reply.set_room(ToWire(kLobby));
  reply.set_epoch(options_.epoch);
  return reply;
}

void Room::Tell(Spoken& spoken, Turn& turn) {
  told_seq_ = spoken.seq;
  if (sessions_.Has(spoken.asked.session)) {
    *Reply(spoken.asked, turn).mutable_say() =
        AnswerTo(spoken.seq, spoken.time);
  }
  TellRoom& tell = std::get<TellRoom>(
      turn.effects.emplace_back(TellRoom{spoken.asked.session, told_seq_, {}}));
  pb::Said& said = *tell.frame.mutable_said();
  said.set_room(ToWire(kLobby));
  said.set_seq(told_seq_);
  said.set_time_ms(absl::ToUnixMillis(spoken.time));
  said.set_alias(spoken.user->alias);
  said.set_text(std::move(spoken.text));
}

void Room::TellJoined(const User& user, absl::Time time, Turn& turn) const {
  TellRoom& tell = std::get<TellRoom>(turn.effects.emplace_back(TellRoom{}));
  pb::Joined& joined = *tell.frame.mutable_joined();
  joined.set_room(ToWire(kLobby));
  joined.set_alias(user.alias);
  joined.set_time_ms(absl::ToUnixMillis(time));
}

void Room::TellLeft(const User& user, pb::LeaveReason reason, absl::Time time,
                    Turn& turn) const {
  TellRoom& tell = std::get<TellRoom>(
      turn.effects.emplace_back(TellRoom{user.session, 0, {}}));
  pb::Left& left = *tell.frame.mutable_left();
  left.set_room(ToWire(kLobby));
  left.set_alias(user.alias);
  left.set_time_ms(absl::ToUnixMillis(time));
  left.set_reason(reason);
}

void Room::FillState(uint64_t read, pb::RoomState& state) const {
  state.set_room(ToWire(kLobby));
  state.set_kind(pb::LOBBY);
  state.set_epoch(options_.epoch);
  state.set_seq(told_seq_);
  state.set_read(std::min(read, told_seq_));
}

std::optional<uint64_t> Room::ReplayFrom(
    const std::optional<Position>& place) const {
  if (!place || place->epoch != options_.epoch) return std::nullopt;
  return std::min(place->seq, told_seq_);
}

}  // namespace chat77::server
