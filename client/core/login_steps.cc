#include "client/core/login_steps.h"

#include <utility>

namespace chat77::client {

pb::ClientFrame LoginSteps::Begin(const pb::Resume* position) {
  if (position == nullptr || token_.empty()) return RegisterOrLogin();
  asked_ = Asked::kResume;
  pb::ClientFrame frame;
  *frame.mutable_resume() = *position;
  frame.mutable_resume()->set_device_token(token_);
  return frame;
}

pb::ClientFrame LoginSteps::RegisterOrLogin() {
  pb::ClientFrame frame;
  asked_ = credentials_->make_account ? Asked::kRegister : Asked::kLogin;
  if (asked_ == Asked::kRegister) {
    frame.mutable_register_()->set_alias(credentials_->alias);
    frame.mutable_register_()->set_password(credentials_->password);
    frame.mutable_register_()->set_invitation(credentials_->invitation);
  } else {
    frame.mutable_login()->set_alias(credentials_->alias);
    frame.mutable_login()->set_password(credentials_->password);
    frame.mutable_login()->set_take_over(credentials_->take_over);
  }
  return frame;
}

std::optional<Failure> LoginSteps::CannotRegister(
    pb::Registration registration) const {
  if (!credentials_->make_account || account_unsure_) return std::nullopt;
  pb::Error error;
  if (registration == pb::REGISTRATION_NOT_POSSIBLE) {
    error.set_code(pb::REGISTRATION_CLOSED);
    error.set_sentence(
        "This server takes no registrations; log in with an account you have, "
        "or ask its operator for one.");
  } else if (registration == pb::REGISTRATION_BY_INVITATION &&
             credentials_->invitation.empty()) {
    error.set_code(pb::INVITATION_INVALID);
    error.set_sentence(
        "Registering at this server needs an invitation code "
        "(--invitation=CODE); an admin there can make one with /invite.");
  } else {
    return std::nullopt;
  }
  return LoginFailure(error);
}

void LoginSteps::OnPasswordChanged(std::string password) {
  if (credentials_) credentials_->password = std::move(password);
}

std::optional<LoginSteps::Step> LoginSteps::OnReply(
    const pb::ServerFrame& reply, absl::Time now) {
  if (reply.has_error()) return OnError(reply.error(), now);
  if (asked_ == Asked::kRegister && reply.has_register_()) {
    credentials_->make_account = false;
    return Ask{RegisterOrLogin(), Registered{reply.register_().alias()}};
  }
  if (asked_ == Asked::kLogin && reply.has_login()) {
    return LogIn(reply.login(), false);
  }
  if (asked_ == Asked::kResume && reply.has_resume()) {
    return LogIn(reply.resume(), true);
  }
  return std::nullopt;
}

LoginSteps::Step LoginSteps::LogIn(const pb::LoginReply& reply,
                                   bool by_resume) {
  asked_ = Asked::kNothing;
  ghost_until_ = absl::InfinitePast();
  if (!by_resume || !reply.device_token().empty()) {
    token_ = reply.device_token();
  }
  return LoggedIn{reply, by_resume};
}

LoginSteps::Step LoginSteps::OnError(const pb::Error& error, absl::Time now) {
  const Asked asked = std::exchange(asked_, Asked::kNothing);
  // The account may be the one an earlier try made before it broke off: the
  // password tells.
  if (asked == Asked::kRegister && account_unsure_ &&
      error.code() == pb::ALIAS_TAKEN) {
    account_unsure_ = false;
    credentials_->make_account = false;
    return Ask{RegisterOrLogin(), std::nullopt};
  }
  Failure failure = LoginFailure(error);
  if (asked == Asked::kResume && error.code() == pb::ALREADY_ONLINE) {
    failure.trouble = Trouble::kEnded;
    failure.why = "You are online from another place now.";
  } else if (asked == Asked::kResume && !failure.may_retry) {
    // TOKEN_INVALID, or a resume this server cannot make sense of.
    token_.clear();
    return Ask{RegisterOrLogin(), std::nullopt};
  } else if (error.code() == pb::ALREADY_ONLINE && now < ghost_until_) {
    failure.trouble = Trouble::kTemporary;
    failure.why = "The server has not noticed yet that the connection broke.";
    failure.may_retry = true;
  }
  return failure;
}

void LoginSteps::OnUnanswered() {
  if (asked_ == Asked::kRegister) account_unsure_ = true;
  asked_ = Asked::kNothing;
}

}  // namespace chat77::client
