// What admins did. Errors as in store/store.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "store/moderation.h"

namespace chat77::store {

// Used by one thread at a time.
class ModerationReader {
 public:
  virtual ~ModerationReader() = default;

  // Those in force at `now`, in order of number.
  virtual absl::StatusOr<std::vector<Sanction>> Sanctions(absl::Time now) = 0;
  // In order of number, at most `limit`. Whether they are as they were written:
  // VerifyAudit (store/audit.h).
  virtual absl::StatusOr<std::vector<AuditRecord>> AuditRecords(
      int64_t after_number, size_t limit) = 0;
};

}  // namespace chat77::store
