// The time for deadlines: it only goes forward, whatever happens to the
// system's clock, which may be set by an hour or stepped by NTP.
//
// Its zero means nothing: never show, send or store it; absl::Now() is for
// that. Times of the two kinds must not meet.
#pragma once

#include <chrono>

#include "absl/time/time.h"

namespace chat77::server {

inline absl::Time SteadyNow() {
  return absl::UnixEpoch() +
         absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace chat77::server
