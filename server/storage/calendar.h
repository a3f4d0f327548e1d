// The calendar that the store decides by: it goes forward at the pace of the
// steady clock, whatever happens to the wall clock meanwhile.
//
// What is past its time is deleted for good, so no reading of the wall clock
// alone may decide that. When devices were used, when requests were noted and
// when sanctions and invitations expire is stored by this calendar; it differs
// from the wall clock by what that was stepped by since the server started.
#pragma once

#include <algorithm>

#include "absl/time/time.h"

#include "server/limits/moment.h"

namespace chat77::server {

class Calendar {
 public:
  // `start` is a reading of both clocks at the start of the server, `newest`
  // the newest time in the store (store::Store::NewestTime): the calendar goes
  // on behind it, also if the wall clock is earlier.
  explicit Calendar(const Moment& start = {},
                    absl::Time newest = absl::InfinitePast())
      : zero_(std::max(start.wall, newest) - start.steady.since_zero()) {}

  absl::Time At(SteadyTime time) const { return zero_ + time.since_zero(); }
  // When it will be, or was, that time.
  SteadyTime When(absl::Time time) const {
    return SteadyTime::AfterZero(time - zero_);
  }

 private:
  absl::Time zero_;  // at the zero of the steady clock
};

}  // namespace chat77::server
