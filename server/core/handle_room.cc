// The room: saying, hearing, who is there, and the order of it all.

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>
#include <vector>

#include "server/core/chat_core.h"
#include "server/core/reply.h"
#include "server/core/text_rules.h"

namespace chat77::server {
namespace {

int64_t Millis(absl::Time time) { return absl::ToUnixMillis(time); }

}  // namespace

// True, and answered, if `room` is not the one room there is.
bool ChatCore::RefuseRoom(const std::string& room, Request& context) {
  if (room.empty() || room == wire::kLobby) return false;
  Refuse(context.session, context.id, pb::NO_SUCH_ROOM,
         "There is no room of that name; the room is called lobby.",
         context.effects);
  return true;
}

void ChatCore::Say(const pb::Say& request, Request& context) {
  if (RefuseRoom(request.room(), context)) return;
  if (const TextVerdict verdict = JudgeText(request.text()); !verdict.ok()) {
    return Refuse(context.session, context.id, verdict.code, verdict.sentence,
                  context.effects);
  }
  Token token;
  if (options_.history) {
    token = NextToken();
    context.effects.push_back(Append{token, wire::kLobby, context.user->alias,
                                     request.text(), context.now});
  }
  order_.push_back({token, Spoken{context.session, context.id, context.user,
                                  request.text(), context.now, 0}});
  Release(context.effects);
}

void ChatCore::ListOnline(const pb::ListOnline& request, Request& context) {
  if (RefuseRoom(request.room(), context)) return;
  pb::ListOnlineReply& list =
      *Reply(context.session, context.id, context.effects)
           .mutable_list_online();
  size_t bytes = 0;
  uint32_t total = 0;
  for (const auto& [id, user] : presence_.all()) {
    if (!user->joined) continue;
    ++total;
    bytes += user->alias.size() + 2;
    if (bytes <= wire::kOnlineListBytes) list.add_aliases(user->alias);
  }
  list.set_total(total);
}

void ChatCore::FetchHistory(const pb::FetchHistory& request, Request& context) {
  if (RefuseRoom(request.room(), context)) return;
  if (!options_.history) {
    Reply(context.session, context.id, context.effects).mutable_fetch_history();
    return;
  }
  ReadHistory read;
  read.token = NextToken();
  read.room = wire::kLobby;
  read.limit = request.limit();
  if (read.limit == 0 || read.limit > wire::kHistoryPage) {
    read.limit = wire::kHistoryPage;
  }
  if (request.has_after_seq()) read.after_seq = request.after_seq();
  if (request.has_before_seq()) read.before_seq = request.before_seq();
  history_attempts_[read.token] = HistoryAttempt{context.session, context.id};
  context.effects.push_back(std::move(read));
}

void ChatCore::On(const HistoryRead& event, absl::Time, Effects& effects) {
  const auto entry = history_attempts_.find(event.token);
  if (entry == history_attempts_.end()) return;
  const HistoryAttempt attempt = entry->second;
  history_attempts_.erase(entry);
  if (!sessions_.contains(attempt.session)) return;
  if (!event.page.ok()) {
    Refuse(attempt.session, attempt.request_id, pb::UNAVAILABLE,
           "The server cannot read its history just now; please try again.",
           effects);
    return;
  }
  *Reply(attempt.session, attempt.request_id, effects).mutable_fetch_history() =
      *event.page;
}

void ChatCore::On(const Committed& event, absl::Time, Effects& effects) {
  // Outcomes come in the order of the effects, and what is ready at the head
  // is told at once: so the outcome is always that of the head. A stray one is
  // a bug of the shell's, and no reason to end a server that people use.
  const bool next = !order_.empty() && order_.front().awaited == event.token;
  assert(next && "outcomes come in the order of their effects");
  if (!next) return;
  Resolve(order_.front(), event.value, effects);
  Release(effects);
}

// The head's outcome is known: it becomes ready, or falls out of the order.
void ChatCore::Resolve(Place& place, const absl::StatusOr<int64_t>& value,
                       Effects& effects) {
  place.awaited = {};
  if (auto* arrival = std::get_if<Arrival>(&place.what)) {
    if (value.ok()) {
      arrival->user->connection = *value;
      return;
    }
    RefuseArrival(*arrival, effects);
    order_.pop_front();
  } else if (auto* spoken = std::get_if<Spoken>(&place.what)) {
    if (value.ok()) {
      spoken->seq = static_cast<uint64_t>(*value);
      return;
    }
    RefuseSpoken(*spoken, effects);
    order_.pop_front();
  }
}

void ChatCore::RefuseSpoken(const Spoken& spoken, Effects& effects) {
  if (!sessions_.contains(spoken.session)) return;  // left meanwhile
  Refuse(spoken.session, spoken.request_id, pb::UNAVAILABLE,
         "The message could not be stored and was not sent; please try again.",
         effects);
}

void ChatCore::RefuseArrival(const Arrival& arrival, Effects& effects) {
  const User& user = *arrival.user;
  if (!user.left_why.empty()) return;  // left meanwhile: nobody waits
  presence_.Remove(user.id);
  if (const auto session = sessions_.find(user.session);
      session != sessions_.end()) {
    session->second.user = {};
  }
  Refuse(user.session, arrival.request_id, pb::UNAVAILABLE,
         "The server cannot record your login just now; please try again.",
         effects);
}

void ChatCore::Release(Effects& effects) {
  while (!order_.empty() && !order_.front().awaited) {
    Place place = std::move(order_.front());
    order_.pop_front();
    std::visit([&](auto& what) { Tell(what, effects); }, place.what);
  }
  if (stage_ == Stage::kStopping && order_.empty()) TellStop(effects);
}

void ChatCore::Tell(Spoken& spoken, Effects& effects) {
  // Without history nobody numbers messages but the core.
  last_seq_ = spoken.seq != 0 ? spoken.seq : last_seq_ + 1;
  if (sessions_.contains(spoken.session)) {
    pb::SayReply& reply =
        *Reply(spoken.session, spoken.request_id, effects).mutable_say();
    reply.set_seq(last_seq_);
    reply.set_time_ms(Millis(spoken.time));
  }
  TellRoom& tell = std::get<TellRoom>(
      effects.emplace_back(TellRoom{spoken.session, last_seq_, {}}));
  pb::Said& said = *tell.frame.mutable_said();
  said.set_room(wire::kLobby);
  said.set_seq(last_seq_);
  said.set_time_ms(Millis(spoken.time));
  said.set_alias(spoken.user->alias);
  said.set_text(std::move(spoken.text));
}

void ChatCore::Tell(Arrival& arrival, Effects& effects) {
  User& user = *arrival.user;
  if (!user.left_why.empty()) return;  // came and went before it was recorded
  user.joined = true;
  if (const auto session = sessions_.find(user.session);
      session != sessions_.end()) {
    session->second.origin.reset();
  }
  pb::LoginReply& reply =
      *Reply(user.session, arrival.request_id, effects).mutable_login();
  reply.set_alias(user.alias);
  pb::RoomPosition& position = *reply.add_rooms();
  position.set_room(wire::kLobby);
  position.set_epoch(options_.epoch);
  position.set_seq(last_seq_);
  effects.push_back(JoinRoom{user.session});

  TellRoom& tell = std::get<TellRoom>(effects.emplace_back(TellRoom{}));
  pb::Joined& joined = *tell.frame.mutable_joined();
  joined.set_room(wire::kLobby);
  joined.set_alias(user.alias);
  joined.set_time_ms(Millis(arrival.time));
}

void ChatCore::Tell(Departure& departure, Effects& effects) {
  const User& user = *departure.user;
  if (user.joined) {
    TellRoom& tell =
        std::get<TellRoom>(effects.emplace_back(TellRoom{user.session, 0, {}}));
    pb::Left& left = *tell.frame.mutable_left();
    left.set_room(wire::kLobby);
    left.set_alias(user.alias);
    left.set_time_ms(Millis(departure.time));
    left.set_reason(departure.reason);
  }
  if (user.connection != 0) {
    effects.push_back(RecordLogout{user.connection, std::string(user.left_why),
                                   departure.time});
  }
  if (departure.logout_id != 0 && sessions_.contains(user.session)) {
    Reply(user.session, departure.logout_id, effects).mutable_logout();
    Dismiss(user.session, pb::LOGGED_OUT, "You are logged out. Goodbye!",
            effects);
  }
}

// Has no place in the order: those who leave while it waits go before it.
void ChatCore::TellStop(Effects& effects) {
  stage_ = Stage::kStopped;
  for (const auto& [id, user] : presence_.all()) {
    if (user->connection == 0) continue;
    effects.push_back(
        RecordLogout{user->connection, "server stopped", stop_time_});
  }
  // In order, so that the same events give the same effects.
  std::vector<SessionId> sessions;
  for (const auto& [id, session] : sessions_) sessions.push_back(id);
  std::sort(sessions.begin(), sessions.end());
  for (const SessionId id : sessions) {
    effects.push_back(CloseSession{id, pb::SERVER_STOPPING,
                                   "The server is stopping. Come back soon."});
  }
  sessions_.clear();
  presence_ = {};
  effects.push_back(Stopped{});
}

}  // namespace chat77::server
