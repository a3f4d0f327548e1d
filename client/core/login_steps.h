// How a client becomes online on a new connection: by registering and logging
// in with the password, or by resuming with the device token of an earlier
// login; and what the server's answers to that mean.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "absl/time/time.h"

#include "client/core/event.h"
#include "client/core/failure.h"

namespace chat77::client {

struct Credentials {
  std::string alias;
  std::string password;
  // Make the account first. Forgotten once it exists.
  bool make_account = false;
  // End another session of the account instead of being refused. For logins
  // with the password; a resume never ends another device's session.
  bool take_over = false;
  // The code that a server which registers by invitation asks for.
  std::string invitation = "";
};

// Pure; outlives connections. For each: Begin(), then OnReply() with each
// answer, until LoggedIn or Failure.
class LoginSteps {
 public:
  // How long the server may take our broken connection for alive:
  // wire::kDeadAfter and a bit.
  static constexpr absl::Duration kGhost = absl::Seconds(90);

  // The next request is to be sent.
  struct Ask {
    pb::ClientFrame request;
    std::optional<Registered> registered;  // the account was made just now
  };
  struct LoggedIn {
    pb::LoginReply reply;
    bool by_resume = false;
  };
  using Step = std::variant<Ask, LoggedIn, Failure>;

  LoginSteps() = default;
  // Without credentials there is nothing to begin: only a greeting is wanted.
  explicit LoginSteps(std::optional<Credentials> credentials)
      : credentials_(std::move(credentials)) {}

  bool has_credentials() const { return credentials_.has_value(); }

  // Why an account that is to be made cannot be made at this server; nothing
  // is asked for then.
  std::optional<Failure> CannotRegister(pb::Registration registration) const;
  // The account has another password from now on.
  void OnPasswordChanged(std::string password);

  // The first request of a connection. `position`: the place in the lobby for
  // a Resume; null where the server does not know Resume.
  pb::ClientFrame Begin(const pb::Resume* position);
  // An answer to the last request; not an answer to it: nullopt.
  std::optional<Step> OnReply(const pb::ServerFrame& reply, absl::Time now);
  // The connection ended while logging in or later, without a goodbye: the
  // server may take it for alive, and may have made the account.
  void OnBroken(absl::Time now) { ghost_until_ = now + kGhost; }
  void OnUnanswered();

 private:
  pb::ClientFrame RegisterOrLogin();
  Step OnError(const pb::Error& error, absl::Time now);
  Step LogIn(const pb::LoginReply& reply, bool by_resume);

  enum class Asked : uint8_t { kNothing, kRegister, kLogin, kResume };

  std::optional<Credentials> credentials_;
  std::string token_;  // of this device; empty: none
  Asked asked_ = Asked::kNothing;
  bool account_unsure_ = false;  // Register was sent, its answer never came
  absl::Time ghost_until_ = absl::InfinitePast();
};

}  // namespace chat77::client
