// What is to be done outside the core: the output of ChatCore::Handle, to be
// carried out in order, by one exhaustive visitor (server/net/effect_runner).
//
// Effects that carry a token are answered by exactly one event with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"

#include "chat77/v1/envelope.pb.h"
#include "server/core/ids.h"

namespace chat77::server {

namespace pb = ::chat77::v1;

// A reply or an event for one session. Dropped if the session is gone.
struct Send {
  SessionId to;
  pb::ServerFrame frame;
};

// From here on the session hears the room; it may use the larger frames.
struct JoinRoom {
  SessionId session;
};

// An event for everybody who hears the room but `except`.
struct TellRoom {
  SessionId except;  // 0: nobody is left out
  uint64_t seq = 0;  // of the message; 0 for a notice
  pb::ServerFrame frame;
};

// Says goodbye and closes, after all that was sent before. The core forgets the
// session: nothing more is sent to it, and its events are ignored.
struct CloseSession {
  SessionId session;
  pb::Code code = pb::CODE_UNSPECIFIED;
  std::string sentence;
};

// -> PasswordChecked
struct CheckPassword {
  Token token;
  std::string key;
  std::string password;
};

// -> AccountCreated
struct CreateAccount {
  Token token;
  std::string alias;
  std::string key;
  std::string password;
  absl::Time time;
};

// -> Committed, with the connection's id
struct RecordLogin {
  Token token;
  std::string alias;
  std::string address;
  uint16_t port = 0;
  absl::Time time;
};

// Unanswered: the shell logs a failure.
struct RecordLogout {
  int64_t connection = 0;
  std::string reason;
  absl::Time time;
};

// -> Committed, with the message's seq
struct Append {
  Token token;
  std::string room;
  std::string alias;
  std::string text;
  absl::Time time;
};

// -> HistoryRead
struct ReadHistory {
  Token token;
  std::string room;
  std::optional<uint64_t> after_seq;
  std::optional<uint64_t> before_seq;
  uint32_t limit = 0;
};

// The last effect of all: everybody was told goodbye.
struct Stopped {};

using Effect = std::variant<Send, JoinRoom, TellRoom, CloseSession,
                            CheckPassword, CreateAccount, RecordLogin,
                            RecordLogout, Append, ReadHistory, Stopped>;
using Effects = std::vector<Effect>;

}  // namespace chat77::server
