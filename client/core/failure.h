// Why a try to be online ended: what the client core goes by, and the
// sentences for it.
#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "client/core/event.h"

namespace chat77::client {

struct Failure {
  Trouble trouble = Trouble::kTemporary;
  pb::Code code = pb::CODE_UNSPECIFIED;  // the server's, where it gave one
  std::string why;                       // one sentence
  absl::Duration retry_after;            // the server's hint
  bool may_retry = true;
};

// A connection ended with a goodbye of that code, or without one
// (CODE_UNSPECIFIED).
Failure ClosedFailure(pb::Code code, std::string_view why);
// The server takes no plain connections from here.
Failure TlsRequiredFailure(std::string_view server);
// A login (or register, resume) was refused.
Failure LoginFailure(const pb::Error& error);
// `server`: "127.0.0.1:7700".
Failure NoAnswerFailure(std::string_view server, absl::Duration waited);
Failure NoGreetingFailure(std::string_view server);
Failure EndedFailure(std::string_view why);

// "ADDRESS closed the connection without a greeting; ...".
std::string ClosedUngreeted(std::string_view server);

// Whether a goodbye says that a frame of this client's was wrong: it is not to
// be sent again.
inline bool BlamesAFrame(pb::Code code) {
  return code == pb::BAD_FRAME || code == pb::FRAME_TOO_LONG;
}

}  // namespace chat77::client
