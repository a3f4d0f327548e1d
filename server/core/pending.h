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
#include "server/core/event.h"
#include "server/core/ids.h"
#include "server/core/presence.h"
#include "server/core/private_links.h"
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

// Where a client that resumes was.
struct Position {
  uint64_t epoch = 0;
  uint64_t seq = 0;
  uint64_t stay = 0;
  uint64_t private_seq = 0;
};

// Somebody has blocked an account, or does no longer.
struct Blocking {
  std::shared_ptr<User> user;
  AccountId account = {};
  std::string alias;
  bool on = true;
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

// A change between two users. It is made when it is asked for; its answer and
// its event are held.
struct PrivateChange {
  // kCross: asks one who had asked. kExpire: takes back what nobody answered.
  enum class Kind : uint8_t {
    kAsk,
    kCross,
    kAccept,
    kReject,
    kWithdraw,
    kExpire,
    kEnd
  };
  Kind kind = Kind::kAsk;
  std::shared_ptr<User> user;
  std::shared_ptr<User> other;
  Asked asked;  // nobody: the server ends it
  pb::ServerFrame answer;
  uint64_t message_id = 0;
  // Of what nobody asked for: the user believes that it is still open.
  bool tells_user = false;
  // How the user stood to the other before: what it is undone to.
  PrivateLinks::Link before = {};
  bool hidden = false;  // a request that the other does not hear of
  bool made = false;    // and not undone
};

// An account as it is now: it may have been read before what the attempt was
// told of.
inline AccountName Updated(const Attempt& attempt, AccountName account) {
  if (attempt.new_admin == account.id) account.admin = true;
  for (const Blocking& block : attempt.blocks) {
    if (block.user->account != account.id) continue;
    std::erase_if(account.blocked, [&](const auto& blocked) {
      return blocked.first == block.account;
    });
    if (block.on) account.blocked.emplace_back(block.account, block.alias);
  }
  return account;
}

// A durable command on accounts, of one who may ask for it: it is done once it
// is on disk.
struct Command {
  // Fills in the reply; then what follows from it, in the core.
  using Answer = std::function<void(const Outcome&, pb::ServerFrame& reply)>;
  using Done = std::function<void(const Outcome&, Turn&)>;

  Asked asked;
  Answer answer;
  Done done = nullptr;  // nothing follows
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
  uint64_t message_id = 0;
};
struct Arrival {
  std::shared_ptr<User> user;
  Attempt attempt;
  absl::Time time;
};
struct Departure {
  std::shared_ptr<User> user;
  pb::LeaveReason reason = pb::LEAVE_REASON_UNSPECIFIED;
  absl::Time time;
  Asked logout;  // nobody: it was none
  // Whom they had a link with, or a request, which ended then.
  std::vector<PrivateLinks::Peer> peers = {};
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

// A private text, judged by links that may not be on disk yet.
struct PrivateText {
  Asked asked;
  std::shared_ptr<User> user;
  std::shared_ptr<User> other;
  uint64_t message_id = 0;
  std::string text;
  absl::Time time;
};

// A reply that says how things stood when it was asked for.
struct Answered {
  Asked asked;
  std::shared_ptr<User> user;
  pb::ServerFrame reply;
};

// Somebody comes back to their stay. `private_state` is as it was then.
struct Return {
  std::shared_ptr<User> user;
  Attempt attempt;
  pb::ListPrivateReply private_state;
};

// What is held until its write, and everything before it, is on disk
// (held_effects.h).
using Held = std::variant<Spoken, Arrival, Departure, PrivateChange, Command,
                          Farewell, Again, PrivateText, Answered, Return>;

}  // namespace chat77::server
