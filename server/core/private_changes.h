// Changes between two users in private chat. A change that was judged is made
// at once, so that whatever is asked next is judged by it, and written. Its
// answer and its event are held until it is on disk; if the disk refuses, it is
// undone.
//
// A block is stronger: whatever is open between one who has blocked the other
// ends as soon as that can be written.
//
// Pure; one thread, the core's.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"

#include "server/core/ledger.h"
#include "server/core/mailboxes.h"
#include "server/core/pending.h"
#include "server/core/presence.h"
#include "server/core/private_links.h"
#include "server/core/request_limits.h"
#include "server/core/sessions.h"

namespace chat77::server {

class PrivateChanges {
 public:
  using UserPtr = std::shared_ptr<User>;

  PrivateChanges(const Sessions& sessions, const Presence& presence,
                 Ledger& ledger, Mailboxes& mailboxes,
                 const RequestLimits& limits)
      : sessions_(sessions),
        presence_(presence),
        ledger_(ledger),
        mailboxes_(mailboxes),
        limits_(limits) {}

  const PrivateLinks& links() const { return links_; }

  // It was judged; `answer` follows once it is on disk.
  void Make(PrivateChange::Kind kind, const UserPtr& other,
            const pb::ServerFrame& answer, const Request& request);
  void Finish(PrivateChange& change, const absl::StatusOr<Outcome>& outcome,
              Turn& turn);
  void Undo(PrivateChange& change);

  // Somebody leaves: all that is open between them and others ends with their
  // stay.
  std::vector<PrivateLinks::Peer> Leave(const User& user);
  void UndoLeave(const Departure& departure);
  void RedoLeave(Departure& departure);
  void TellLeave(const Departure& departure, Turn& turn);

  // Called whenever a block, or what is open between the two, may be new.
  void EndBlocked(const UserPtr& one, const UserPtr& other, Turn& turn);
  // Takes back what nobody has answered for long.
  void Expire(Turn& turn);
  // As it was when the server ended.
  void Restore(const UserPtr& first, const UserPtr& second, bool linked,
               Turn& turn);

 private:
  void Order(PrivateChange change, Turn& turn);
  // Nobody asked for it.
  void OrderUnasked(PrivateChange::Kind kind, const UserPtr& user,
                    const UserPtr& other, bool tells_user, Turn& turn);
  void Apply(PrivateChange& change, Turn& turn);
  void Tell(const PrivateChange& change, Turn& turn);
  // If `user` has blocked `other`, ends or hides what is open between them.
  void EndIfBlocked(const UserPtr& user, const UserPtr& other, Turn& turn);

  const Sessions& sessions_;
  const Presence& presence_;
  Ledger& ledger_;
  Mailboxes& mailboxes_;
  const RequestLimits& limits_;
  PrivateLinks links_;
};

}  // namespace chat77::server
