// Stays that outlive a connection: going away, coming back, waiting in vain,
// and those that a restart of the server brings along.
//
// Pure; one thread, the core's.
#pragma once

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

#include "server/core/stays.h"

namespace chat77::server {

class Returns {
 public:
  using UserPtr = std::shared_ptr<User>;

  Returns(const CoreOptions& options, Sessions& sessions, Presence& presence,
          Ledger& ledger, RequestLimits& limits, const Room& room,
          DirectRooms& rooms, PrivateChanges& changes,
          const PrivateChats& chats, Stays& stays)
      : options_(options),
        sessions_(sessions),
        presence_(presence),
        ledger_(ledger),
        limits_(limits),
        room_(room),
        rooms_(rooms),
        changes_(changes),
        chats_(chats),
        stays_(stays) {}

  // The connection broke: others hear nothing of it for a while.
  void GoAway(const UserPtr& user, Turn& turn);
  // That while is over.
  void On(const Elapsed& event, Turn& turn);

  // A device's stay goes on with that attempt, and nobody else notices. What is
  // known of the account is newer than what was read of it just now.
  void ComeBack(const UserPtr& user, const Attempt& attempt, Turn& turn);
  void Finish(Return& comes, Turn& turn);
  // After a failed commit: how the user stands to others is as before it.
  void Redo(Return& comes) const;

  // The stays that there were when the server ended.
  void Restore(const Restored& restored, Turn& turn);

 private:
  void Attach(Return& comes, Turn& turn);

  const CoreOptions& options_;
  Sessions& sessions_;
  Presence& presence_;
  Ledger& ledger_;
  RequestLimits& limits_;
  const Room& room_;
  DirectRooms& rooms_;
  PrivateChanges& changes_;
  const PrivateChats& chats_;
  Stays& stays_;
  absl::flat_hash_map<Token, UserPtr> away_;
};

}  // namespace chat77::server
