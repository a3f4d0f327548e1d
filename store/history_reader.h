// What was said, and which requests were carried out. Errors as in
// store/store.h.
#pragma once

#include "absl/status/statusor.h"

#include "store/model.h"

namespace chat77::store {

// Used by one thread at a time.
class HistoryReader {
 public:
  virtual ~HistoryReader() = default;

  // NotFound if there is no such room.
  virtual absl::StatusOr<HistoryPage> ReadHistory(
      const HistoryQuery& query) = 0;

  // NotFound if it is not remembered.
  virtual absl::StatusOr<RememberedRequest> FindRequest(RequestKey key) = 0;
};

}  // namespace chat77::store
