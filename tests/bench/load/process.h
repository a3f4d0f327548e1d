// What a process of this machine has used, from /proc.
#pragma once

#include <cstdint>

namespace chat77::bench {

struct Usage {
  uint64_t cpu_ns = 0;  // all threads, user and system; in steps of 10 ms
  uint64_t resident_bytes = 0;
};

// All 0 if there is no such process (pid 0 never is one).
Usage UsageOf(int pid);

}  // namespace chat77::bench
