// The devices that may resume as a user: listing and revoking them.
//
// Pure; one thread, the core's.
#pragma once

#include <cstdint>
#include <string>

#include "server/core/attempts.h"
#include "server/core/directory.h"
#include "server/core/presence.h"
#include "server/core/sessions.h"
#include "server/core/stays.h"

namespace chat77::server {

class Devices {
 public:
  Devices(Sessions& sessions, const Presence& presence, Attempts& attempts,
          Directory& directory, Stays& stays)
      : sessions_(sessions),
        presence_(presence),
        attempts_(attempts),
        directory_(directory),
        stays_(stays) {}

  void List(const Request& request);
  void On(const DevicesRead& event, Turn& turn);
  void Revoke(const pb::RevokeDevice& revoke, const Request& request);

 private:
  // `key`: of the alias of the account that had it.
  void End(const std::string& key, DeviceId device, Turn& turn);

  Sessions& sessions_;
  const Presence& presence_;
  Attempts& attempts_;
  Directory& directory_;
  Stays& stays_;
};

}  // namespace chat77::server
