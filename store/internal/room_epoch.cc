#include "store/internal/room_epoch.h"

#include <limits>

#include "absl/random/random.h"

namespace chat77::store {

uint64_t NewRoomEpoch() {
  absl::BitGen random;
  return absl::Uniform<uint64_t>(absl::IntervalClosed, random, 1,
                                 std::numeric_limits<uint64_t>::max());
}

}  // namespace chat77::store
