#include "server/core/room.h"

#include <algorithm>
#include <utility>

namespace chat77::server {
bool Room::RefuseOther(const std::string& room, const Request& request) {
  if (room.empty() || room == wire::kLobby) return false;
  request.Refuse(pb::NO_SUCH_ROOM,
                 "There is no room of that name; the room is called lobby.");
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
  if (!options_.history) {
    const pb::ServerFrame* before =
        request.user->AnswerTo(request.message_id());
    if (before != nullptr) {
      return AnswerAgain(*before, pb::ServerFrame::kSay, request.Reply());
    }
  }
  Entry entry{CleanText(say.text()), muted};
  if (const TextVerdict verdict = Apply(entry); !verdict.ok()) {
    return request.Refuse(verdict.code, verdict.sentence);
  }
  if (workload_.RefuseMessage(request)) return;
  const Moment& now = request.turn.now;
  Spoken spoken{request.asked, request.user, entry.text, now.wall,
                request.message_id()};
  if (!options_.history) return ledger_.Hold(std::move(spoken), request.turn);
  request.user->Note(request.message_id());
  Append append;
  append.room = wire::kLobby;
  append.alias = request.user->alias;
  append.text = std::move(entry.text);
  append.time = now;
  append.account = request.user->account;
  append.message_id = request.message_id();
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

void Room::FetchHistory(const pb::FetchHistory& fetch, const Request& request) {
  if (RefuseOther(fetch.room(), request)) return;
  if (!options_.history) {
    request.Reply().mutable_fetch_history();
    return;
  }
  ReadHistory read;
  read.token = sessions_.Look(request);
  read.room = wire::kLobby;
  read.told = last_seq_;
  read.limit = fetch.limit();
  if (read.limit == 0 || read.limit > wire::kHistoryPage) {
    read.limit = wire::kHistoryPage;
  }
  if (fetch.has_after_seq()) read.after_seq = fetch.after_seq();
  if (fetch.has_before_seq()) read.before_seq = fetch.before_seq();
  request.turn.effects.push_back(std::move(read));
}

void Room::On(const HistoryRead& event, Turn& turn) {
  const std::optional<Asked> asked = sessions_.TakeLookup(event.token);
  if (!asked) return;
  if (event.page.ok()) {
    pb::ServerFrame& reply = Reply(*asked, turn);
    *reply.mutable_fetch_history() = *event.page;
    limits_.ChargeRead(sessions_.At(asked->session).user.get(),
                       reply.ByteSizeLong(), turn);
  } else {
    Refuse(*asked, pb::UNAVAILABLE,
           "The server cannot read its history just now; please try again.",
           turn);
  }
  sessions_.Settle(asked->session, turn);
}

void Room::Finish(Spoken& spoken, const absl::StatusOr<Outcome>& outcome,
                  Turn& turn) {
  const bool heard = sessions_.Has(spoken.asked.session);
  if (!outcome.ok()) {
    if (!heard) return;  // left meanwhile
    return Refuse(spoken.asked, pb::UNAVAILABLE,
                  "The message could not be stored and was not sent; please "
                  "try again.",
                  turn);
  }
  if (options_.history) return Tell(spoken, outcome->seq, turn);
  // Nobody numbers messages, and remembers them, but the core. Judged here, not
  // when it is asked: the first may wait for its place still.
  const pb::ServerFrame* before = spoken.user->AnswerTo(spoken.message_id);
  if (before == nullptr) return Tell(spoken, last_seq_ + 1, turn);
  if (!heard) return;
  AnswerAgain(*before, pb::ServerFrame::kSay, Reply(spoken.asked, turn));
}

void Room::Tell(Spoken& spoken, uint64_t seq, Turn& turn) {
  last_seq_ = seq;
  const int64_t time_ms = absl::ToUnixMillis(spoken.time);
  pb::ServerFrame answer;
  answer.set_reply_to(spoken.asked.request_id);
  answer.mutable_say()->set_seq(seq);
  answer.mutable_say()->set_time_ms(time_ms);
  if (!options_.history) spoken.user->Remember(spoken.message_id, answer);
  if (sessions_.Has(spoken.asked.session)) {
    turn.effects.push_back(Send{spoken.asked.session, std::move(answer)});
  }
  TellRoom& tell = std::get<TellRoom>(
      turn.effects.emplace_back(TellRoom{spoken.asked.session, last_seq_, {}}));
  pb::Said& said = *tell.frame.mutable_said();
  said.set_room(wire::kLobby);
  said.set_seq(last_seq_);
  said.set_time_ms(time_ms);
  said.set_alias(spoken.user->alias);
  said.set_text(std::move(spoken.text));
}

void Room::TellJoined(const User& user, absl::Time time, Turn& turn) const {
  TellRoom& tell = std::get<TellRoom>(turn.effects.emplace_back(TellRoom{}));
  pb::Joined& joined = *tell.frame.mutable_joined();
  joined.set_room(wire::kLobby);
  joined.set_alias(user.alias);
  joined.set_time_ms(absl::ToUnixMillis(time));
}

void Room::TellLeft(const User& user, pb::LeaveReason reason, absl::Time time,
                    Turn& turn) const {
  TellRoom& tell = std::get<TellRoom>(
      turn.effects.emplace_back(TellRoom{user.session, 0, {}}));
  pb::Left& left = *tell.frame.mutable_left();
  left.set_room(wire::kLobby);
  left.set_alias(user.alias);
  left.set_time_ms(absl::ToUnixMillis(time));
  left.set_reason(reason);
}

void Room::FillPosition(pb::RoomPosition& position) const {
  position.set_room(wire::kLobby);
  position.set_epoch(options_.epoch);
  position.set_seq(last_seq_);
}

std::optional<uint64_t> Room::ReplayFrom(
    const std::optional<Position>& place) const {
  if (!place || place->epoch != options_.epoch) return std::nullopt;
  return std::min(place->seq, last_seq_);
}

}  // namespace chat77::server
