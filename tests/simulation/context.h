// What every part of one simulated run shares.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/limits/moment.h"
#include "tests/simulation/event_queue.h"
#include "tests/simulation/random.h"
#include "tests/simulation/trace.h"

namespace chat77::simulation {

struct Context {
  Context(uint64_t seed, bool print) : random(seed), trace(print) {}

  EventQueue queue;
  Random random;
  Trace trace;
  // How often what happened, by name: a run that tests nothing shows.
  std::map<std::string, uint64_t> counts;
  // The first broken invariant, one sentence; empty: none.
  std::string failure;

  // By how much the wall clock of the server's machine is wrong.
  absl::Duration wall_step;

  absl::Time now() const { return queue.now(); }
  // The clocks of the server's machine. The steady one is the virtual clock.
  server::Moment server_now() const {
    return {queue.now() + wall_step,
            server::SteadyTime::AfterZero(queue.now() - absl::UnixEpoch())};
  }
  absl::Duration elapsed() const { return queue.now() - start; }
  void Count(const std::string& what, uint64_t more = 1) {
    counts[what] += more;
  }
  template <class... Pieces>
  void Note(const Pieces&... pieces) {
    trace.Add(elapsed(), absl::StrCat(pieces...));
  }
  // For `invariant` (1 to 5 as numbered in README.md, or a word).
  template <class... Pieces>
  void Fail(const std::string& invariant, const Pieces&... pieces) {
    if (!failure.empty()) return;
    failure = absl::StrCat("invariant ", invariant, ": ", pieces...);
    Note("FAILED ", failure);
  }

 private:
  const absl::Time start = EventQueue().now();
};

}  // namespace chat77::simulation
