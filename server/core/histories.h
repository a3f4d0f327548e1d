// Pages of history, of the lobby and of direct rooms, and up to where accounts
// have read.
//
// Pure; one thread, the core's.
#pragma once

#include <cstdint>

#include "server/core/core_options.h"
#include "server/core/direct_rooms.h"
#include "server/core/directory.h"
#include "server/core/request_limits.h"
#include "server/core/room.h"
#include "server/core/sessions.h"

namespace chat77::server {

class Histories {
 public:
  Histories(const CoreOptions& options, Sessions& sessions,
            const Presence& presence, const RequestLimits& limits,
            const Room& lobby, const DirectRooms& rooms, Directory& directory)
      : options_(options),
        sessions_(sessions),
        presence_(presence),
        limits_(limits),
        lobby_(lobby),
        rooms_(rooms),
        directory_(directory) {}

  void Fetch(const pb::FetchHistory& fetch, const Request& request);
  void On(const HistoryRead& event, Turn& turn);
  void Mark(const pb::MarkRead& mark, const Request& request);

 private:
  // nullptr: the user is in no such room.
  uint64_t* MarkerOf(User& user, RoomId id) const;

  const CoreOptions& options_;
  Sessions& sessions_;
  const Presence& presence_;
  const RequestLimits& limits_;
  const Room& lobby_;
  const DirectRooms& rooms_;
  Directory& directory_;
};

}  // namespace chat77::server
