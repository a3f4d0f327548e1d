#include "client/core/reconnect_delay.h"

#include <algorithm>
#include <utility>

namespace chat77::client {

void ReconnectDelay::OnOffline(absl::Time now) {
  if (now - online_since_ >= options_.stable) {
    tries_ = 0;
    grown_ = 0;
    quick_ = true;
  }
  online_since_ = absl::InfiniteFuture();
}

absl::Duration ReconnectDelay::Next(double random, absl::Duration hint,
                                    bool exact) {
  constexpr int kMostDoublings = 20;  // far beyond any `longest`
  ++tries_;
  const bool quick = std::exchange(quick_, false);
  if (exact && hint > absl::ZeroDuration()) return hint;
  if (quick) {
    return std::max(hint,
                    options_.quick_least +
                        (options_.quick_most - options_.quick_least) * random);
  }
  const absl::Duration delay =
      std::min(options_.longest, options_.first * (1 << grown_));
  grown_ = std::min(grown_ + 1, kMostDoublings);
  return std::max(hint, delay * (1 - random / 2));
}

}  // namespace chat77::client
