#include "server/core/stays.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "proto/alias.h"

namespace chat77::server {

// ---- beginning --------------------------------------------------------------

void Stays::Begin(const Attempt& attempt, const AccountName& account,
                  DeviceId device, Turn& turn) {
  std::string key = wire::AliasKey(account.alias);
  if (const UserPtr other = presence_.Find(key)) {
    // Who is away is no reason to keep anybody out.
    if (!attempt.take_over && other->session) {
      return server::Refuse(
          attempt.asked, pb::ALREADY_ONLINE,
          absl::StrCat(other->alias, " is logged in already."), turn,
          other->alias);
    }
    SendAway(other, "taken over", pb::TAKEN_OVER,
             "This account logged in from somewhere else.", turn);
  }
  const UserPtr user =
      presence_.Add(attempt.asked.session, account.alias, std::move(key));
  SessionState& session = sessions_.At(attempt.asked.session);
  session.user = user;
  user->account = account.id;
  user->device = device;
  user->resumes = session.resumes;
  user->Know(account);
  limits_.Enter(*user, *session.origin, turn);
  const Token token = ledger_.NextToken();
  entering_[token] = {user, attempt};
  rooms_.BeginLoading(account.id);
  turn.effects.push_back(ReadRooms{token, account.id});
}

void Stays::On(const RoomsRead& event, Turn& turn) {
  const auto entering = entering_.extract(event.token);
  if (entering.empty()) return;
  const auto& [user, attempt] = entering.mapped();
  if (event.rooms.ok() && !user->gone()) {
    rooms_.Load(user->account, *event.rooms);
  }
  rooms_.EndLoading(user->account);
  if (user->gone()) return;
  if (turn.stage != Stage::kServing) {
    Remove(*user);
    sessions_.At(user->session).user = {};
    return server::Refuse(
        attempt.asked, pb::SERVER_STOPPING,
        "The server is stopping; please come back in a moment.", turn);
  }
  if (!event.rooms.ok()) {
    return Refuse(user, attempt, event.rooms.status(), turn);
  }
  user->Know(*event.rooms);
  changes_.ReconcileAll(user->account, turn);
  Record(user, attempt, turn);
}

void Stays::Record(const UserPtr& user, const Attempt& attempt, Turn& turn) {
  const SessionState& session = sessions_.At(user->session);
  RecordLogin record;
  record.alias = user->alias;
  record.address = session.origin->address;
  record.port = session.origin->port;
  record.time = turn.now;
  record.account = user->account;
  record.device = user->device;
  record.make_device = user->resumes && !user->device;
  if (record.make_device) record.software = session.origin->software;
  ledger_.Order(
      std::move(record),
      Arrival{user, attempt, turn.now.wall, chats_.ViewOf(user->account)},
      turn);
}

void Stays::Finish(Arrival& arrival, const absl::StatusOr<Outcome>& outcome,
                   Turn& turn) {
  User& user = *arrival.user;
  if (outcome.ok()) {
    user.connection = outcome->connection;
    user.device = outcome->device;
    user.highest_message_id = outcome->highest_message_id;
  }
  if (user.gone()) return;  // came and went before it was recorded
  if (!outcome.ok()) {
    return Refuse(arrival.user, arrival.attempt, outcome.status(), turn);
  }
  user.joined = true;
  if (SessionState* session = sessions_.Find(user.session)) {
    session->origin.reset();
  }
  FillLogin(user, arrival.attempt, arrival.view, turn)
      .set_device_token(outcome->secret);
  turn.effects.push_back(
      JoinRoom{user.session, room_.ReplayFrom(arrival.attempt.place)});
  room_.TellJoined(user, arrival.time, turn);
}

void Stays::Remove(const User& user) {
  presence_.Remove(user.id);
  rooms_.Forget(user.account);
}

void Stays::Refuse(const UserPtr& user, const Attempt& attempt,
                   const absl::Status& status, Turn& turn) {
  Remove(*user);
  if (SessionState* session = sessions_.Find(user->session)) session->user = {};
  const Asked asked{user->session, attempt.asked.request_id};
  if (absl::IsNotFound(status)) {
    return server::Refuse(
        asked, pb::TOKEN_INVALID,
        "This device was revoked; please log in with the password.", turn);
  }
  server::Refuse(
      asked, pb::UNAVAILABLE,
      "The server cannot record your login just now; please try again.", turn);
}

pb::LoginReply& Stays::FillLogin(const User& user, const Attempt& attempt,
                                 PrivateView& view, Turn& turn) const {
  pb::ServerFrame& frame = Reply(attempt.asked, turn);
  pb::LoginReply& reply =
      attempt.place ? *frame.mutable_resume() : *frame.mutable_login();
  reply.set_alias(user.alias);
  room_.FillState(user.lobby_read, *reply.add_rooms());
  chats_.FillRooms(view, user.account, reply);
  *reply.mutable_private_state() = std::move(view.list);
  if (!user.device) return reply;
  reply.set_device(static_cast<uint64_t>(user.device.value()));
  reply.set_grace_ms(
      static_cast<uint32_t>(absl::ToInt64Milliseconds(options_.grace)));
  return reply;
}

// ---- ending -----------------------------------------------------------------

// The order is the original's: the alias is free and links end; then those who
// wait for an answer are told, the room hears it, the log has it.
void Stays::End(const UserPtr& user, pb::LeaveReason reason,
                std::string_view why, Turn& turn, const Asked& logout) {
  presence_.Remove(user->id);
  user->left_why = why;
  changes_.Leave(*user, turn);
  rooms_.Forget(user->account);
  if ((logout.session || user->ends_device) && user->device) {
    logging_out_.insert(user->device);
  }
  limits_.Keep(*user, turn);
  ledger_.Hold(Departure{user, reason, turn.now.wall, logout}, turn);
}

void Stays::SendAway(const UserPtr& user, std::string_view why, pb::Code code,
                     std::string_view sentence, Turn& turn) {
  const SessionId session = user->session;
  End(user, pb::DISCONNECTED, why, turn);
  if (sessions_.Has(session)) sessions_.Dismiss(session, code, sentence, turn);
}

// Answered at the departure's place, behind the answers to what was said before
// it, and for one who could resume only when nobody can any more.
void Stays::LogOut(const Asked& logout, Turn& turn) {
  const UserPtr user = std::move(sessions_.At(logout.session).user);
  End(user, pb::LEFT, "exit", turn, logout);
}

void Stays::Finish(const Departure& departure, Turn& turn) {
  const User& user = *departure.user;
  if (user.joined) {
    room_.TellLeft(user, departure.reason, departure.time, turn);
  }
  const bool logs_out = static_cast<bool>(departure.logout.session);
  const bool ends_device = logs_out || user.ends_device;
  // Who could resume is told that they are out when nobody can any more.
  const bool waits = logs_out && user.device && user.connection;
  if (user.connection) {
    RecordLogout record{{},
                        user.connection,
                        std::string(user.left_why),
                        departure.time,
                        ends_device};
    if (waits) {
      ledger_.Order(std::move(record), Farewell{departure.logout, user.device},
                    turn);
    } else {
      turn.effects.push_back(std::move(record));
    }
  }
  if (!waits && ends_device) logging_out_.erase(user.device);
  if (!waits && logs_out) {
    Finish(Farewell{departure.logout}, absl::OkStatus(), turn);
  }
}

void Stays::Finish(const Farewell& farewell, const absl::Status& status,
                   Turn& turn) {
  logging_out_.erase(farewell.device);
  if (status.ok()) attempts_.NoteEndedDevice(farewell.device);
  if (!sessions_.Has(farewell.asked.session)) return;
  pb::ServerFrame& reply = Reply(farewell.asked, turn);
  // What is gone cannot be resumed either.
  if (status.ok() || absl::IsNotFound(status)) {
    reply.mutable_logout();
  } else {
    FillUnavailable(*reply.mutable_error());
  }
  sessions_.Dismiss(farewell.asked.session, pb::LOGGED_OUT,
                    "You are logged out. Goodbye!", turn);
}

void Stays::Stop(absl::Time time, Turn& turn) {
  for (const auto& [id, user] : presence_.all()) {
    // Who can resume does not notice: their stay goes on at the next start.
    if (!user->connection || user->device) continue;
    turn.effects.push_back(
        RecordLogout{{}, user->connection, "server stopped", time});
  }
  presence_ = {};
  rooms_.Clear();
  entering_.clear();
}

}  // namespace chat77::server
