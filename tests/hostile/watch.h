// What a process holds, from /proc.
#pragma once

#include <cstddef>
#include <sys/types.h>

namespace chat77::hostile {

struct Held {
  // What no file backs, as the server's --memory_budget counts: resident less
  // shared.
  size_t bytes = 0;
  size_t descriptors = 0;
};

Held HeldBy(pid_t pid);
bool IsAlive(pid_t pid);

}  // namespace chat77::hostile
