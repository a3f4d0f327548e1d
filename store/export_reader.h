// Everything, oldest first (by created_at or login_time, then in the order of
// writing): for import, export and the legacy mirror. Errors as in
// store/store.h.
#pragma once

#include <vector>

#include "absl/status/statusor.h"

#include "store/model.h"

namespace chat77::store {

// Used by one thread at a time.
class ExportReader {
 public:
  virtual ~ExportReader() = default;

  virtual absl::StatusOr<std::vector<Account>> AllAccounts() = 0;
  virtual absl::StatusOr<std::vector<Connection>> AllConnections() = 0;
};

}  // namespace chat77::store
