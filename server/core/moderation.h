// What admins do: mute, kick, ban, lift, list, invite; and how somebody becomes
// one. Each is on record before it is done.
//
// Pure; one thread, the core's.
#pragma once

#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "server/core/attempts.h"
#include "server/core/directory.h"
#include "server/core/presence.h"
#include "server/core/request_limits.h"
#include "server/core/sanctions.h"
#include "server/core/sessions.h"
#include "server/core/stays.h"

namespace chat77::server {

class Moderation {
 public:
  Moderation(Sessions& sessions, const Presence& presence, Attempts& attempts,
             RequestLimits& limits, Directory& directory, Sanctions& sanctions,
             Stays& stays)
      : sessions_(sessions),
        presence_(presence),
        attempts_(attempts),
        limits_(limits),
        directory_(directory),
        sanctions_(sanctions),
        stays_(stays) {}

  void Claim(const pb::ClaimAdmin& claim, const Request& request);
  void On(const AdminMade& event, Turn& turn);
  void Kick(const pb::Kick& kick, const Request& request);
  void Mute(const pb::Mute& mute, const Request& request);
  void Ban(const pb::Ban& ban, const Request& request);
  void Lift(const pb::Lift& lift, const Request& request);
  void List(const Request& request);
  void Invite(const Request& request);

  // After a restart: ends the stays of users who are banned.
  void EndBanned(Turn& turn);

  // Nobody is being made an admin.
  bool idle() const { return claiming_.empty(); }

 private:
  // A mute or a ban of an account, which is looked up first.
  void ImposeOn(const std::string& alias, Sanction sanction,
                const Request& request);
  Command Imposing(const Sanction& sanction);
  void Impose(const Sanction& sanction, Turn& turn);
  // Users who are online and whom a ban covers.
  std::vector<std::shared_ptr<User>> Banned(const Turn& turn) const;

  Sessions& sessions_;
  const Presence& presence_;
  Attempts& attempts_;
  RequestLimits& limits_;
  Directory& directory_;
  Sanctions& sanctions_;
  Stays& stays_;
  absl::flat_hash_map<Token, std::shared_ptr<User>> claiming_;
};

}  // namespace chat77::server
