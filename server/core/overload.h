// What is refused when there is too much of something.
#pragma once

#include <cstdint>

namespace chat77::server {

// Each refuses what those before it do. Nothing that was acknowledged is ever
// given up. The core raises it by what waits for the disk, the shell by the
// memory of the process (MemoryPressed).
enum class Overload : uint8_t {
  kNone,
  kConnections,  // half of CoreOptions::waiting_bytes wait: no new connections
  kLogins,       // three quarters: no registration, login or resume
  kSays,         // all of it: no message either
};

}  // namespace chat77::server
