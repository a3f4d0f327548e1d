// Changes passwords, and ends the stays and logins that used the old one.
//
// Pure; one thread, the core's.
#pragma once

#include <memory>

#include "absl/container/flat_hash_map.h"

#include "server/core/attempts.h"
#include "server/core/overload.h"
#include "server/core/request_limits.h"
#include "server/core/sessions.h"
#include "server/core/stays.h"

namespace chat77::server {

class Passwords {
 public:
  Passwords(Sessions& sessions, const Presence& presence, Attempts& attempts,
            RequestLimits& limits, const Workload& workload, Stays& stays)
      : sessions_(sessions),
        presence_(presence),
        attempts_(attempts),
        limits_(limits),
        workload_(workload),
        stays_(stays) {}

  void Change(const pb::ChangePassword& change, const Request& request);
  void On(const PasswordChanged& event, Turn& turn);

  // Nothing is being changed.
  bool idle() const { return changing_.empty(); }

 private:
  void EndOthers(const User& user, Turn& turn);

  Sessions& sessions_;
  const Presence& presence_;
  Attempts& attempts_;
  RequestLimits& limits_;
  const Workload& workload_;
  Stays& stays_;
  absl::flat_hash_map<Token, std::shared_ptr<User>> changing_;
};

}  // namespace chat77::server
