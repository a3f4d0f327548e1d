// The time of a shard's loop: what its deadlines are counted by, and the timers
// that wait for it. Tests put a clock of their own in its place.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "absl/time/time.h"
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "server/net/steady_time.h"

namespace chat77::server {

// Used on its loop's thread.
class Timer {
 public:
  virtual ~Timer() = default;
  // Rings once, so long from now, and not for an earlier Start().
  virtual void Start(absl::Duration wait) = 0;
  virtual void Cancel() = 0;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
  // One that calls `ring` from the loop.
  virtual std::unique_ptr<Timer> MakeTimer(boost::asio::io_context& io,
                                           std::function<void()> ring) = 0;
};

class SteadyTimer : public Timer {
 public:
  SteadyTimer(boost::asio::io_context& io, std::function<void()> ring)
      : timer_(io), ring_(std::move(ring)) {}

  void Start(absl::Duration wait) override {
    timer_.expires_after(absl::ToChronoNanoseconds(wait));
    timer_.async_wait([this](boost::system::error_code error) {
      if (!error) ring_();
    });
  }
  void Cancel() override { timer_.cancel(); }

 private:
  boost::asio::steady_timer timer_;
  const std::function<void()> ring_;
};

class SteadyClock : public Clock {
 public:
  static SteadyClock& Instance() {
    static SteadyClock clock;
    return clock;
  }
  absl::Time Now() const override { return SteadyNow(); }
  std::unique_ptr<Timer> MakeTimer(boost::asio::io_context& io,
                                   std::function<void()> ring) override {
    return std::make_unique<SteadyTimer>(io, std::move(ring));
  }
};

}  // namespace chat77::server
