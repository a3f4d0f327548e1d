// What a client tells whoever uses it: the closed list of things that happen.
// Messages of the schema that need no more than passing on stand here as they
// are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"

#include "proto/connection.h"

namespace chat77::client {

namespace pb = wire::pb;

// Why a client is offline, as far as it decides what to do next.
enum class Trouble : uint8_t {
  kUnreachable,  // nobody answers there
  kNotChat77,    // something answers, but not a chat77 server
  kUntrusted,    // the server's key is not the one it should be
  kRefused,      // the login was refused; ask differently
  kTemporary,    // lost, busy or stopping; the same may work later
  kEnded,        // this side asked for it, or the account was taken over
};

// A connection is being made; `attempt` counts from 1 since the last success.
struct Connecting {
  int attempt = 1;
};
// Something the user should know about the server's key, in one sentence: it
// was met for the first time.
struct ServerMet {
  std::string sentence;
};
// The answer to a start without credentials: a chat77 server is there.
struct Reachable {
  std::string software;
  pb::Registration registration = pb::REGISTRATION_OPEN;
};
// The account exists now; the login follows by itself.
struct Registered {
  std::string alias;
};
// Logged in. `again`: not for the first time since Start.
struct Online {
  std::string alias;  // as registered
  bool again = false;
  std::vector<pb::RoomState> rooms;
  // Nobody saw this user leave.
  bool resumed = false;
  // How private chats and requests stand now: what changed while this client
  // was away is told here alone. Empty from a server that does not know
  // FEATURE_RESUME.
  pb::ListPrivateReply private_state = {};
};
// Not connected. Without `retry_in` it is final: only Start begins anew.
struct Offline {
  Trouble trouble = Trouble::kTemporary;
  pb::Code code = pb::CODE_UNSPECIFIED;  // the server's, where it gave one
  std::string why;                       // one sentence
  std::optional<absl::Duration> retry_in;
};
// A message in the lobby, in ascending order of seq, each once.
struct RoomSaid {
  pb::Said said;
  bool own = false;   // this account said it
  bool late = false;  // from history, or said before the login
};
// A text of a private chat, in ascending order of seq within its room, each
// once. What this client itself sent comes with the reply and is not told here.
struct PrivateText {
  std::string alias;  // the other member
  pb::Said said;
  bool own = false;   // this account wrote it, in another session
  bool late = false;  // from history, or written before the login
};
// These messages of a room (the lobby or a private chat) cannot be had any
// more, or are too many to fetch unasked; both ends included.
struct Gap {
  uint64_t room = 0;
  uint64_t from_seq = 0;
  uint64_t to_seq = 0;
};
// The lobby has been told up to where it stood at the login: `count` messages
// of others since then. Exactly one for each login after the first (0: nothing
// was missed), and for a first one that shows messages from before. Where the
// connection breaks earlier, the next login's counts for both.
struct CaughtUp {
  uint64_t room = 0;
  uint64_t count = 0;
};
// The lobby's numbers began anew: what was remembered of it is void.
struct Restarted {
  uint64_t room = 0;
};
// The reply to the request of that id; exactly one for each, an error if it
// did not come (client/core/client_core.h).
struct Replied {
  uint64_t id = 0;
  pb::ServerFrame frame;
};

// pb::Missed: who is online should be asked anew; the texts come by
// themselves. pb::Joined and pb::Left, or pb::PresenceChanged, or neither: as
// ClientOptions::presence chose, but a server older than the choice sends the
// first two.
using Event =
    std::variant<Connecting, ServerMet, Reachable, Registered, Online, Offline,
                 RoomSaid, PrivateText, Gap, CaughtUp, Restarted, Replied,
                 pb::Joined, pb::Left, pb::PresenceChanged, pb::Missed,
                 pb::ServerNotice, pb::PrivateRequested, pb::PrivateConnected,
                 pb::PrivateRejected, pb::PrivateEnded, pb::RequestWithdrawn>;

}  // namespace chat77::client
