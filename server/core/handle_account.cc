// Making accounts and changing their passwords, and how often that, or a login,
// may be tried.

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "proto/alias.h"
#include "server/core/chat_core.h"
#include "server/core/reply.h"

namespace chat77::server {
namespace {

// In a reply; who waits longer asks again.
constexpr absl::Duration kLongestHint = absl::Hours(1);

bool IsPassword(std::string_view text) {
  return !text.empty() && text.size() <= wire::kPasswordBytes;
}

std::string PasswordRule() {
  return absl::StrCat("A password has 1 to ", wire::kPasswordBytes, " bytes.");
}

}  // namespace

// ---- rates ------------------------------------------------------------------

bool ChatCore::RefuseRate(absl::Duration wait, std::string_view what,
                          Request& context) {
  if (wait == absl::ZeroDuration()) return false;
  wait = std::min(wait, kLongestHint);
  const int64_t ms = absl::ToInt64Milliseconds(wait) + 1;
  Refuse(context.session, context.id, pb::RATE_LIMITED,
         absl::StrCat(std::string(what), "; please try again in ",
                      (ms + 999) / 1000, " s."),
         context.effects, {}, static_cast<uint32_t>(ms));
  return true;
}

bool ChatCore::RefuseTry(std::string_view key, std::string_view group,
                         Request& context) {
  if (group.empty() || !login_guard_) return false;
  return RefuseRate(login_guard_->Try(key, group, context.now.steady),
                    "That was tried too often", context);
}

void ChatCore::KeepBudget(const User& user, const Moment& now) {
  if (user.guest == nullptr || !user.guest->budget) return;
  spent_.Keep(user.account, *user.guest->budget, now.steady);
}

void ChatCore::GiveBackTry(std::string_view key, std::string_view group,
                           const Moment& now) {
  if (group.empty() || !login_guard_) return;
  login_guard_->GiveBack(key, group, now.steady);
}

// ---- registration -----------------------------------------------------------

bool ChatCore::RefuseRegistration(const pb::Register& request,
                                  const Session& session, Request& context) {
  const auto refuse = [&](pb::Code code, std::string_view sentence) {
    Refuse(context.session, context.id, code, sentence, context.effects);
    return true;
  };
  if (options_.registration == pb::REGISTRATION_NOT_POSSIBLE) {
    return refuse(pb::REGISTRATION_CLOSED,
                  "This server takes no new accounts; ask whoever runs it.");
  }
  if (options_.registration == pb::REGISTRATION_BY_INVITATION &&
      request.invitation().empty()) {
    return refuse(pb::INVITATION_INVALID,
                  "This server wants an invitation code; ask an admin of it.");
  }
  const Sanction* ban =
      sanctions_.BanOf(0, session.origin->remote, context.now.steady);
  if (ban != nullptr) {
    Dismiss(context.session, pb::BANNED, "You are banned" + Terms(*ban),
            context.effects);
    return true;
  }
  return false;
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
  if (RefuseRegistration(request, session, context)) return;
  const absl::StatusOr<std::string> alias =
      wire::NormalizeAlias(request.alias());
  if (!alias.ok())
    return refuse(pb::ALIAS_INVALID, std::string(alias.status().message()));
  if (!IsPassword(request.password())) {
    return refuse(pb::PASSWORD_INVALID, PasswordRule());
  }
  std::string key = wire::AliasKey(*alias);
  if (wire::IsReservedAlias(key)) {
    return refuse(pb::ALIAS_TAKEN,
                  "That alias is reserved; please choose another.");
  }
  if (!session.origin->group.empty() && login_guard_) {
    const absl::Duration wait =
        login_guard_->Register(session.origin->group, context.now.steady);
    if (RefuseRate(wait, "Too many accounts are being made", context)) return;
  }
  session.waiting = true;
  const Token token = NextToken();
  attempts_[token] = Attempt{context.session, context.id, *alias, false};
  context.effects.push_back(CreateAccount{token, *alias, std::move(key),
                                          request.password(), context.now,
                                          request.invitation()});
}

void ChatCore::On(const AccountCreated& event, const Moment&,
                  Effects& effects) {
  const std::optional<Attempt> taken = TakeAttempt(event.token);
  if (!taken.has_value()) return;
  const Attempt& attempt = *taken;
  const auto refuse = [&](pb::Code code, std::string_view sentence) {
    Refuse(attempt.session, attempt.request_id, code, sentence, effects);
  };
  if (event.status.ok()) {
    Reply(attempt.session, attempt.request_id, effects)
        .mutable_register_()
        ->set_alias(attempt.alias);
  } else if (event.status.code() == absl::StatusCode::kAlreadyExists) {
    refuse(pb::ALIAS_TAKEN,
           "That alias is taken, or looks like one that is; please choose "
           "another.");
  } else if (event.status.code() == absl::StatusCode::kPermissionDenied) {
    refuse(pb::INVITATION_INVALID,
           "That invitation code is unknown, used up or expired; ask for "
           "another.");
  } else {
    RefuseFailure(attempt, event.status, effects);
  }
}

// ---- passwords --------------------------------------------------------------

void ChatCore::ChangePassword(const pb::ChangePassword& request,
                              Request& context) {
  const User& user = *context.user;
  if (!IsPassword(request.new_password())) {
    return Refuse(context.session, context.id, pb::PASSWORD_INVALID,
                  PasswordRule(), context.effects);
  }
  if (RefuseOverload(context)) return;
  if (user.guest != nullptr &&
      RefuseTry(user.key, user.guest->group, context)) {
    return;
  }
  const Token token = Look(context);
  new_passwords_[token] = context.user;
  context.effects.push_back(server::ChangePassword{
      token, user.key, user.account,
      request.old_password().substr(0, wire::kPasswordBytes + 1),
      request.new_password(), user.device});
}

// What ended in the store is one thing, who is here another: since it was asked
// another device, or somebody who knew the old password, may have come in.
void ChatCore::EndOthers(const User& user, const Moment& now,
                         Effects& effects) {
  for (auto& [token, attempt] : attempts_) {
    if (attempt.alias == user.key) attempt.password_changed = true;
  }
  const std::shared_ptr<User> other = presence_.Find(user.key);
  if (other == nullptr || other.get() == &user) return;
  if (user.device != 0 && other->device == user.device) return;
  // It may have been made after the others ended.
  other->ends_device = true;
  SendAway(other, "password changed", pb::DEVICE_REVOKED,
           "The password of this account was changed.", now, effects);
}

void ChatCore::On(const PasswordChanged& event, const Moment& now,
                  Effects& effects) {
  const auto changed = new_passwords_.extract(event.token);
  const std::optional<Lookup> asked = TakeLookup(event.token);
  if (changed.empty() || stage_ == Stage::kStopped) return;
  const User& user = *changed.mapped();
  if (event.status.code() != absl::StatusCode::kUnauthenticated &&
      user.guest != nullptr) {
    GiveBackTry(user.key, user.guest->group, now);
  }
  if (event.status.ok()) EndOthers(user, now, effects);
  if (!asked) return;
  const auto refuse = [&](pb::Code code, std::string_view sentence,
                          uint32_t retry_ms) {
    Refuse(asked->session, asked->request_id, code, sentence, effects, {},
           retry_ms);
  };
  switch (event.status.code()) {
    case absl::StatusCode::kOk:
      Reply(asked->session, asked->request_id, effects)
          .mutable_change_password();
      break;
    case absl::StatusCode::kUnauthenticated:
      refuse(pb::BAD_CREDENTIALS, "The old password is wrong.", 0);
      break;
    case absl::StatusCode::kResourceExhausted:
      refuse(pb::BUSY,
             "Too many passwords are being checked; please try again in a "
             "second.",
             kBusyRetryMs);
      break;
    default:
      FillUnavailable(
          *Reply(asked->session, asked->request_id, effects).mutable_error());
  }
  LookedUp(asked->session, now, effects);
}

}  // namespace chat77::server
