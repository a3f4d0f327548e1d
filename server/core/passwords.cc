#include "server/core/passwords.h"

#include <optional>

#include "server/core/text_rules.h"

namespace chat77::server {

void Passwords::Change(const pb::ChangePassword& change,
                       const Request& request) {
  const User& user = *request.user;
  if (!IsPassword(change.new_password())) {
    return request.Refuse(pb::PASSWORD_INVALID, PasswordRule());
  }
  if (workload_.RefuseLogin(request)) return;
  if (user.guest != nullptr &&
      limits_.RefuseTry(user.key, user.guest->group, request)) {
    return;
  }
  const Token token = sessions_.Look(request);
  changing_[token] = request.user;
  request.turn.effects.push_back(
      ChangePassword{token, user.key, user.account,
                     change.old_password().substr(0, wire::kPasswordBytes + 1),
                     change.new_password(), user.device});
}

void Passwords::On(const PasswordChanged& event, Turn& turn) {
  const auto changed = changing_.extract(event.token);
  const std::optional<Asked> asked = sessions_.TakeLookup(event.token);
  if (changed.empty() || turn.stage == Stage::kStopped) return;
  const User& user = *changed.mapped();
  if (!absl::IsUnauthenticated(event.status) && user.guest != nullptr) {
    limits_.GiveBackTry(user.key, user.guest->group, turn);
  }
  if (event.status.ok()) EndOthers(user, turn);
  if (!asked) return;
  switch (event.status.code()) {
    case absl::StatusCode::kOk:
      Reply(*asked, turn).mutable_change_password();
      break;
    case absl::StatusCode::kUnauthenticated:
      Refuse(*asked, pb::BAD_CREDENTIALS, "The old password is wrong.", turn);
      break;
    case absl::StatusCode::kResourceExhausted:
      Refuse(*asked, pb::BUSY,
             "Too many passwords are being checked; please try again in a "
             "second.",
             turn, {}, kBusyRetryMs);
      break;
    default:
      RefuseUnavailable(*asked, turn);
  }
  sessions_.Settle(asked->session, turn);
}

// What ended in the store is one thing, who is here another: since it was asked
// another device, or somebody who knew the old password, may have come in.
void Passwords::EndOthers(const User& user, Turn& turn) {
  attempts_.NotePasswordChange(user);
  const std::shared_ptr<User> other = presence_.Find(user.key);
  if (other == nullptr || other.get() == &user) return;
  if (user.device && other->device == user.device) return;
  // It may have been made after the others ended.
  other->ends_device = true;
  stays_.SendAway(other, "password changed", pb::DEVICE_REVOKED,
                  "The password of this account was changed.", turn);
}

}  // namespace chat77::server
