// Getting in and out: sessions, logins, the gate, leaving, stopping.

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "proto/alias.h"
#include "server/core/chat_core.h"
#include "server/core/reply.h"
#include "server/core/text_rules.h"

namespace chat77::server {
namespace {

// Of a person who is not on the server's own machine.
std::optional<wire::IpAddress> RemoteAddress(std::string_view text) {
  static const wire::NetworkList kOwn = *wire::NetworkList::Parse("loopback");
  const auto address = wire::IpAddress::Parse(text);
  if (!address || kOwn.Contains(*address)) return std::nullopt;
  return address;
}

// Whom a limit for one address counts together.
std::string GroupOf(const std::string& text) {
  const auto address = wire::IpAddress::Parse(text);
  return address ? address->Group() : text;
}

}  // namespace

// The refusal for work that failed outside, whatever it was.
void ChatCore::RefuseFailure(const Attempt& attempt, const absl::Status& status,
                             Effects& effects) {
  if (status.code() == absl::StatusCode::kResourceExhausted) {
    Refuse(attempt.session, attempt.request_id, pb::BUSY,
           "Too many people are logging in; please try again in a second.",
           effects, {}, kBusyRetryMs);
    return;
  }
  FillUnavailable(
      *Reply(attempt.session, attempt.request_id, effects).mutable_error());
}

void ChatCore::On(const SessionOpened& event, const Moment&, Effects&) {
  if (stage_ == Stage::kStopped) return;
  Session& session = sessions_[event.session];
  session.origin = std::make_unique<Origin>(
      Origin{event.address, event.port,
             CleanLine(event.software, wire::kSoftwareBytes),
             RemoteAddress(event.address)});
  if (!event.unlimited) session.origin->group = GroupOf(event.address);
  session.resumes = event.resumes;
}

void ChatCore::On(const SessionClosed& event, const Moment& now,
                  Effects& effects) {
  const auto session = sessions_.find(event.session);
  if (session == sessions_.end()) return;
  const std::shared_ptr<User> user = std::move(session->second.user);
  const auto logout = logouts_.extract(event.session);
  sessions_.erase(session);
  if (user == nullptr) return;
  if (!logout.empty()) {
    // Carried out all the same: nobody may resume any more.
    EndStay(user, pb::LEFT, "exit", now, effects, logout.mapped(),
            event.session);
  } else if (user->joined && user->device != 0) {
    GoAway(user, effects);
  } else {
    EndStay(user, pb::DISCONNECTED, "disconnected", now, effects);
  }
}

bool ChatCore::RefuseLogin(const Session& session, Request& context) {
  if (session.user) {
    Refuse(context.session, context.id, pb::ALREADY_LOGGED_IN,
           "This connection is logged in already.", context.effects);
    return true;
  }
  if (session.waiting) {
    Refuse(context.session, context.id, pb::INVALID_ARGUMENT,
           "Wait for the answer first.", context.effects);
    return true;
  }
  return false;
}

bool ChatCore::RefuseOverload(Request& context) const {
  if (overload() < Overload::kLogins) return false;
  Refuse(context.session, context.id, pb::BUSY,
         "The server has too much to do; please try again in a second.",
         context.effects, {}, kBusyRetryMs);
  return true;
}

// The attempt whose outcome came; none if its session ended meanwhile.
std::optional<Attempt> ChatCore::TakeAttempt(Token token) {
  const auto entry = attempts_.find(token);
  if (entry == attempts_.end()) return std::nullopt;
  Attempt attempt = std::move(entry->second);
  attempts_.erase(entry);
  const auto session = sessions_.find(attempt.session);
  if (session == sessions_.end()) return std::nullopt;
  session->second.waiting = false;
  return attempt;
}

void ChatCore::Login(const pb::Login& request, Request& context) {
  Session& session = sessions_[context.session];
  if (RefuseLogin(session, context) || RefuseOverload(context)) return;
  std::string key = wire::AliasKey(request.alias());
  if (RefuseTry(key, session.origin->group, context)) return;
  session.waiting = true;
  const Token token = NextToken();
  attempts_[token] =
      Attempt{context.session, context.id, key, request.take_over()};
  context.effects.push_back(
      CheckPassword{token, std::move(key),
                    request.password().substr(0, wire::kPasswordBytes + 1)});
}

void ChatCore::On(const PasswordChecked& event, const Moment& now,
                  Effects& effects) {
  const std::optional<Attempt> taken = TakeAttempt(event.token);
  if (!taken.has_value()) return;
  const Attempt& attempt = *taken;
  // Only guessing is to be slowed down.
  if (event.account.status().code() != absl::StatusCode::kUnauthenticated) {
    GiveBackTry(attempt.alias, sessions_[attempt.session].origin->group, now);
  }
  if (event.account.ok() && attempt.password_changed) {
    Refuse(attempt.session, attempt.request_id, pb::BUSY,
           "The password of this account was changed just now; please log in "
           "again.",
           effects, {}, kBusyRetryMs);
  } else if (event.account.ok()) {
    BeginStay(attempt, Updated(attempt, *event.account), 0, now, effects);
  } else if (event.account.status().code() ==
             absl::StatusCode::kUnauthenticated) {
    Refuse(attempt.session, attempt.request_id, pb::BAD_CREDENTIALS,
           "Unknown alias or wrong password.", effects);
  } else {
    RefuseFailure(attempt, event.account.status(), effects);
  }
}

bool ChatCore::RefuseEntry(const Attempt& attempt, const AccountName& account,
                           const Moment& now, Effects& effects) {
  if (stage_ != Stage::kServing) {
    Refuse(attempt.session, attempt.request_id, pb::SERVER_STOPPING,
           "The server is stopping; please come back in a moment.", effects);
    return true;
  }
  if (account.admin) return false;
  const auto& remote = sessions_[attempt.session].origin->remote;
  const Sanction* ban = sanctions_.BanOf(account.id, remote, now.steady);
  if (ban == nullptr) return false;
  Dismiss(attempt.session, pb::BANNED, "You are banned" + Terms(*ban), effects);
  return true;
}

void ChatCore::Know(User& user, const AccountName& account) {
  user.admin = account.admin;
  user.blocked.reset();
  if (account.blocked.empty()) return;
  user.blocked = std::make_unique<absl::btree_map<int64_t, std::string>>(
      account.blocked.begin(), account.blocked.end());
}

// Where whoever comes in is, by whichever way, and what limits hold there.
void ChatCore::Enter(const std::shared_ptr<User>& user, Session& session,
                     const Moment& now) {
  KeepBudget(*user, now);
  user->guest.reset();
  const Origin& origin = *session.origin;
  const bool limited = !origin.group.empty() && options_.request_rates;
  if (origin.remote || !origin.group.empty()) {
    user->guest =
        std::make_unique<Guest>(Guest{origin.remote, origin.group, {}});
    if (limited) user->guest->budget = spent_.Take(user->account);
  }
}

void ChatCore::BeginStay(const Attempt& attempt, const AccountName& account,
                         int64_t device, const Moment& now, Effects& effects) {
  if (RefuseEntry(attempt, account, now, effects)) return;
  std::string key = wire::AliasKey(account.alias);
  if (const std::shared_ptr<User> other = presence_.Find(key)) {
    // Who is away is no reason to keep anybody out.
    if (!attempt.take_over && other->session) {
      return Refuse(attempt.session, attempt.request_id, pb::ALREADY_ONLINE,
                    absl::StrCat(other->alias, " is logged in already."),
                    effects, other->alias);
    }
    SendAway(other, "taken over", pb::TAKEN_OVER,
             "This account logged in from somewhere else.", now, effects);
  }
  const std::shared_ptr<User> user =
      presence_.Add(attempt.session, account.alias, std::move(key));
  Session& session = sessions_[attempt.session];
  session.user = user;
  user->account = account.id;
  user->device = device;
  Know(*user, account);
  Enter(user, session, now);
  RecordLogin record;
  record.token = NextToken();
  record.alias = user->alias;
  record.address = session.origin->address;
  record.port = session.origin->port;
  record.time = now;
  record.account = account.id;
  record.device = device;
  record.make_device = session.resumes && device == 0;
  if (record.make_device) record.software = session.origin->software;
  held_.Hold(record.token, Arrival{user, attempt, now.wall, {}});
  effects.push_back(std::move(record));
}

// The client is heard no more; what it asked before is answered first.
void ChatCore::Logout(Request& context) {
  Session& session = sessions_[context.session];
  session.leaving = true;
  if (session.pending > 0) {
    logouts_[context.session] = context.id;
  } else {
    LogOut(context.session, context.id, context.now, context.effects);
  }
}

// Answered at the departure's place, behind the answers to what was said before
// it, and for one who could resume only when nobody can any more.
void ChatCore::LogOut(SessionId id, uint64_t request_id, const Moment& now,
                      Effects& effects) {
  const std::shared_ptr<User> user = std::move(sessions_[id].user);
  EndStay(user, pb::LEFT, "exit", now, effects, request_id, id);
}

void ChatCore::FinishLogout(const Lookup& asked, const absl::Status& status,
                            Effects& effects) {
  if (!sessions_.contains(asked.session)) return;
  pb::ServerFrame& reply = Reply(asked.session, asked.request_id, effects);
  // What is gone cannot be resumed either.
  if (status.ok() || status.code() == absl::StatusCode::kNotFound) {
    reply.mutable_logout();
  } else {
    FillUnavailable(*reply.mutable_error());
  }
  Dismiss(asked.session, pb::LOGGED_OUT, "You are logged out. Goodbye!",
          effects);
}

void ChatCore::Finish(const Farewell& farewell,
                      const absl::StatusOr<Outcome>& outcome, const Moment&,
                      Effects& effects) {
  FinishLogout(farewell.asked, outcome.status(), effects);
}

// Forgotten at once: what the client sent behind its logout finds nobody, and
// cannot log in on a connection that is being closed.
void ChatCore::Dismiss(SessionId session, pb::Code code,
                       std::string_view sentence, Effects& effects) {
  sessions_.erase(session);
  logouts_.erase(session);
  effects.push_back(CloseSession{session, code, std::string(sentence)});
}

void ChatCore::SendAway(const std::shared_ptr<User>& user, std::string_view why,
                        pb::Code code, std::string_view sentence,
                        const Moment& now, Effects& effects) {
  const SessionId session = user->session;
  EndStay(user, pb::DISCONNECTED, why, now, effects);
  if (sessions_.contains(session)) {
    Dismiss(session, code, sentence, effects);
  }
}

// The order is the original's: the alias is free and links end; then those who
// wait for an answer are told, the room hears it, the log has it.
void ChatCore::EndStay(const std::shared_ptr<User>& user,
                       pb::LeaveReason reason, std::string_view why,
                       const Moment& now, Effects& effects, uint64_t logout_id,
                       SessionId session) {
  presence_.Remove(user->id);
  user->left_why = why;
  if ((logout_id != 0 || user->ends_device) && user->device != 0) {
    logging_out_.insert(user->device);
  }
  KeepBudget(*user, now);
  if (user->mailbox != nullptr) mailbox_bytes_ -= user->mailbox->bytes();
  user->mailbox.reset();
  held_.Hold({}, Departure{user, reason, now.wall, logout_id, session,
                           links_.Leave(user->id)});
  Release(now, effects);
}

// Handle tells everybody as soon as nothing is held.
void ChatCore::On(const StopRequested&, const Moment& now, Effects&) {
  if (stage_ != Stage::kServing) return;
  stage_ = Stage::kStopping;
  stop_time_ = now.wall;
}

}  // namespace chat77::server
