// Exclusive use of a store by one process at a time.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace chat77::store::sqlite {

// An flock on the side file "<path>-lock". The kernel lets go of it when the
// process ends in whatever way, so nothing is left to clean up after a kill
// -9; the side file itself stays. SQLite's own locks would also do for
// writing, but held for good they would keep readers out.
class FileLock {
 public:
  // FailedPrecondition (IsStoreInUse) if another holder has it; the sentence
  // names that process.
  static absl::StatusOr<FileLock> Take(const std::string& path);

  FileLock(FileLock&& other) noexcept : descriptor_(other.descriptor_) {
    other.descriptor_ = -1;
  }
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace chat77::store::sqlite
