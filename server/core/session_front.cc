#include "server/core/session_front.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "proto/alias.h"
#include "server/core/text_rules.h"

namespace chat77::server {
namespace {

constexpr char kInvalidToken[] =
    "This device is not known, or no longer; please log in with the password.";

// Of a person who is not on the server's own machine.
std::optional<wire::IpAddress> RemoteAddress(std::string_view text) {
  static const wire::NetworkList kOwn = *wire::NetworkList::Parse("loopback");
  const auto address = wire::IpAddress::Parse(text);
  if (!address || kOwn.Contains(*address)) return std::nullopt;
  return address;
}

// Since the attempt began; the store may not have known it yet.
bool HasEnded(const Attempt& attempt, const FoundDevice& device) {
  const auto& ended = attempt.ended_devices;
  const auto& passwords = attempt.new_passwords;
  return std::find(ended.begin(), ended.end(), device.number) != ended.end() ||
         std::any_of(passwords.begin(), passwords.end(),
                     [&](const auto& change) {
                       return change.first == device.account.id &&
                              change.second != device.number;
                     });
}

// Whom a limit for one address counts together.
std::string GroupOf(const std::string& text) {
  const auto address = wire::IpAddress::Parse(text);
  return address ? address->Group() : text;
}

}  // namespace

void SessionFront::On(const SessionOpened& event) {
  SessionState& session = sessions_.Open(event.session);
  session.origin = std::make_unique<Origin>(
      Origin{event.address, event.port,
             CleanLine(event.software, wire::kSoftwareBytes),
             RemoteAddress(event.address)});
  if (!event.unlimited) session.origin->group = GroupOf(event.address);
  session.resumes = event.resumes;
}

void SessionFront::On(const SessionClosed& event, Turn& turn) {
  SessionState* const session = sessions_.Find(event.session);
  if (session == nullptr) return;
  const std::shared_ptr<User> user = std::move(session->user);
  const std::optional<Asked> logout = sessions_.Forget(event.session);
  if (user == nullptr) return;
  if (logout) {
    // Carried out all the same: nobody may resume any more.
    stays_.End(user, pb::LEFT, "exit", turn, *logout);
  } else if (user->joined && user->resumes) {
    returns_.GoAway(user, turn);
  } else {
    stays_.End(user, pb::DISCONNECTED, "disconnected", turn);
  }
}

// ---- gates ------------------------------------------------------------------

bool SessionFront::RefuseAttempt(const SessionState& session,
                                 const Request& request) {
  if (session.user) {
    request.Refuse(pb::ALREADY_LOGGED_IN,
                   "This connection is logged in already.");
    return true;
  }
  if (session.waiting) {
    request.Refuse(pb::INVALID_ARGUMENT, "Wait for the answer first.");
    return true;
  }
  return false;
}

bool SessionFront::RefuseEntry(const Attempt& attempt,
                               const AccountName& account, Turn& turn) {
  if (turn.stage != Stage::kServing) {
    Refuse(attempt.asked, pb::SERVER_STOPPING,
           "The server is stopping; please come back in a moment.", turn);
    return true;
  }
  if (account.admin) return false;
  const SessionId session = attempt.asked.session;
  const Sanction* ban = sanctions_.BanOf(
      account.id, sessions_.At(session).origin->remote, turn.now.steady);
  if (ban == nullptr) return false;
  sessions_.Dismiss(session, pb::BANNED, "You are banned" + Terms(*ban), turn);
  return true;
}

void SessionFront::RefuseFailure(const Attempt& attempt,
                                 const absl::Status& status, Turn& turn) {
  if (absl::IsResourceExhausted(status)) {
    return Refuse(attempt.asked, pb::BUSY,
                  "Too many people are logging in; please try again in a "
                  "second.",
                  turn, {}, kBusyRetryMs);
  }
  RefuseUnavailable(attempt.asked, turn);
}

// ---- registration -----------------------------------------------------------

bool SessionFront::RefuseRegistration(const pb::Register& asked,
                                      const SessionState& session,
                                      const Request& request) {
  if (options_.registration == pb::REGISTRATION_NOT_POSSIBLE) {
    request.Refuse(pb::REGISTRATION_CLOSED,
                   "This server takes no new accounts; ask whoever runs it.");
    return true;
  }
  if (options_.registration == pb::REGISTRATION_BY_INVITATION &&
      asked.invitation().empty()) {
    request.Refuse(pb::INVITATION_INVALID,
                   "This server wants an invitation code; ask an admin of it.");
    return true;
  }
  const Sanction* ban =
      sanctions_.BanOf(0, session.origin->remote, request.turn.now.steady);
  if (ban == nullptr) return false;
  sessions_.Dismiss(request.asked.session, pb::BANNED,
                    "You are banned" + Terms(*ban), request.turn);
  return true;
}

void SessionFront::Register(const pb::Register& asked, const Request& request) {
  const SessionState& session = sessions_.At(request.asked.session);
  if (session.user) {
    return request.Refuse(pb::ALREADY_LOGGED_IN,
                          "Log out before you register.");
  }
  if (RefuseAttempt(session, request) || workload_.RefuseLogin(request) ||
      RefuseRegistration(asked, session, request)) {
    return;
  }
  const absl::StatusOr<std::string> alias = wire::NormalizeAlias(asked.alias());
  if (!alias.ok()) {
    return request.Refuse(pb::ALIAS_INVALID,
                          std::string(alias.status().message()));
  }
  if (!IsPassword(asked.password())) {
    return request.Refuse(pb::PASSWORD_INVALID, PasswordRule());
  }
  std::string key = wire::AliasKey(*alias);
  if (wire::IsReservedAlias(key)) {
    return request.Refuse(pb::ALIAS_TAKEN,
                          "That alias is reserved; please choose another.");
  }
  if (limits_.RefuseRegistration(session.origin->group, request)) return;
  const Token token = attempts_.Begin({request.asked, *alias});
  request.turn.effects.push_back(CreateAccount{
      token, *alias, std::move(key), asked.password(), request.turn.now,
      // Where none is needed, none is used up.
      options_.registration == pb::REGISTRATION_BY_INVITATION
          ? asked.invitation()
          : ""});
}

void SessionFront::On(const AccountCreated& event, Turn& turn) {
  const std::optional<Attempt> attempt = attempts_.Take(event.token);
  if (!attempt) return;
  switch (event.status.code()) {
    case absl::StatusCode::kOk:
      Reply(attempt->asked, turn)
          .mutable_register_()
          ->set_alias(attempt->alias);
      return;
    case absl::StatusCode::kAlreadyExists:
      return Refuse(attempt->asked, pb::ALIAS_TAKEN,
                    "That alias is taken, or looks like one that is; please "
                    "choose another.",
                    turn);
    case absl::StatusCode::kPermissionDenied:
      return Refuse(attempt->asked, pb::INVITATION_INVALID,
                    "That invitation code is unknown, used up or expired; ask "
                    "for another.",
                    turn);
    default:
      return RefuseFailure(*attempt, event.status, turn);
  }
}

// ---- with a password --------------------------------------------------------

void SessionFront::Login(const pb::Login& asked, const Request& request) {
  const SessionState& session = sessions_.At(request.asked.session);
  if (RefuseAttempt(session, request) || workload_.RefuseLogin(request)) return;
  std::string key = wire::AliasKey(asked.alias());
  if (limits_.RefuseTry(key, session.origin->group, request)) return;
  const Token token = attempts_.Begin({request.asked, key, asked.take_over()});
  request.turn.effects.push_back(
      CheckPassword{token, std::move(key),
                    asked.password().substr(0, wire::kPasswordBytes + 1)});
}

void SessionFront::On(const PasswordChecked& event, Turn& turn) {
  const std::optional<Attempt> attempt = attempts_.Take(event.token);
  if (!attempt) return;
  const absl::Status status = event.account.status();
  // Only guessing is to be slowed down.
  if (!absl::IsUnauthenticated(status)) {
    const SessionState& session = sessions_.At(attempt->asked.session);
    limits_.GiveBackTry(attempt->alias, session.origin->group, turn);
  }
  if (absl::IsUnauthenticated(status)) {
    return Refuse(attempt->asked, pb::BAD_CREDENTIALS,
                  "Unknown alias or wrong password.", turn);
  }
  if (!status.ok()) return RefuseFailure(*attempt, status, turn);
  if (!attempt->new_passwords.empty()) {
    return Refuse(attempt->asked, pb::BUSY,
                  "The password of this account was changed just now; please "
                  "log in again.",
                  turn, {}, kBusyRetryMs);
  }
  const AccountName account = attempts_.Updated(*attempt, *event.account);
  if (RefuseEntry(*attempt, account, turn)) return;
  stays_.Begin(*attempt, account, 0, turn);
}

// ---- with a device's token --------------------------------------------------

void SessionFront::Resume(const pb::Resume& asked, const Request& request) {
  const SessionState& session = sessions_.At(request.asked.session);
  if (!session.resumes) {
    return request.Refuse(pb::INVALID_ARGUMENT,
                          "Ask for FEATURE_RESUME in the Hello.");
  }
  if (RefuseAttempt(session, request) || workload_.RefuseLogin(request)) return;
  if (asked.device_token().size() != wire::kDeviceTokenBytes) {
    return request.Refuse(pb::TOKEN_INVALID, kInvalidToken);
  }
  // By the token: many who come back from one place at once are no guessers.
  std::string tried = "token " + asked.device_token();
  if (limits_.RefuseTry(tried, session.origin->group, request)) return;
  Attempt attempt{request.asked, std::move(tried), asked.take_over()};
  attempt.place = Position{asked.epoch(), asked.seq()};
  const Token token = attempts_.Begin(std::move(attempt));
  request.turn.effects.push_back(
      FindDevice{token, asked.device_token(), request.turn.now.steady});
}

void SessionFront::On(const DeviceFound& event, Turn& turn) {
  const std::optional<Attempt> attempt = attempts_.Take(event.token);
  if (!attempt) return;
  const absl::Status status = event.device.status();
  if (!absl::IsNotFound(status)) {
    const SessionState& session = sessions_.At(attempt->asked.session);
    limits_.GiveBackTry(attempt->alias, session.origin->group, turn);
    if (!status.ok()) return RefuseFailure(*attempt, status, turn);
  }
  if (!status.ok() || stays_.IsLoggingOut(event.device->number) ||
      HasEnded(*attempt, *event.device)) {
    return Refuse(attempt->asked, pb::TOKEN_INVALID, kInvalidToken, turn);
  }
  const DeviceId device = event.device->number;
  const AccountName account =
      attempts_.Updated(*attempt, event.device->account);
  if (RefuseEntry(*attempt, account, turn)) return;
  const std::shared_ptr<User> user =
      presence_.Find(wire::AliasKey(account.alias));
  if (user != nullptr && user->device == device) {
    return returns_.ComeBack(user, *attempt, turn);
  }
  stays_.Begin(*attempt, account, device, turn);
}

}  // namespace chat77::server
