// The lobby: what is said in it, who hears that, and its order.
//
// Apply judges whatever concerns the room, by the entry and the room's rules
// alone. An entry takes its number when it is ordered, and is told when it is
// on disk, and so is all before it.
//
// Pure; one thread, the core's.
#pragma once

#include <cstdint>
#include <deque>
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

  // True, and answered, if `room` is another one.
  static bool RefuseOther(uint64_t room, const Request& request);

  // Judges the entry. The same entry gets the same verdict, always.
  static TextVerdict Apply(const Entry& entry);

  // `muted`: the sender is; nullptr: is not.
  void Say(const pb::Say& say, const Sanction* muted, const Request& request);
  void ListOnline(const pb::ListOnline& list, const Request& request);
  // Without a history: true, and answered, if it was said before.
  bool AnswerRepeat(const Request& request);

  // What was said is on disk, or has failed.
  void Finish(Spoken& spoken, const absl::StatusOr<Outcome>& outcome,
              Turn& turn);
  void Undo(const Spoken& spoken);
  void TellJoined(const User& user, absl::Time time, Turn& turn) const;
  void TellLeft(const User& user, pb::LeaveReason reason, absl::Time time,
                Turn& turn) const;

  // For somebody who comes in and has read up to `read`.
  void FillState(uint64_t read, pb::RoomState& state) const;
  // The reply to whoever said the entry.
  pb::SayReply AnswerTo(uint64_t seq, absl::Time time) const;
  uint64_t told_seq() const { return told_seq_; }
  // After which message they are to hear it; nothing: from now on.
  std::optional<uint64_t> ReplayFrom(
      const std::optional<Position>& place) const;

 private:
  void Tell(Spoken& spoken, Turn& turn);
  void Remember(const Spoken& spoken);

  const CoreOptions& options_;
  Sessions& sessions_;
  const Presence& presence_;
  Ledger& ledger_;
  const Workload& workload_;
  const RequestLimits& limits_;
  uint64_t last_seq_ = options_.last_seq;  // of the entries that were ordered
  uint64_t told_seq_ = options_.last_seq;  // of those that were told
  // Without a history: the newest that had an id.
  struct Recent {
    AccountId account;
    uint64_t message_id = 0;
    uint64_t seq = 0;
    absl::Time time;
  };
  std::deque<Recent> recent_;
};

}  // namespace chat77::server
