// The two clocks, both passed in: pure code is told what time it is.
//
//   wall    The calendar, UTC: what people read, and what is stored for people
//           to read. Somebody may set it, NTP may step it, by any amount and in
//           either direction: nothing is decided by it.
//   steady  Time that only goes forward, at the pace of a good clock, from a
//           zero that means nothing and differs from run to run: rates, grace,
//           expiry, every duration. Never shown, sent or stored.
//
// They are two types, so that the compiler finds whoever mixes them up. What
// the store decides by is a third thing, made of both: server/storage/calendar.
#pragma once

#include <compare>

#include "absl/time/time.h"

namespace chat77::server {

// A reading of the steady clock, to the precision of absl::Duration (a quarter
// of a nanosecond).
class SteadyTime {
 public:
  constexpr SteadyTime() = default;  // the clock's zero
  static constexpr SteadyTime AfterZero(absl::Duration since_zero) {
    return SteadyTime(since_zero);
  }
  // Later than all others, and earlier.
  static constexpr SteadyTime Never() {
    return SteadyTime(absl::InfiniteDuration());
  }
  static constexpr SteadyTime Always() {
    return SteadyTime(-absl::InfiniteDuration());
  }

  constexpr absl::Duration since_zero() const { return since_zero_; }

  SteadyTime& operator+=(absl::Duration duration) {
    since_zero_ += duration;
    return *this;
  }
  friend SteadyTime operator+(SteadyTime time, absl::Duration duration) {
    return time += duration;
  }
  friend SteadyTime operator-(SteadyTime time, absl::Duration duration) {
    return time += -duration;
  }
  friend absl::Duration operator-(SteadyTime later, SteadyTime earlier) {
    return later.since_zero_ - earlier.since_zero_;
  }
  friend bool operator==(SteadyTime a, SteadyTime b) {
    return a.since_zero_ == b.since_zero_;
  }
  friend std::strong_ordering operator<=>(SteadyTime a, SteadyTime b) {
    if (a.since_zero_ < b.since_zero_) return std::strong_ordering::less;
    return a == b ? std::strong_ordering::equal : std::strong_ordering::greater;
  }

 private:
  explicit constexpr SteadyTime(absl::Duration since_zero)
      : since_zero_(since_zero) {}

  absl::Duration since_zero_;
};

// Both clocks, read together.
struct Moment {
  absl::Time wall;
  SteadyTime steady;

  friend Moment operator+(const Moment& moment, absl::Duration duration) {
    return {moment.wall + duration, moment.steady + duration};
  }
  friend bool operator==(const Moment&, const Moment&) = default;
};

}  // namespace chat77::server
