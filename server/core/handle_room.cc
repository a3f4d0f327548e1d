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

// What a message that waits for the disk takes beside its text.
constexpr size_t kPlaceBytes = 256;
constexpr uint32_t kOverloadRetryMs = 500;
// When the first and the last of those whom a stopping server sends away are to
// come back.
constexpr uint32_t kComeBackMs = 1000;
constexpr uint64_t kLastBackMs = 30000;

// A refusal is of one write alone.
bool IsCommitFailure(const absl::Status& status) {
  return !status.ok() && !absl::IsNotFound(status) &&
         !absl::IsAlreadyExists(status) && !absl::IsPermissionDenied(status) &&
         !absl::IsResourceExhausted(status);
}

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
  if (const Sanction* mute =
          sanctions_.MuteOf(context.user->account, context.now.steady)) {
    if (!options_.history && Repeat(pb::ServerFrame::kSay, context)) return;
    return Refuse(context.session, context.id, pb::MUTED,
                  "You are muted" + Terms(*mute), context.effects);
  }
  std::string text = CleanText(request.text());
  if (const TextVerdict verdict = JudgeText(text); !verdict.ok()) {
    return Refuse(context.session, context.id, verdict.code, verdict.sentence,
                  context.effects);
  }
  if (overload() == Overload::kSays) {
    return Refuse(context.session, context.id, pb::BUSY,
                  "Too much waits for the server's disk; please say it again "
                  "in a moment.",
                  context.effects, {}, kOverloadRetryMs);
  }
  Token token;
  if (options_.history) {
    token = NextToken();
    Note(context);
    context.effects.push_back(Append{token, wire::kLobby, context.user->alias,
                                     text, context.now, context.user->account,
                                     context.message_id});
  }
  waiting_bytes_ += text.size() + kPlaceBytes;
  held_.Hold(token,
             Spoken{context.session, context.id, context.user, std::move(text),
                    context.now.wall, context.message_id});
  Release(context.now, context.effects);
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
  ChargeRead(context.session, std::get<Send>(context.effects.back()).frame,
             context.now);
}

void ChatCore::FetchHistory(const pb::FetchHistory& request, Request& context) {
  if (RefuseRoom(request.room(), context)) return;
  if (!options_.history) {
    Reply(context.session, context.id, context.effects).mutable_fetch_history();
    return;
  }
  ReadHistory read;
  read.token = Look(context);
  read.room = wire::kLobby;
  read.told = last_seq_;
  read.limit = request.limit();
  if (read.limit == 0 || read.limit > wire::kHistoryPage) {
    read.limit = wire::kHistoryPage;
  }
  if (request.has_after_seq()) read.after_seq = request.after_seq();
  if (request.has_before_seq()) read.before_seq = request.before_seq();
  context.effects.push_back(std::move(read));
}

void ChatCore::On(const HistoryRead& event, const Moment& now,
                  Effects& effects) {
  const std::optional<Lookup> lookup = TakeLookup(event.token);
  if (!lookup) return;
  if (event.page.ok()) {
    pb::ServerFrame& reply =
        Reply(lookup->session, lookup->request_id, effects);
    *reply.mutable_fetch_history() = *event.page;
    ChargeRead(lookup->session, reply, now);
  } else {
    Refuse(lookup->session, lookup->request_id, pb::UNAVAILABLE,
           "The server cannot read its history just now; please try again.",
           effects);
  }
  LookedUp(lookup->session, now, effects);
}

void ChatCore::On(const Committed& event, const Moment& now, Effects& effects) {
  if (held_.IsFirst(event.token) && IsCommitFailure(event.outcome.status())) {
    FailHeld(now, effects);
  }
  auto taken = held_.TakeWritten(event.token);
  // A stray outcome is a bug of the shell's, and no reason to end a server that
  // people use.
  assert(taken && "outcomes come in the order of their effects");
  if (!taken) return;
  Finish(taken->held, event.outcome, now, effects);
  Release(now, effects);
}

void ChatCore::Release(const Moment& now, Effects& effects) {
  while (auto taken = held_.TakeReady()) {
    absl::StatusOr<Outcome> outcome = Outcome();
    if (taken->failed) outcome = absl::UnavailableError("a commit failed");
    Finish(taken->held, outcome, now, effects);
  }
}

void ChatCore::FailHeld(const Moment& now, Effects& effects) {
  std::vector<std::pair<std::shared_ptr<User>, std::shared_ptr<User>>> undone;
  held_.Fail([this](auto& what) { Undo(what); },
             [&]<class What>(What& what) {
               Redo(what);
               if constexpr (std::is_same_v<What, PrivateChange>) {
                 undone.emplace_back(what.user, what.other);
               }
             });
  effects.push_back(NewGeneration{});
  for (const auto& [user, other] : undone) {
    EndBlocked(user, other, now, effects);
    EndBlocked(other, user, now, effects);
  }
}

void ChatCore::Answer(pb::ServerFrame reply, Request& context) {
  reply.set_reply_to(context.id);
  held_.Hold({}, Answered{context.session, context.user, std::move(reply)});
  Release(context.now, context.effects);
}

void ChatCore::RefuseHeld(pb::Code code, std::string_view sentence,
                          std::string_view alias, Request& context) {
  pb::ServerFrame reply;
  reply.mutable_error()->set_code(code);
  reply.mutable_error()->set_sentence(std::string(sentence));
  reply.mutable_error()->set_alias(std::string(alias));
  Answer(std::move(reply), context);
}

void ChatCore::Finish(Answered& answered,
                      const absl::StatusOr<Outcome>& outcome, const Moment&,
                      Effects& effects) {
  if (!sessions_.contains(answered.session)) return;
  if (!outcome.ok()) {
    answered.reply.clear_body();
    FillUnavailable(*answered.reply.mutable_error());
  } else if (answered.reply.has_list_private()) {
    DropBlocked(*answered.user, *answered.reply.mutable_list_private());
  }
  effects.push_back(Send{answered.session, std::move(answered.reply)});
}

void ChatCore::Finish(Held& held, const absl::StatusOr<Outcome>& outcome,
                      const Moment& now, Effects& effects) {
  std::visit([&](auto& what) { Finish(what, outcome, now, effects); }, held);
}

void ChatCore::Finish(Arrival& arrival, const absl::StatusOr<Outcome>& outcome,
                      const Moment&, Effects& effects) {
  if (!outcome.ok()) return RefuseArrival(arrival, outcome.status(), effects);
  arrival.user->connection = outcome->id;
  arrival.user->device = outcome->device;
  arrival.user->highest_message_id = outcome->highest_message_id;
  arrival.device_token = outcome->secret;
  Tell(arrival, effects);
}

void ChatCore::Finish(Spoken& spoken, const absl::StatusOr<Outcome>& outcome,
                      const Moment&, Effects& effects) {
  waiting_bytes_ -= spoken.text.size() + kPlaceBytes;
  if (!outcome.ok()) return RefuseSpoken(spoken, effects);
  if (options_.history) {
    return Tell(spoken, static_cast<uint64_t>(outcome->id), effects);
  }
  // Nobody numbers messages, and remembers them, but the core.
  if (!TellAgain(spoken, effects)) Tell(spoken, last_seq_ + 1, effects);
}

void ChatCore::RefuseSpoken(const Spoken& spoken, Effects& effects) {
  if (!sessions_.contains(spoken.session)) return;  // left meanwhile
  Refuse(spoken.session, spoken.request_id, pb::UNAVAILABLE,
         "The message could not be stored and was not sent; please try again.",
         effects);
}

void ChatCore::RefuseArrival(const Arrival& arrival, const absl::Status& status,
                             Effects& effects) {
  const User& user = *arrival.user;
  if (!user.left_why.empty()) return;  // left meanwhile: nobody waits
  presence_.Remove(user.id);
  if (const auto session = sessions_.find(user.session);
      session != sessions_.end()) {
    session->second.user = {};
  }
  if (status.code() == absl::StatusCode::kNotFound) {
    return Refuse(user.session, arrival.attempt.request_id, pb::TOKEN_INVALID,
                  "This device was revoked; please log in with the password.",
                  effects);
  }
  Refuse(user.session, arrival.attempt.request_id, pb::UNAVAILABLE,
         "The server cannot record your login just now; please try again.",
         effects);
}

void ChatCore::Tell(Spoken& spoken, uint64_t seq, Effects& effects) {
  last_seq_ = seq;
  pb::ServerFrame answer;
  answer.set_reply_to(spoken.request_id);
  answer.mutable_say()->set_seq(seq);
  answer.mutable_say()->set_time_ms(Millis(spoken.time));
  if (!options_.history) Remember(*spoken.user, spoken.message_id, answer);
  if (sessions_.contains(spoken.session)) {
    effects.push_back(Send{spoken.session, std::move(answer)});
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

// True if it was said before: judged here, not when it is asked, because the
// first may wait for its place still.
bool ChatCore::TellAgain(const Spoken& spoken, Effects& effects) {
  if (spoken.user->answers == nullptr) return false;
  const pb::ServerFrame* answer = spoken.user->answers->Find(spoken.message_id);
  if (answer == nullptr) return false;
  if (sessions_.contains(spoken.session)) {
    pb::ServerFrame& reply = Reply(spoken.session, spoken.request_id, effects);
    if (answer->has_say()) {
      reply.MergeFrom(*answer);
    } else {
      FillReused(*reply.mutable_error());
    }
  }
  return true;
}

void ChatCore::Tell(Arrival& arrival, Effects& effects) {
  User& user = *arrival.user;
  if (!user.left_why.empty()) return;  // came and went before it was recorded
  user.joined = true;
  if (const auto session = sessions_.find(user.session);
      session != sessions_.end()) {
    session->second.origin.reset();
  }
  pb::LoginReply& reply = FillLogin(user, arrival.attempt, effects);
  reply.set_device_token(std::move(arrival.device_token));
  effects.push_back(JoinRoom{user.session, ReplayFrom(arrival.attempt)});

  TellRoom& tell = std::get<TellRoom>(effects.emplace_back(TellRoom{}));
  pb::Joined& joined = *tell.frame.mutable_joined();
  joined.set_room(wire::kLobby);
  joined.set_alias(user.alias);
  joined.set_time_ms(Millis(arrival.time));
}

void ChatCore::Finish(const Departure& departure,
                      const absl::StatusOr<Outcome>&, const Moment&,
                      Effects& effects) {
  const User& user = *departure.user;
  TellPeersOfLeave(departure, effects);
  if (user.joined) {
    TellRoom& tell =
        std::get<TellRoom>(effects.emplace_back(TellRoom{user.session, 0, {}}));
    pb::Left& left = *tell.frame.mutable_left();
    left.set_room(wire::kLobby);
    left.set_alias(user.alias);
    left.set_time_ms(Millis(departure.time));
    left.set_reason(departure.reason);
  }
  const bool logs_out = departure.logout_id != 0;
  // Who could resume is told that they are out when nobody can any more.
  const bool waits = logs_out && user.device != 0;
  const bool ends_device = logs_out || user.ends_device;
  if (ends_device) logging_out_.erase(user.device);
  if (user.connection != 0) {
    const Token token = waits ? NextToken() : Token{};
    effects.push_back(RecordLogout{token, user.connection,
                                   std::string(user.left_why), departure.time,
                                   ends_device});
    if (waits) {
      held_.Hold(token, Farewell{{departure.session, departure.logout_id}});
    }
  }
  if (logs_out && !waits) {
    FinishLogout({departure.session, departure.logout_id}, absl::OkStatus(),
                 effects);
  }
}

// Is not held: those who leave while it waits go before it.
void ChatCore::TellStop(Effects& effects) {
  stage_ = Stage::kStopped;
  for (const auto& [id, user] : presence_.all()) {
    // Who can resume does not notice: their stay goes on at the next start.
    if (user->connection == 0 || user->device != 0) continue;
    effects.push_back(
        RecordLogout{{}, user->connection, "server stopped", stop_time_});
  }
  // In order, so that the same events give the same effects.
  std::vector<SessionId> sessions;
  for (const auto& [id, session] : sessions_) sessions.push_back(id);
  std::sort(sessions.begin(), sessions.end());
  // One after the other, a fraction of a millisecond apart, so that they do not
  // come back at once.
  const uint64_t span =
      std::min<uint64_t>(kLastBackMs - kComeBackMs, sessions.size() / 2);
  for (size_t i = 0; i < sessions.size(); ++i) {
    const uint64_t wait = kComeBackMs + i * span / sessions.size();
    effects.push_back(CloseSession{sessions[i], pb::SERVER_STOPPING,
                                   "The server is stopping. Come back soon.",
                                   static_cast<uint32_t>(wait)});
  }
  sessions_.clear();
  logouts_.clear();
  presence_ = {};
  mailbox_bytes_ = 0;
  effects.push_back(Stopped{});
}

}  // namespace chat77::server
