// Getting in and out: sessions, accounts, logins, leaving, stopping.

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "proto/alias.h"
#include "server/core/chat_core.h"
#include "server/core/reply.h"

namespace chat77::server {
namespace {

constexpr uint32_t kBusyRetryMs = 1000;

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

void ChatCore::On(const SessionOpened& event, absl::Time, Effects&) {
  if (stage_ == Stage::kStopped) return;
  Session& session = sessions_[event.session];
  session.origin = std::make_unique<Origin>(
      Origin{event.address, event.port, event.software});
  session.resumes = event.resumes;
}

void ChatCore::On(const SessionClosed& event, absl::Time now,
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

void ChatCore::Register(const pb::Register& request, Request& context) {
  const auto refuse = [&](pb::Code code, std::string_view sentence) {
    Refuse(context.session, context.id, code, sentence, context.effects);
  };
  Session& session = sessions_[context.session];
  if (session.user) {
    return refuse(pb::ALREADY_LOGGED_IN, "Log out before you register.");
  }
  if (RefuseLogin(session, context) || RefuseOverload(context)) return;
  const absl::StatusOr<std::string> alias =
      wire::NormalizeAlias(request.alias());
  if (!alias.ok())
    return refuse(pb::ALIAS_INVALID, std::string(alias.status().message()));
  if (request.password().empty() ||
      request.password().size() > wire::kPasswordBytes) {
    return refuse(
        pb::PASSWORD_INVALID,
        absl::StrCat("A password has 1 to ", wire::kPasswordBytes, " bytes."));
  }
  std::string key = wire::AliasKey(*alias);
  if (wire::IsReservedAlias(key)) {
    return refuse(pb::ALIAS_TAKEN,
                  "That alias is reserved; please choose another.");
  }
  session.waiting = true;
  const Token token = NextToken();
  attempts_[token] =
      Attempt{context.session, context.id, *alias, false, std::nullopt};
  context.effects.push_back(CreateAccount{token, *alias, std::move(key),
                                          request.password(), context.now});
}

// The attempt whose outcome came; none if its session ended meanwhile.
std::optional<ChatCore::Attempt> ChatCore::TakeAttempt(Token token) {
  const auto entry = attempts_.find(token);
  if (entry == attempts_.end()) return std::nullopt;
  Attempt attempt = std::move(entry->second);
  attempts_.erase(entry);
  const auto session = sessions_.find(attempt.session);
  if (session == sessions_.end()) return std::nullopt;
  session->second.waiting = false;
  return attempt;
}

void ChatCore::On(const AccountCreated& event, absl::Time, Effects& effects) {
  const std::optional<Attempt> taken = TakeAttempt(event.token);
  if (!taken.has_value()) return;
  const Attempt& attempt = *taken;
  if (event.status.ok()) {
    Reply(attempt.session, attempt.request_id, effects)
        .mutable_register_()
        ->set_alias(attempt.alias);
  } else if (event.status.code() == absl::StatusCode::kAlreadyExists) {
    Refuse(attempt.session, attempt.request_id, pb::ALIAS_TAKEN,
           "That alias is taken; please choose another.", effects);
  } else {
    RefuseFailure(attempt, event.status, effects);
  }
}

void ChatCore::Login(const pb::Login& request, Request& context) {
  Session& session = sessions_[context.session];
  if (RefuseLogin(session, context) || RefuseOverload(context)) return;
  session.waiting = true;
  const Token token = NextToken();
  attempts_[token] = Attempt{
      context.session, context.id, {}, request.take_over(), std::nullopt};
  context.effects.push_back(
      CheckPassword{token, wire::AliasKey(request.alias()),
                    request.password().substr(0, wire::kPasswordBytes + 1)});
}

void ChatCore::On(const PasswordChecked& event, absl::Time now,
                  Effects& effects) {
  const std::optional<Attempt> taken = TakeAttempt(event.token);
  if (!taken.has_value()) return;
  const Attempt& attempt = *taken;
  if (event.account.ok()) {
    BeginStay(attempt, *event.account, 0, now, effects);
  } else if (event.account.status().code() ==
             absl::StatusCode::kUnauthenticated) {
    Refuse(attempt.session, attempt.request_id, pb::BAD_CREDENTIALS,
           "Unknown alias or wrong password.", effects);
  } else {
    RefuseFailure(attempt, event.account.status(), effects);
  }
}

void ChatCore::BeginStay(const Attempt& attempt, const AccountName& account,
                         int64_t device, absl::Time now, Effects& effects) {
  if (stage_ != Stage::kServing) {
    return Refuse(attempt.session, attempt.request_id, pb::SERVER_STOPPING,
                  "The server is stopping; please come back in a moment.",
                  effects);
  }
  std::string key = wire::AliasKey(account.alias);
  if (const std::shared_ptr<User> other = presence_.Find(key)) {
    // Who is away is no reason to keep anybody out.
    if (!attempt.take_over && other->session) {
      return Refuse(attempt.session, attempt.request_id, pb::ALREADY_ONLINE,
                    absl::StrCat(other->alias, " is logged in already."),
                    effects, other->alias);
    }
    const SessionId session = other->session;
    EndStay(other, pb::DISCONNECTED, "taken over", now, effects);
    if (session) {
      Dismiss(session, pb::TAKEN_OVER,
              "This account logged in from somewhere else.", effects);
    }
  }
  const std::shared_ptr<User> user =
      presence_.Add(attempt.session, account.alias, std::move(key));
  Session& session = sessions_[attempt.session];
  session.user = user;
  user->account = account.id;
  user->device = device;
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
  order_.push_back({record.token, Arrival{user, attempt, now, {}}});
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
void ChatCore::LogOut(SessionId id, uint64_t request_id, absl::Time now,
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

// Forgotten at once: what the client sent behind its logout finds nobody, and
// cannot log in on a connection that is being closed.
void ChatCore::Dismiss(SessionId session, pb::Code code,
                       std::string_view sentence, Effects& effects) {
  sessions_.erase(session);
  logouts_.erase(session);
  effects.push_back(CloseSession{session, code, std::string(sentence)});
}

// The order is the original's: the alias is free, those who wait for an answer
// are told, links end, the room hears it, the log has it.
void ChatCore::EndStay(const std::shared_ptr<User>& user,
                       pb::LeaveReason reason, std::string_view why,
                       absl::Time now, Effects& effects, uint64_t logout_id,
                       SessionId session) {
  presence_.Remove(user->id);
  user->left_why = why;
  if (logout_id != 0 && user->device != 0) logging_out_.insert(user->device);
  if (user->mailbox != nullptr) mailbox_bytes_ -= user->mailbox->bytes();
  user->mailbox.reset();
  TellPeersOfLeave(*user, effects);
  order_.push_back({{}, Departure{user, reason, now, logout_id, session}});
  Release(effects);
}

void ChatCore::On(const StopRequested&, absl::Time now, Effects& effects) {
  if (stage_ != Stage::kServing) return;
  stage_ = Stage::kStopping;
  stop_time_ = now;
  Release(effects);
}

}  // namespace chat77::server
