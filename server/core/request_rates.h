// How much one user may ask for, by kind of request. What is too much is
// refused with when to try again, and nothing is done.
//
// Pure. The defaults leave room for anybody who types, pastes and scrolls
// (Ergo's fakelag: 2 commands a second after 5 at once); the bytes bound what
// one user makes the server write to all the others, and send back to them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

#include "chat77/v1/envelope.pb.h"
#include "proto/ids.h"
#include "server/limits/moment.h"
#include "server/limits/token_bucket.h"

namespace chat77::server {

struct RequestRates {
  Rate texts = {4, 40};  // messages and private texts
  Rate text_bytes = {16 * 1024, 128 * 1024};
  // Requests for a private chat. One that is rejected has cost two.
  Rate asks = {1.0 / 60, 10};
  Rate reads = {5, 60};  // history and lists
  Rate read_bytes = {256 * 1024, 4 * 1024 * 1024};
  Rate others = {2, 40};
  Rate lookups = {10, 100};  // of requests that may be repeats, in the store
};

class RequestBudget {
 public:
  // Zero: it may be asked, and is paid for. Else how long to wait.
  absl::Duration Take(const chat77::v1::ClientFrame& request,
                      const RequestRates& rates, SteadyTime now);
  // The same for a look in the store whether a request is a repeat. It has a
  // bucket of its own: what turns out new is paid for as well, and repeats must
  // not take what that needs.
  absl::Duration TakeLookup(const RequestRates& rates, SteadyTime now);
  // What a reply came to, known only afterwards.
  void ChargeRead(size_t bytes, const RequestRates& rates, SteadyTime now);
  void ChargeRejection(const RequestRates& rates, SteadyTime now);
  bool IsFull(SteadyTime now) const;

 private:
  TokenBucket texts_;
  TokenBucket text_bytes_;
  TokenBucket asks_;
  TokenBucket reads_;
  TokenBucket read_bytes_;
  TokenBucket others_;
  TokenBucket lookups_;
};

// What accounts had left when they went, so that coming again is no way to ask
// for more. Bounded; who is forgotten has a full budget.
class SpentBudgets {
 public:
  static constexpr size_t kMost = 4096;

  void Keep(AccountId account, const RequestBudget& budget, SteadyTime now);
  // And forgets it.
  RequestBudget Take(AccountId account);
  size_t size() const { return budgets_.size(); }

 private:
  absl::flat_hash_map<AccountId, RequestBudget> budgets_;
};

}  // namespace chat77::server
