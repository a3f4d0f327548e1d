// Consent protects: whom somebody has blocked asks in vain and cannot tell.
//
// Pure; one thread, the core's.
#pragma once

#include <string>

#include "server/core/attempts.h"
#include "server/core/direct_rooms.h"
#include "server/core/directory.h"
#include "server/core/presence.h"
#include "server/core/private_changes.h"
#include "server/core/request_limits.h"
#include "server/core/sessions.h"

namespace chat77::server {

class Blocks {
 public:
  Blocks(Sessions& sessions, const Presence& presence, Attempts& attempts,
         Directory& directory, const DirectRooms& rooms,
         PrivateChanges& changes, const RequestLimits& limits)
      : sessions_(sessions),
        presence_(presence),
        attempts_(attempts),
        directory_(directory),
        rooms_(rooms),
        changes_(changes),
        limits_(limits) {}

  void Block(const std::string& alias, bool on, const Request& request);
  void List(const Request& request);

 private:
  void Order(const Blocking& blocking, const Asked& asked, Turn& turn);
  void Apply(const Blocking& blocking, Turn& turn);

  Sessions& sessions_;
  const Presence& presence_;
  Attempts& attempts_;
  Directory& directory_;
  const DirectRooms& rooms_;
  PrivateChanges& changes_;
  const RequestLimits& limits_;
};

}  // namespace chat77::server
