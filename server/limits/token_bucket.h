// How much of something is left to somebody: a bucket that fills by
// `per_second` up to `burst` and out of which each use takes. Pure; time comes
// in.
//
// Eight bytes: not the level is kept but the moment at which the bucket will be
// full again (the "generic cell rate algorithm" of ATM Forum TM 4.0), so a
// bucket nobody asks of needs no attention, and one that was never used is one
// that is full.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"

#include "server/limits/moment.h"

namespace chat77::server {

// Tokens. Both above 0; infinity as `per_second` limits nothing.
struct Rate {
  double per_second = 0;
  double burst = 0;
};

class TokenBucket {
 public:
  // Zero: `tokens` were taken. Else how long until they may be, and nothing was
  // taken; InfiniteDuration() for more than the bucket holds when full. `now`
  // is not before the clock's zero.
  absl::Duration Take(const Rate& rate, SteadyTime now, double tokens = 1) {
    const absl::Duration wait = Wait(rate, now, tokens);
    if (wait == absl::ZeroDuration()) Charge(rate, now, tokens);
    return wait;
  }

  // What Take() would say; takes nothing.
  absl::Duration Wait(const Rate& rate, SteadyTime now,
                      double tokens = 1) const {
    if (tokens > rate.burst) return absl::InfiniteDuration();
    const int64_t at = Nanos(now);
    const int64_t most = Sum(at, Cost(rate, rate.burst));
    const int64_t full = Sum(std::max(full_at_, at), Cost(rate, tokens));
    if (full == kNever) return absl::InfiniteDuration();
    return full <= most ? absl::ZeroDuration() : absl::Nanoseconds(full - most);
  }

  // Takes even what is not there, for costs known only afterwards: the next
  // Take() waits until it was made good.
  void Charge(const Rate& rate, SteadyTime now, double tokens) {
    full_at_ = Sum(std::max(full_at_, Nanos(now)), Cost(rate, tokens));
  }

  // Gives back what was taken: it was not used after all.
  void Give(const Rate& rate, double tokens) {
    full_at_ = std::max<int64_t>(0, full_at_ - Cost(rate, tokens));
  }

  bool IsFull(SteadyTime now) const { return full_at_ <= Nanos(now); }

  // In order of what was taken and has not come back yet: the less, the nearer
  // to full. For buckets of one rate.
  friend bool operator<(const TokenBucket& a, const TokenBucket& b) {
    return a.full_at_ < b.full_at_;
  }

 private:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  static int64_t Nanos(SteadyTime time) {
    return absl::ToInt64Nanoseconds(time.since_zero());
  }

  // Nanoseconds in which so many tokens come back, cut off: a burst taken one
  // by one must not cost more than taken at once.
  static int64_t Cost(const Rate& rate, double tokens) {
    const double cost = tokens / rate.per_second * 1e9;
    return cost < 9.2e18 ? static_cast<int64_t>(cost) : kNever;
  }
  static int64_t Sum(int64_t at, int64_t cost) {
    return at > kNever - cost ? kNever : at + cost;
  }

  int64_t full_at_ = 0;  // nanoseconds since the clock's zero
};

}  // namespace chat77::server
