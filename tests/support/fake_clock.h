// A clock for shards whose time passes only when the test says so, so that no
// test depends on how fast the machine is.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "server/net/clock.h"

namespace chat77::test {

// Must outlive its timers. Used on one thread.
class FakeClock : public server::Clock {
 public:
  absl::Time Now() const override { return now_; }
  std::unique_ptr<server::Timer> MakeTimer(
      boost::asio::io_context&, std::function<void()> ring) override {
    return std::make_unique<FakeTimer>(*this, std::move(ring));
  }

  // When the next timer rings.
  absl::Time Next() const {
    absl::Time next = absl::InfiniteFuture();
    for (const FakeTimer* timer : timers_) next = std::min(next, timer->due);
    return next;
  }
  // Goes on to Next(), or only to `limit`: then false, and nothing rings.
  bool AdvanceToNext(absl::Time limit = absl::InfiniteFuture()) {
    const absl::Time next = Next();
    now_ = std::min(next, limit);
    if (next > limit) return false;
    for (size_t i = 0; i < timers_.size(); ++i) {
      if (timers_[i]->due == next) timers_[i]->Ring();
    }
    return true;
  }

 private:
  struct FakeTimer : server::Timer {
    FakeTimer(FakeClock& its_clock, std::function<void()> call)
        : clock(its_clock), ring(std::move(call)) {
      clock.timers_.push_back(this);
    }
    FakeTimer(const FakeTimer&) = delete;
    FakeTimer& operator=(const FakeTimer&) = delete;
    ~FakeTimer() override { std::erase(clock.timers_, this); }

    void Start(absl::Duration wait) override { due = clock.now_ + wait; }
    void Cancel() override { due = absl::InfiniteFuture(); }
    void Ring() {
      Cancel();
      ring();
    }

    FakeClock& clock;
    const std::function<void()> ring;
    absl::Time due = absl::InfiniteFuture();
  };

  absl::Time now_ = absl::UnixEpoch() + absl::Hours(1);
  std::vector<FakeTimer*> timers_;
};

}  // namespace chat77::test
