// The one source of chance of a simulated run: the same seed gives the same
// numbers on every machine (the standard library's distributions do not).
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace chat77::simulation {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  // SplitMix64.
  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // 0 <= result < `end`; `end` is not 0.
  uint64_t Below(uint64_t end) { return Next() % end; }
  // Both ends included.
  uint64_t Between(uint64_t low, uint64_t high) {
    return low + Below(high - low + 1);
  }
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
  bool Chance(double probability) { return Unit() < probability; }
  // In whole microseconds.
  absl::Duration Between(absl::Duration low, absl::Duration high) {
    const int64_t span = absl::ToInt64Microseconds(high - low);
    return low + absl::Microseconds(static_cast<int64_t>(
                     Below(static_cast<uint64_t>(span) + 1)));
  }

 private:
  uint64_t state_;
};

}  // namespace chat77::simulation
