// Changes between two accounts in private chat. A change that was judged is
// made when it is ordered, so that whatever is asked next is judged by it. Its
// answer and its events are held until it is on disk; if its commit fails, it
// is undone.
//
// What may not last, because one of the two has blocked the other or a stay
// that it is bound to has ended, ends by a change that the server makes.
//
// Pure; one thread, the core's.
#pragma once

#include <vector>

#include "absl/status/statusor.h"

#include "server/core/core_options.h"
#include "server/core/direct_rooms.h"
#include "server/core/ledger.h"
#include "server/core/pending.h"
#include "server/core/presence.h"
#include "server/core/request_limits.h"
#include "server/core/sessions.h"

namespace chat77::server {

class PrivateChanges {
 public:
  PrivateChanges(const CoreOptions& options, DirectRooms& rooms,
                 const Sessions& sessions, const Presence& presence,
                 Ledger& ledger, const RequestLimits& limits)
      : options_(options),
        rooms_(rooms),
        sessions_(sessions),
        presence_(presence),
        ledger_(ledger),
        limits_(limits),
        last_room_(options.last_room) {}

  // It was judged; `answer` follows once it is on disk, with the place of the
  // entry.
  void Make(PrivateChange::Kind kind, const DirectRoomPtr& room,
            const pb::ServerFrame& answer, const Request& request);
  void Finish(PrivateChange& change, const absl::StatusOr<Outcome>& outcome,
              Turn& turn);
  static void Undo(const PrivateChange& change) {
    change.room->standing = change.before;
  }

  // What is bound to a stay that has ended just now ends.
  void Leave(const User& user, Turn& turn);
  // What may not last ends: called whenever a block, or what is between the
  // two, may be new.
  void Reconcile(const DirectRoomPtr& room, Turn& turn);
  // The same for all that the account has: it comes online.
  void ReconcileAll(AccountId account, Turn& turn);
  // A commit failed: its changes were undone, among them perhaps some that end
  // what may not last. They are made again after the next that succeeds.
  void ReconcileLater(const DirectRoomPtr& room) {
    ++room->held;
    unsettled_.push_back(room);
  }
  void OnCommit(Turn& turn);
  // Takes back what nobody has answered for long.
  void Expire(Turn& turn);

  // An event for an account, if it is online.
  void Notify(const DirectRoom::Member& member, pb::ServerFrame event,
              Turn& turn) const;

 private:
  void Order(PrivateChange change, Turn& turn);
  // Nobody asked for it.
  void OrderUnasked(PrivateChange::Kind kind, const DirectRoomPtr& room,
                    AccountId account, bool leaving, Turn& turn);
  void Apply(PrivateChange& change, Turn& turn);
  void Bind(DirectRoom& room) const;
  void Tell(const PrivateChange& change, Turn& turn);
  // If the account has blocked the other, ends or hides what is open.
  void EndIfBlocked(const DirectRoomPtr& room, AccountId account, Turn& turn);
  void EndIfLeft(const DirectRoomPtr& room, AccountId account, Turn& turn);
  void EndIfOld(const DirectRoomPtr& room, Turn& turn);

  const CoreOptions& options_;
  DirectRooms& rooms_;
  const Sessions& sessions_;
  const Presence& presence_;
  Ledger& ledger_;
  const RequestLimits& limits_;
  RoomId last_room_;
  std::vector<DirectRoomPtr> unsettled_;
};

}  // namespace chat77::server
