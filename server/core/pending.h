// What the core keeps of things that are under way: it has asked for something
// outside and goes on when the event with the token comes. Private to the core.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"

#include "chat77/v1/envelope.pb.h"
#include "proto/network.h"
#include "server/core/direct_rooms.h"
#include "server/core/event.h"
#include "server/core/ids.h"
#include "server/core/presence.h"
#include "server/core/turn.h"

namespace chat77::server {

// Where a session comes from, until a login with it is on record.
struct Origin {
  std::string address;
  uint16_t port = 0;
  std::string software;
  // Nothing: on the server's own machine.
  std::optional<wire::IpAddress> remote = std::nullopt;
  // What limits for one address count together; empty: no limit applies.
  std::string group = {};
};

// Where a client that resumes was, in the lobby.
struct Position {
  uint64_t epoch = 0;
  uint64_t seq = 0;
};

// Somebody has blocked an account, or does no longer.
struct Blocking {
  std::shared_ptr<User> user;
  AccountId account = {};
  std::string alias;
  bool on = true;

  friend bool operator==(const Blocking&, const Blocking&) = default;
};

// A login, resume or registration.
struct Attempt {
  Asked asked;
  // Of a registration; of a login its key; of a resume what its tries count by.
  std::string alias;
  bool take_over = false;
  std::optional<Position> place = std::nullopt;  // of a resume
  // What came to pass since it began: the store may answer with what was
  // before.
  std::vector<Blocking> blocks = {};
  AccountId new_admin = {};
  std::vector<DeviceId> ended_devices = {};  // by a logout or a revocation
  // Accounts whose password changed, and the device that outlived that.
  std::vector<std::pair<AccountId, DeviceId>> new_passwords = {};
};

// A change between two accounts. It is made when it is ordered; its answer and
// its events are held.
struct PrivateChange {
  // kCross: asks one who had asked. kExpire: takes back what nobody answered.
  // kHide: from the one who was asked and has blocked the other.
  enum class Kind : uint8_t {
    kAsk,
    kCross,
    kAccept,
    kReject,
    kWithdraw,
    kExpire,
    kHide,
    kEnd
  };
  Kind kind = Kind::kAsk;
  DirectRoomPtr room;
  AccountId account = {};  // who makes it, or in whose place the server does
  Asked asked = {};        // nobody: the server makes it
  pb::ServerFrame answer = {};
  uint64_t message_id = 0;
  bool leaving = false;  // a stay that it is bound to has ended
  bool hidden = false;   // kAsk: from the other, who has blocked the account
  DirectRoom::Standing before = {};
  uint64_t seq = 0;  // of its entry; 0: it has none
};

// A durable command on accounts, of one who may ask for it: it is done once it
// is on disk.
struct Command {
  // Fills in the reply; then what follows from it, in the core.
  using Answer = std::function<void(const Outcome&, pb::ServerFrame& reply)>;
  using Done = std::function<void(const Outcome&, Turn&)>;

  Asked asked;
  Answer answer;
  Done done = nullptr;  // nothing follows
  // It took effect when it was ordered; this takes it back.
  std::function<void()> undo = nullptr;
  // Whose stays it will end: they are asked nothing more meanwhile.
  std::vector<std::shared_ptr<User>> ends = {};
  // Of a command that the store refuses: NotFound or ResourceExhausted.
  pb::Code refusal = pb::NO_SUCH_ACCOUNT;
  std::string_view sentence = "There is no account of that name.";
};

// What the room hears.
struct Spoken {
  Asked asked;
  std::shared_ptr<User> user;
  std::string text;
  absl::Time time;
  uint64_t seq = 0;
  uint64_t message_id = 0;
};
// How an account stands to others, for its own eyes.
struct PrivateView {
  struct Room {
    DirectRoomPtr room;
    bool linked = false;
  };
  pb::ListPrivateReply list;
  std::vector<Room> rooms;  // those that were linked at some time
};
// `view` is as things stood when it was ordered: what is told of later changes
// follows the reply.
struct Arrival {
  std::shared_ptr<User> user;
  Attempt attempt;
  absl::Time time;
  PrivateView view = {};
};
struct Departure {
  std::shared_ptr<User> user;
  pb::LeaveReason reason = pb::LEAVE_REASON_UNSPECIFIED;
  absl::Time time;
  Asked logout;  // nobody: it was none
};

// A logout that is answered once nobody can resume any more.
struct Farewell {
  Asked asked;
  DeviceId device = {};
};

// A session's first request that waits has the message_id of one that is held.
struct Again {
  SessionId session;
};

// An entry of a direct room.
struct PrivateText {
  Asked asked;
  std::shared_ptr<User> user;
  DirectRoomPtr room;
  std::string text;
  absl::Time time;
  uint64_t seq = 0;
  uint64_t message_id = 0;
};

// A reply that says how things stood when it was asked for.
struct Answered {
  Asked asked;
  pb::ServerFrame reply;
};

// Somebody comes back to their stay. `view` is as in Arrival.
struct Return {
  std::shared_ptr<User> user;
  Attempt attempt;
  PrivateView view = {};
};

// What is held until its write, and everything before it, is on disk
// (held_effects.h).
using Held = std::variant<Spoken, Arrival, Departure, PrivateChange, Command,
                          Farewell, Again, PrivateText, Answered, Return>;

}  // namespace chat77::server
