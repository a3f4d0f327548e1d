// What the core waits for: tokens and when their time is over. By a clock that
// nobody sets, unlike the times of day the core is given.
//
// One timer, for the nearest. Used on its loop's thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <utility>

#include "absl/time/time.h"
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "server/core/ids.h"

namespace chat77::server {

class WaitList {
 public:
  explicit WaitList(boost::asio::io_context& io) : timer_(io) {}

  void OnElapsed(std::function<void(Token)> call) { call_ = std::move(call); }
  void Add(Token token, absl::Duration duration);

 private:
  using Clock = std::chrono::steady_clock;

  void Arm();
  void Elapse();

  boost::asio::steady_timer timer_;
  std::function<void(Token)> call_;
  std::multimap<Clock::time_point, Token> waits_;
};

}  // namespace chat77::server
