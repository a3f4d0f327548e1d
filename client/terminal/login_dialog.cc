#include "client/terminal/login_dialog.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "proto/alias.h"

namespace chat77::client {

LoginDialog::LoginDialog(Console& console, GivenLogin given, Done done)
    : console_(console),
      given_(std::move(given)),
      done_(std::move(done)),
      // A pipe is not asked what the flag --register says.
      mode_known_(given_.credentials.make_account || given_.has_alias ||
                  !console.interactive()) {}

void LoginDialog::Begin(pb::Registration registration) {
  registration_ = registration;
  if (registration == pb::REGISTRATION_NOT_POSSIBLE && console_.interactive() &&
      (!mode_known_ || given_.credentials.make_account)) {
    console_.Print(
        "-- This server takes no registrations; log in with an account you "
        "have.");
    given_.credentials.make_account = false;
    mode_known_ = true;
  }
  AskNext();
}

bool LoginDialog::NeedsInvitation() const {
  // A pipe's next line is the name; the flag gives a code.
  return registration_ == pb::REGISTRATION_BY_INVITATION &&
         console_.interactive() && given_.credentials.make_account &&
         given_.credentials.invitation.empty();
}

void LoginDialog::AskNext() {
  if (mode_known_ && NeedsInvitation()) {
    Ask(Step::kInvitation);
  } else if (!mode_known_) {
    Ask(Step::kMode);
  } else if (!given_.has_alias) {
    Ask(Step::kAlias);
  } else if (!given_.has_password) {
    Ask(Step::kPassword);
  } else {
    Finish();
  }
}

void LoginDialog::Ask(Step step) {
  step_ = step;
  switch (step) {
    case Step::kMode:
      console_.SetPrompt("Log in, or register a new name? [login] ", false);
      break;
    case Step::kInvitation:
      console_.SetPrompt("Invitation code (an admin has them): ", false);
      break;
    case Step::kAlias:
      console_.SetPrompt("Name: ", false);
      break;
    case Step::kPassword:
      console_.SetPrompt(
          absl::StrCat("Password for ", given_.credentials.alias, ": "), true);
      break;
    case Step::kRepeat:
      console_.SetPrompt("The same again: ", true);
      break;
    case Step::kTakeOver:
      console_.SetPrompt("End the other session and log in here? [y/N] ",
                         false);
      break;
    case Step::kNone:
      break;
  }
}

bool LoginDialog::BeginAgain(pb::Code code) {
  if (!console_.interactive()) return false;
  switch (code) {
    case pb::ALREADY_ONLINE:
      Ask(Step::kTakeOver);
      return true;
    case pb::BAD_CREDENTIALS:
    case pb::ALIAS_TAKEN:
      // Perhaps it is the other of the two that was meant.
      mode_known_ = false;
      [[fallthrough]];
    case pb::ALIAS_INVALID:
      given_.has_alias = false;
      given_.has_password = false;
      break;
    case pb::PASSWORD_INVALID:
      given_.has_password = false;
      break;
    case pb::INVITATION_INVALID:
      registration_ = pb::REGISTRATION_BY_INVITATION;
      given_.credentials.invitation.clear();
      break;
    case pb::REGISTRATION_CLOSED:
      given_.credentials.make_account = false;
      given_.has_alias = given_.has_password = false;
      break;
    default:
      return false;
  }
  AskNext();
  return true;
}

void LoginDialog::OnLine(const std::string& line) {
  switch (step_) {
    case Step::kNone:
      return;
    case Step::kMode:
      OnMode(std::string(absl::StripAsciiWhitespace(line)));
      return;
    case Step::kInvitation:
      given_.credentials.invitation =
          std::string(absl::StripAsciiWhitespace(line));
      AskNext();
      return;
    case Step::kAlias:
      OnAlias(std::string(absl::StripAsciiWhitespace(line)));
      return;
    case Step::kPassword:
      OnPassword(line);
      return;
    case Step::kRepeat:
      if (line == given_.credentials.password) {
        given_.has_password = true;
        AskNext();
        return;
      }
      console_.Print("-- The two passwords differ.");
      Ask(Step::kPassword);
      return;
    case Step::kTakeOver:
      given_.credentials.take_over =
          !line.empty() && (line[0] == 'y' || line[0] == 'Y');
      if (given_.credentials.take_over) {
        Finish();
        return;
      }
      given_.has_alias = given_.has_password = false;
      AskNext();
      return;
  }
}

void LoginDialog::OnMode(const std::string& line) {
  const std::string answer = absl::AsciiStrToLower(line);
  if (answer.empty() || answer == "l" || answer == "login") {
    given_.credentials.make_account = false;
  } else if (answer == "r" || answer == "register") {
    given_.credentials.make_account = true;
  } else {
    console_.Print("-- Please type login or register.");
    return;
  }
  mode_known_ = true;
  AskNext();
}

void LoginDialog::OnAlias(const std::string& line) {
  const absl::StatusOr<std::string> alias = wire::NormalizeAlias(line);
  if (!alias.ok()) {
    console_.Print(absl::StrCat("-- ", alias.status().message()));
    // A pipe's next line is no second try, but the server says no as well.
    if (console_.interactive()) return;
  }
  given_.credentials.alias = line;
  given_.has_alias = true;
  AskNext();
}

void LoginDialog::OnPassword(const std::string& line) {
  if (line.empty() && console_.interactive()) return;
  given_.credentials.password = line;
  if (given_.credentials.make_account && console_.interactive()) {
    Ask(Step::kRepeat);
    return;
  }
  given_.has_password = true;
  AskNext();
}

void LoginDialog::Finish() {
  step_ = Step::kNone;
  console_.SetPrompt("", false);
  done_(given_.credentials);
}

}  // namespace chat77::client
