// Keeps the process within its budget of memory by looking at it: what is
// bounded by construction (logs, outboxes, tables, passwords) has
// its shares of the budget, and the rest (connections, TLS, the store's cache,
// what the allocator keeps) is measured.
//
// At 80 % of the budget new connections are refused, at 90 % logins too; each
// again from 5 % below that. What the allocator holds and nobody uses is given
// back to the system every kQuietPause, above 60 % every kTrimPause: a crowd
// that came and went leaves nothing behind.
#pragma once

#include <cstddef>
#include <optional>

#include "absl/time/time.h"

#include "server/core/overload.h"

namespace chat77::server {

// Bytes of the process that no file backs (resident less shared, from
// /proc/self/statm); nothing where there is no such file.
std::optional<size_t> MeasuredBytes();

class MemoryGuard {
 public:
  static constexpr absl::Duration kTrimPause = absl::Seconds(5);
  static constexpr absl::Duration kQuietPause = absl::Seconds(10);

  explicit MemoryGuard(size_t budget) : budget_(budget) {}

  // So much is in use now. What is to be refused.
  Overload Judge(size_t used);
  // Whether to give back what is free; notes that it was done.
  bool ShouldTrim(size_t used, absl::Time now);

  size_t budget() const { return budget_; }

 private:
  double Share(size_t used) const {
    return static_cast<double>(used) / static_cast<double>(budget_);
  }

  const size_t budget_;
  Overload level_ = Overload::kNone;
  absl::Time trimmed_ = absl::InfinitePast();
};

}  // namespace chat77::server
