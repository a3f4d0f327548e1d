// What admins imposed: who may say nothing, who may not come in. All that is in
// force is here, so that no login has to ask the store.
//
// Pure. Bounded by what admins do: there is no limit of its own.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

#include "proto/ids.h"
#include "proto/network.h"
#include "server/limits/moment.h"

namespace chat77::server {

// Until it is lifted.
inline constexpr Moment kNever{absl::InfiniteFuture(), SteadyTime::Never()};

struct Sanction {
  enum class Kind : uint8_t { kMute, kBanAccount, kBanNetwork };

  int64_t number = 0;  // given by the store, ascending
  Kind kind = Kind::kMute;
  AccountId account = {};  // 0: a network
  std::string target;      // an alias as registered, or a network
  std::string reason;
  std::string by;      // the admin's alias
  absl::Time created;  // by the wall clock
  // What people are told, and what decides.
  Moment expires = kNever;
};

// " until 2026-11-23 14:00 UTC: spam", or as much of it as there is: to follow
// "You are banned".
std::string Terms(const Sanction& sanction);

class Sanctions {
 public:
  void Add(Sanction sanction);
  // Nothing if there is none of that number.
  void Lift(int64_t number);

  // nullptr: none. Of several the one that lasts longest. Valid until the next
  // change.
  const Sanction* MuteOf(AccountId account, SteadyTime now) const;
  // Of the account (0: of none yet), else of a network that the address is in.
  const Sanction* BanOf(AccountId account,
                        const std::optional<wire::IpAddress>& address,
                        SteadyTime now) const;

  void ForgetExpired(SteadyTime now);
  // In order of number; perhaps some that have expired.
  const std::map<int64_t, Sanction>& all() const { return sanctions_; }

 private:
  const Sanction* Longer(const Sanction* one, int64_t number,
                         SteadyTime now) const;
  const Sanction* Of(Sanction::Kind kind, AccountId account,
                     SteadyTime now) const;
  void Forget(const Sanction& sanction);

  std::map<int64_t, Sanction> sanctions_;
  // Their numbers: every message asks whether its sender is muted.
  absl::flat_hash_map<AccountId, std::vector<int64_t>> of_accounts_;
  std::vector<std::pair<wire::Network, int64_t>> networks_;
};

}  // namespace chat77::server
