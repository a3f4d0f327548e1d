// The time of the load client: nanoseconds of a clock that never jumps.
#pragma once

#include <cstdint>
#include <ctime>

namespace chat77::bench {

inline constexpr uint64_t kSecond = 1'000'000'000;

inline uint64_t Now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * kSecond +
         static_cast<uint64_t>(time.tv_nsec);
}

}  // namespace chat77::bench
