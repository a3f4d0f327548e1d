// Where the core and the store's calendar get their time from: the one place
// where both clocks are read.
#pragma once

#include "absl/time/clock.h"

#include "server/limits/moment.h"
#include "server/net/steady_time.h"

namespace chat77::server {

inline Moment MomentNow() {
  return {absl::Now(), SteadyTime::AfterZero(SteadyNow() - absl::UnixEpoch())};
}

}  // namespace chat77::server
