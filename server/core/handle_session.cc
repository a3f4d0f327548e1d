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

// The refusal for work that failed outside, whatever it was.
void RefuseFailure(SessionId to, uint64_t request_id,
                   const absl::Status& status, Effects& effects) {
  if (status.code() == absl::StatusCode::kResourceExhausted) {
    Refuse(to, request_id, pb::BUSY,
           "Too many people are logging in; please try again in a second.",
           effects, {}, kBusyRetryMs);
    return;
  }
  Refuse(to, request_id, pb::UNAVAILABLE,
         "The server cannot reach its store just now; please try again.",
         effects, {}, kBusyRetryMs);
}

}  // namespace

void ChatCore::On(const SessionOpened& event, absl::Time, Effects&) {
  if (stage_ == Stage::kStopped) return;
  sessions_[event.session].origin =
      std::make_unique<Origin>(Origin{event.address, event.port});
}

void ChatCore::On(const SessionClosed& event, absl::Time now,
                  Effects& effects) {
  const auto session = sessions_.find(event.session);
  if (session == sessions_.end()) return;
  const std::shared_ptr<User> user = std::move(session->second.user);
  sessions_.erase(session);
  if (user != nullptr) {
    EndStay(user, pb::DISCONNECTED, "disconnected", now, effects);
  }
}

void ChatCore::Register(const pb::Register& request, Request& context) {
  const auto refuse = [&](pb::Code code, std::string_view sentence) {
    Refuse(context.session, context.id, code, sentence, context.effects);
  };
  Session& session = sessions_[context.session];
  if (session.user) {
    return refuse(pb::ALREADY_LOGGED_IN, "Log out before you register.");
  }
  if (session.waiting) {
    return refuse(pb::INVALID_ARGUMENT, "Wait for the answer first.");
  }
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
  attempts_[token] = Attempt{context.session, context.id, *alias, false};
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
    RefuseFailure(attempt.session, attempt.request_id, event.status, effects);
  }
}

void ChatCore::Login(const pb::Login& request, Request& context) {
  Session& session = sessions_[context.session];
  if (session.user) {
    return Refuse(context.session, context.id, pb::ALREADY_LOGGED_IN,
                  "This connection is logged in already.", context.effects);
  }
  if (session.waiting) {
    return Refuse(context.session, context.id, pb::INVALID_ARGUMENT,
                  "Wait for the answer first.", context.effects);
  }
  session.waiting = true;
  const Token token = NextToken();
  attempts_[token] = Attempt{context.session, context.id, request.alias(),
                             request.take_over()};
  context.effects.push_back(
      CheckPassword{token, wire::AliasKey(request.alias()),
                    request.password().substr(0, wire::kPasswordBytes + 1)});
}

void ChatCore::On(const PasswordChecked& event, absl::Time now,
                  Effects& effects) {
  const std::optional<Attempt> taken = TakeAttempt(event.token);
  if (!taken.has_value()) return;
  const Attempt& attempt = *taken;
  if (event.alias.ok()) {
    BeginStay(attempt, *event.alias, now, effects);
  } else if (event.alias.status().code() ==
             absl::StatusCode::kUnauthenticated) {
    Refuse(attempt.session, attempt.request_id, pb::BAD_CREDENTIALS,
           "Unknown alias or wrong password.", effects);
  } else {
    RefuseFailure(attempt.session, attempt.request_id, event.alias.status(),
                  effects);
  }
}

void ChatCore::BeginStay(const Attempt& attempt, std::string alias,
                         absl::Time now, Effects& effects) {
  if (stage_ != Stage::kServing) {
    return Refuse(attempt.session, attempt.request_id, pb::SERVER_STOPPING,
                  "The server is stopping; please come back in a moment.",
                  effects);
  }
  std::string key = wire::AliasKey(alias);
  if (const std::shared_ptr<User> other = presence_.Find(key)) {
    if (!attempt.take_over) {
      return Refuse(attempt.session, attempt.request_id, pb::ALREADY_ONLINE,
                    absl::StrCat(other->alias, " is logged in already."),
                    effects, other->alias);
    }
    EndStay(other, pb::DISCONNECTED, "taken over", now, effects);
    Dismiss(other->session, pb::TAKEN_OVER,
            "This account logged in from somewhere else.", effects);
  }
  const std::shared_ptr<User> user =
      presence_.Add(attempt.session, std::move(alias), std::move(key));
  Session& session = sessions_[attempt.session];
  session.user = user;
  const Token token = NextToken();
  effects.push_back(RecordLogin{token, user->alias, session.origin->address,
                                session.origin->port, now});
  order_.push_back({token, Arrival{user, attempt.request_id, now}});
}

void ChatCore::Logout(Request& context) {
  // Answered at the departure's place, behind the answers to what was said
  // before it. Until then the client is heard no more.
  Session& session = sessions_[context.session];
  session.user = {};
  session.leaving = true;
  EndStay(context.user, pb::LEFT, "exit", context.now, context.effects,
          context.id);
}

// Forgotten at once: what the client sent behind its logout finds nobody, and
// cannot log in on a connection that is being closed.
void ChatCore::Dismiss(SessionId session, pb::Code code,
                       std::string_view sentence, Effects& effects) {
  sessions_.erase(session);
  effects.push_back(CloseSession{session, code, std::string(sentence)});
}

// The order is the original's: the alias is free, those who wait for an answer
// are told, links end, the room hears it, the log has it.
void ChatCore::EndStay(const std::shared_ptr<User>& user,
                       pb::LeaveReason reason, std::string_view why,
                       absl::Time now, Effects& effects, uint64_t logout_id) {
  presence_.Remove(user->id);
  user->left_why = why;
  TellPeersOfLeave(*user, effects);
  order_.push_back({{}, Departure{user, reason, now, logout_id}});
  Release(effects);
}

void ChatCore::TellPeersOfLeave(const User& user, Effects& effects) {
  const std::vector<PrivateLinks::Peer> peers = links_.Leave(user.id);
  const auto withdraw = [&](PrivateState state, bool was_asking) {
    for (const PrivateLinks::Peer& peer : peers) {
      if (peer.state != state) continue;
      pb::RequestWithdrawn& event =
          *Notify(presence_.Get(peer.user)->session, effects)
               .mutable_request_withdrawn();
      event.set_alias(user.alias);
      event.set_was_asking(was_asking);
    }
  };
  withdraw(PrivateState::kAsked, true);
  withdraw(PrivateState::kAsking, false);
  for (const PrivateLinks::Peer& peer : peers) {
    if (peer.state != PrivateState::kLinked) continue;
    pb::PrivateEnded& event =
        *Notify(presence_.Get(peer.user)->session, effects)
             .mutable_private_ended();
    event.set_alias(user.alias);
    event.set_reason(pb::ENDED_BY_DISCONNECT);
  }
}

void ChatCore::On(const StopRequested&, absl::Time now, Effects& effects) {
  if (stage_ != Stage::kServing) return;
  stage_ = Stage::kStopping;
  stop_time_ = now;
  Release(effects);
}

}  // namespace chat77::server
