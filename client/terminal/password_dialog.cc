#include "client/terminal/password_dialog.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "proto/limits.h"

namespace chat77::client {

void PasswordDialog::Begin() { Ask(Step::kOld); }

void PasswordDialog::Ask(Step step) {
  step_ = step;
  switch (step) {
    case Step::kOld:
      console_.SetPrompt("Your password now: ", true);
      return;
    case Step::kNew:
      console_.SetPrompt("The new password: ", true);
      return;
    case Step::kRepeat:
      console_.SetPrompt("The new one again: ", true);
      return;
    case Step::kNone:
      console_.SetPrompt(prompt_, false);
      return;
  }
}

void PasswordDialog::OnLine(const std::string& line) {
  if (line.empty()) {
    console_.Print("-- The password stays as it is.");
    return End();
  }
  switch (step_) {
    case Step::kNone:
      return;
    case Step::kOld:
      old_ = line;
      return Ask(Step::kNew);
    case Step::kNew:
      if (line.size() > wire::kPasswordBytes && console_.interactive()) {
        console_.Print(absl::StrCat("-- A password may have ",
                                    wire::kPasswordBytes, " bytes at most."));
        return Ask(Step::kNew);
      }
      new_ = line;
      if (console_.interactive()) return Ask(Step::kRepeat);
      break;
    case Step::kRepeat:
      if (line == new_) break;
      console_.Print("-- The two new passwords differ.");
      return Ask(Step::kNew);
  }
  const std::string old_password = std::exchange(old_, "");
  const std::string new_password = std::exchange(new_, "");
  End();
  done_(old_password, new_password);
}

void PasswordDialog::End() {
  old_.clear();
  new_.clear();
  Ask(Step::kNone);
}

}  // namespace chat77::client
