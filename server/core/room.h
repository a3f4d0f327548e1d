// The lobby: what is said in it, who hears that, and its order.
//
// Apply judges whatever concerns the room, by the entry and the room's rules
// alone. A message takes its number when it is told: it is on disk then, and so
// is all before it.
//
// Pure; one thread, the core's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/core/core_options.h"
#include "server/core/ledger.h"
#include "server/core/overload.h"
#include "server/core/pending.h"
#include "server/core/presence.h"
#include "server/core/request_limits.h"
#include "server/core/sanctions.h"
#include "server/core/sessions.h"
#include "server/core/text_rules.h"

namespace chat77::server {

class Room {
 public:
  // What somebody wants to say, with what is known of them when they say it.
  struct Entry {
    std::string text;                 // as it is kept and shown (CleanText)
    const Sanction* muted = nullptr;  // nullptr: they are not
  };

  Room(const CoreOptions& options, Sessions& sessions, const Presence& presence,
       Ledger& ledger, const Workload& workload, const RequestLimits& limits)
      : options_(options),
        sessions_(sessions),
        presence_(presence),
        ledger_(ledger),
        workload_(workload),
        limits_(limits) {}

  // True, and answered, if `room` is not the one room there is.
  static bool RefuseOther(const std::string& room, const Request& request);

  // Judges the entry. The same entry gets the same verdict, always.
  static TextVerdict Apply(const Entry& entry);

  // `muted`: the sender is; nullptr: is not.
  void Say(const pb::Say& say, const Sanction* muted, const Request& request);
  void ListOnline(const pb::ListOnline& list, const Request& request);
  void FetchHistory(const pb::FetchHistory& fetch, const Request& request);
  void On(const HistoryRead& event, Turn& turn);

  // What was said is on disk, or has failed.
  void Finish(Spoken& spoken, const absl::StatusOr<Outcome>& outcome,
              Turn& turn);
  void TellJoined(const User& user, absl::Time time, Turn& turn) const;
  void TellLeft(const User& user, pb::LeaveReason reason, absl::Time time,
                Turn& turn) const;

  // Where the room is, for somebody who comes in.
  void FillPosition(pb::RoomPosition& position) const;
  // After which message they are to hear it; nothing: from now on.
  std::optional<uint64_t> ReplayFrom(
      const std::optional<Position>& place) const;

 private:
  void Tell(Spoken& spoken, uint64_t seq, Turn& turn);

  const CoreOptions& options_;
  Sessions& sessions_;
  const Presence& presence_;
  Ledger& ledger_;
  const Workload& workload_;
  const RequestLimits& limits_;
  uint64_t last_seq_ = options_.last_seq;  // that was told
};

}  // namespace chat77::server
