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
          Ledger& ledger, Mailboxes& mailboxes, RequestLimits& limits,
          const Room& room, PrivateChanges& changes, const PrivateChats& chats,
          Stays& stays)
      : options_(options),
        sessions_(sessions),
        presence_(presence),
        ledger_(ledger),
        mailboxes_(mailboxes),
        limits_(limits),
        room_(room),
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
  // After a failed commit: lists again how the user stands to others.
  void Redo(Return& comes) const;

  // The stays, and how they stood to each other, when the server ended.
  void Restore(const Restored& restored, Turn& turn);

 private:
  void Attach(Return& comes, Turn& turn);
  // The other side of a pair did not outlive the server.
  void NotifyOfLost(User& user, const std::string& alias, bool linked,
                    bool was_asking, Turn& turn);

  const CoreOptions& options_;
  Sessions& sessions_;
  Presence& presence_;
  Ledger& ledger_;
  Mailboxes& mailboxes_;
  RequestLimits& limits_;
  const Room& room_;
  PrivateChanges& changes_;
  const PrivateChats& chats_;
  Stays& stays_;
  absl::flat_hash_map<Token, UserPtr> away_;
};

}  // namespace chat77::server
