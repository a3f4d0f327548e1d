// Stays: from a right password or token to the end. What begins and ends them
// has its place in the ledger, so that nobody hears that Ann left before Ann's
// last words.
//
// Pure; one thread, the core's.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"

#include "server/core/attempts.h"
#include "server/core/core_options.h"
#include "server/core/direct_rooms.h"
#include "server/core/ledger.h"
#include "server/core/pending.h"
#include "server/core/presence.h"
#include "server/core/private_changes.h"
#include "server/core/private_chats.h"
#include "server/core/request_limits.h"
#include "server/core/room.h"
#include "server/core/sessions.h"

namespace chat77::server {

class Stays {
 public:
  using UserPtr = std::shared_ptr<User>;

  Stays(const CoreOptions& options, Sessions& sessions, Attempts& attempts,
        Presence& presence, Ledger& ledger, RequestLimits& limits, Room& room,
        DirectRooms& rooms, PrivateChanges& changes, const PrivateChats& chats)
      : options_(options),
        sessions_(sessions),
        attempts_(attempts),
        presence_(presence),
        ledger_(ledger),
        limits_(limits),
        room_(room),
        rooms_(rooms),
        changes_(changes),
        chats_(chats) {}

  // Somebody was let in by that attempt, with a device or (0) without. Refused
  // if the account is online and the attempt does not take over. Reads the
  // account's rooms; then the login is recorded.
  void Begin(const Attempt& attempt, const AccountName& account,
             DeviceId device, Turn& turn);
  void On(const RoomsRead& event, Turn& turn);
  // `why`: the log's reason, a literal. `logout`: the request, if it was one.
  void End(const UserPtr& user, pb::LeaveReason reason, std::string_view why,
           Turn& turn, const Asked& logout = {});
  // Ends a stay and its connection, if it has one.
  void SendAway(const UserPtr& user, std::string_view why, pb::Code code,
                std::string_view sentence, Turn& turn);
  // The client is heard no more; what it asked before was answered.
  void LogOut(const Asked& logout, Turn& turn);

  // What was held happens.
  void Finish(Arrival& arrival, const absl::StatusOr<Outcome>& outcome,
              Turn& turn);
  void Finish(const Departure& departure, Turn& turn);
  void Finish(const Farewell& farewell, const absl::Status& status, Turn& turn);

  // True if the ledger holds this device's logout. The store still accepts its
  // token.
  bool IsLoggingOut(DeviceId device) const {
    return logging_out_.contains(device);
  }
  // The reply to a login or a resume, but for what differs between them.
  pb::LoginReply& FillLogin(const User& user, const Attempt& attempt,
                            PrivateView& view, Turn& turn) const;
  // The server stops: ends the stays of all who cannot resume, in the log.
  void Stop(absl::Time time, Turn& turn);

  // Nobody's rooms are being read.
  bool idle() const { return entering_.empty(); }

 private:
  // Whose rooms are being read.
  struct Entering {
    UserPtr user;
    Attempt attempt;
  };

  void Record(const UserPtr& user, const Attempt& attempt, Turn& turn);
  void Refuse(const UserPtr& user, const Attempt& attempt,
              const absl::Status& status, Turn& turn);
  void Remove(const User& user);

  const CoreOptions& options_;
  Sessions& sessions_;
  Attempts& attempts_;
  Presence& presence_;
  Ledger& ledger_;
  RequestLimits& limits_;
  Room& room_;
  DirectRooms& rooms_;
  PrivateChanges& changes_;
  const PrivateChats& chats_;
  absl::flat_hash_set<DeviceId> logging_out_;
  absl::flat_hash_map<Token, Entering> entering_;
};

}  // namespace chat77::server
