// What happened outside the core: the input of ChatCore::Handle.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "chat77/v1/envelope.pb.h"
#include "server/core/ids.h"

namespace chat77::server {

namespace pb = ::chat77::v1;

// A connection said hello. `address` and `port` are those of the person: a
// trusted gateway's word, or the socket's.
struct SessionOpened {
  SessionId session;
  std::string address;
  uint16_t port = 0;
};

// It sent a request other than hello and ping. The frame is borrowed for the
// call; its request_id is not 0.
struct SessionRequested {
  SessionId session;
  const pb::ClientFrame* frame = nullptr;
};

// It is gone, for whatever reason; no event of it follows.
struct SessionClosed {
  SessionId session;
};

// The outcome of CheckPassword: the alias as registered, or
//   Unauthenticated    no such account or the wrong password
//   ResourceExhausted  too many are being checked
//   anything else      the store failed
struct PasswordChecked {
  Token token;
  absl::StatusOr<std::string> alias;
};

// The outcome of CreateAccount, on disk if OK. AlreadyExists,
// ResourceExhausted, or the store failed.
struct AccountCreated {
  Token token;
  absl::Status status;
};

// The outcome of RecordLogin (the connection's id) or Append (the message's
// seq). Outcomes come in the order in which the effects were emitted; any other
// is a bug of the shell's, asserted in builds with tests, else ignored: whoever
// awaits it then waits on.
struct Committed {
  Token token;
  absl::StatusOr<int64_t> value;
};

struct HistoryRead {
  Token token;
  absl::StatusOr<pb::FetchHistoryReply> page;
};

// The server is to stop: once what is being written is written, everybody is
// told goodbye.
struct StopRequested {};

using Event = std::variant<SessionOpened, SessionRequested, SessionClosed,
                           PasswordChecked, AccountCreated, Committed,
                           HistoryRead, StopRequested>;

}  // namespace chat77::server
