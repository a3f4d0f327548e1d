// Forgetting what is past its time. Errors as in store/store.h.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace chat77::store {

// The most rows one Tidy changes.
inline constexpr int64_t kTidyRows = 500;
// How exactly Device::used_at follows a connection that stays open.
inline constexpr absl::Duration kDeviceUse = absl::Hours(24);

// Used by the thread that uses the Ledger.
class Upkeep {
 public:
  virtual ~Upkeep() = default;

  // The newest use of a device, or request that is remembered: no `now` that a
  // caller gives a Tidy should be earlier. InfinitePast if there is neither.
  virtual absl::StatusOr<absl::Time> NewestTime() = 0;

  // Notes, to kDeviceUse, that the devices of open connections are in use;
  // deletes requests older than wire::kRequestMemory, in the order in which
  // they came, devices past wire::kDeviceLife, and what has expired of
  // invitations and sanctions (never of the audit log): kTidyRows at most, so
  // that it never holds up a commit. Returns how many; kTidyRows means call
  // again.
  virtual absl::StatusOr<int64_t> Tidy(absl::Time now) = 0;
};

}  // namespace chat77::store
