// How long to wait before the next try: short after a connection that had
// lasted, then longer from time to time, or as long as the server said.
#pragma once

#include "absl/time/time.h"

namespace chat77::client {

struct ReconnectOptions {
  // The first try after a connection that was online for `stable` or longer: a
  // random time between the two.
  absl::Duration quick_least = absl::Milliseconds(100);
  absl::Duration quick_most = absl::Milliseconds(300);
  // The others: `first`, doubled each time up to `longest`, of which chance
  // takes up to half. A third of the usual grace time: a link that breaks again
  // and again should not cost the stay.
  absl::Duration first = absl::Seconds(1);
  absl::Duration longest = absl::Seconds(10);
  absl::Duration stable = absl::Seconds(10);
};

// Pure.
class ReconnectDelay {
 public:
  explicit ReconnectDelay(const ReconnectOptions& options)
      : options_(options) {}

  void OnOnline(absl::Time now) { online_since_ = now; }
  // The connection ended, or could not be made.
  void OnOffline(absl::Time now);

  // Each call is one more try that failed. `random`: 0 <= random < 1. The
  // server's hint, zero for none: at least so long, or with `exact` just so
  // long (a server that stops spreads its clients by it).
  absl::Duration Next(double random, absl::Duration hint, bool exact);

  // Tries since the last stable connection, this one included.
  int attempt() const { return tries_ + 1; }

 private:
  ReconnectOptions options_;
  absl::Time online_since_ = absl::InfiniteFuture();
  bool quick_ = false;
  int tries_ = 0;
  int grown_ = 0;  // how often the delay was doubled
};

}  // namespace chat77::client
