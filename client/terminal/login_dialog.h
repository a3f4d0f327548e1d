// Asks a person (or reads from a pipe) what a login needs and was not given by
// flags: log in or register, the name, the password.
#pragma once

#include <functional>
#include <string>

#include "client/core/client_core.h"
#include "client/terminal/console.h"

namespace chat77::client {

// What the flags say.
struct GivenLogin {
  Credentials credentials;
  bool has_alias = false;
  bool has_password = false;
};

// Pure but for the console, which must outlive it.
class LoginDialog {
 public:
  using Done = std::function<void(const Credentials&)>;

  LoginDialog(Console& console, GivenLogin given, Done done);

  // Nothing is missing.
  bool complete() const { return given_.has_alias && given_.has_password; }
  const Credentials& credentials() const { return given_.credentials; }

  // Asks for what is missing; each answer comes through OnLine, `done` is
  // called after the last. `registration`: as the server says; where it takes
  // none, registering is not offered.
  void Begin(pb::Registration registration);
  // The server refused: asks again for what may be wrong. False if no answer
  // could help, or nobody is there to ask.
  bool BeginAgain(pb::Code code);
  void OnLine(const std::string& line);
  bool asking() const { return step_ != Step::kNone; }

 private:
  enum class Step : uint8_t {
    kNone,
    kMode,
    kInvitation,
    kAlias,
    kPassword,
    kRepeat,
    kTakeOver,
  };

  void Ask(Step step);
  void AskNext();
  bool NeedsInvitation() const;
  void Finish();
  void OnMode(const std::string& line);
  void OnAlias(const std::string& line);
  void OnPassword(const std::string& line);

  Console& console_;
  GivenLogin given_;
  Done done_;
  Step step_ = Step::kNone;
  bool mode_known_;
  pb::Registration registration_ = pb::REGISTRATION_OPEN;
};

}  // namespace chat77::client
