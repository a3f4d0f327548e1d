// What one connection may make the server read: bytes and frames, right or
// wrong, answered or not. Who has used it up is not closed but read from no
// further until it has come back; what it sends meanwhile waits in its own
// kernel.
//
// It is charged for what was read already, so it may be overdrawn by one read.
// Pure; time comes in: SteadyNow()'s.
#pragma once

#include <cstddef>

#include "absl/time/time.h"

#include "server/limits/token_bucket.h"

namespace chat77::server {

struct ReadRates {
  // Eight times what a page of history each second would take, and a large
  // paste at once.
  Rate bytes{256 * 1024, 1024 * 1024};
  Rate frames{200, 2000};
  // In all, before the login: fifteen of the largest frames allowed then; who
  // uses it up is not heard again and ends at the login's deadline.
  double bytes_before_login = 64 * 1024;
  double frames_before_login = 64;
};

class ReadBudget {
 public:
  // `rates` must outlive it.
  explicit ReadBudget(const ReadRates& rates, bool logged_in = false)
      : rates_(&rates), logged_in_(logged_in) {}

  void Charge(size_t bytes, size_t frames, absl::Time now);
  // From now on it comes back; what was used before counts no longer.
  void LoggedIn();
  bool Overdrawn(absl::Time now) const;
  // As if made now by ReadBudget(rates, true): need not be kept.
  bool IsFull(absl::Time now) const;

 private:
  Rate bytes_rate() const;
  Rate frames_rate() const;

  const ReadRates* rates_;
  TokenBucket bytes_;
  TokenBucket frames_;
  bool logged_in_;
};

}  // namespace chat77::server
