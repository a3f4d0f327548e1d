// The requests that a store in memory remembers.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "store/model.h"

namespace chat77::store {

class MemoryRequests {
 public:
  // NotFound if it is not remembered.
  absl::StatusOr<RememberedRequest> Find(RequestKey key) const;
  // Of that account; 0 if there is none.
  uint64_t HighestMessageId(AccountId account) const;
  // What came of it, if it was carried out before.
  std::optional<Written> Repeated(RequestKey key) const;
  // Nothing without a message id. `at`: by the calendar, how old it is.
  void Remember(RequestKey key, RememberedRequest request, absl::Time at);
  // Of the last one; InfinitePast if there is none.
  absl::Time newest() const;

  // Deletes those from before `oldest`, in the order in which they came and
  // `most` at most; returns how many.
  int64_t Forget(absl::Time oldest, int64_t most);

 private:
  using Key = std::pair<AccountId, uint64_t>;
  struct Noted {
    RememberedRequest request;
    absl::Time at;
  };

  absl::btree_map<Key, Noted> requests_;
  std::deque<Key> order_;
};

}  // namespace chat77::store
