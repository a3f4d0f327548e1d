// Asks for the old and the new password, without showing either.
#pragma once

#include <functional>
#include <string>

#include "client/terminal/console.h"

namespace chat77::client {

// Pure but for the console, which must outlive it. A person is asked for the
// new password twice; a pipe's next two lines are the old and the new one.
class PasswordDialog {
 public:
  using Done = std::function<void(const std::string& old_password,
                                  const std::string& new_password)>;

  PasswordDialog(Console& console, std::string prompt, Done done)
      : console_(console), prompt_(std::move(prompt)), done_(std::move(done)) {}

  // Asks; each answer comes through OnLine. `done` is called after the last; an
  // empty line gives up, with a sentence.
  void Begin();
  void OnLine(const std::string& line);
  bool asking() const { return step_ != Step::kNone; }

 private:
  enum class Step : uint8_t { kNone, kOld, kNew, kRepeat };

  void Ask(Step step);
  // Back to ordinary typing.
  void End();

  Console& console_;
  const std::string prompt_;  // of ordinary typing
  Done done_;
  Step step_ = Step::kNone;
  std::string old_;
  std::string new_;
};

}  // namespace chat77::client
