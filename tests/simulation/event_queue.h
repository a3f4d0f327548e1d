// The virtual clock and what is to happen: one queue, ordered by time and then
// by the order of insertion. Nothing in a run happens outside of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "absl/time/time.h"

namespace chat77::simulation {

class EventQueue {
 public:
  using Work = std::function<void()>;

  absl::Time now() const { return now_; }
  uint64_t steps() const { return steps_; }

  // Not before now.
  void At(absl::Time when, Work work) {
    work_.emplace(std::pair(std::max(when, now_), ++last_), std::move(work));
  }
  void After(absl::Duration delay, Work work) {
    At(now_ + delay, std::move(work));
  }

  // The next thing, and its time becomes now. False: there is none.
  bool RunNext() {
    if (work_.empty()) return false;
    auto next = work_.extract(work_.begin());
    now_ = next.key().first;
    ++steps_;
    next.mapped()();
    return true;
  }
  // When the next thing is due.
  absl::Time next_time() const {
    return work_.empty() ? absl::InfiniteFuture() : work_.begin()->first.first;
  }

 private:
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  uint64_t last_ = 0;
  uint64_t steps_ = 0;
  std::map<std::pair<absl::Time, uint64_t>, Work> work_;
};

// What an object put in the queue dies with it: queue.At(t, life_.Bound(f)).
class Life {
 public:
  template <class Work>
  auto Bound(Work work) const {
    return [token = std::weak_ptr<int>(token_), work = std::move(work)] {
      if (!token.expired()) work();
    };
  }

 private:
  std::shared_ptr<int> token_ = std::make_shared<int>(0);
};

}  // namespace chat77::simulation
