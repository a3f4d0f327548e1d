// The client's own ids of what it asks for (ClientFrame.message_id): strictly
// ascending, not 0, and not met by another device of the account.
#pragma once

#include <algorithm>
#include <cstdint>

#include "absl/time/time.h"

namespace chat77::client {

// Pure.
class MessageIds {
 public:
  // Milliseconds of the wall clock above 20 bits of chance; one more than the
  // last if the clock stood still or went back. 0 <= random < 1.
  uint64_t Next(absl::Time wall, double random) {
    const auto ms =
        static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMillis(wall), 0));
    const auto low = static_cast<uint64_t>(random * (1 << kRandomBits));
    last_ = std::max(last_ + 1, (ms << kRandomBits) | low);
    return last_;
  }

 private:
  static constexpr int kRandomBits = 20;

  uint64_t last_ = 0;
};

}  // namespace chat77::client
