// Exclusive use of a store by one process at a time.
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace chat77::store::sqlite {

// An flock on the side file "<path>-lock". The kernel lets go of it when the
// process ends in whatever way: after a kill -9 only the side file is left,
// and it is no obstacle. SQLite's own locks would also do for writing, but
// held for good they would keep readers out.
class FileLock {
 public:
  // FailedPrecondition (IsStoreInUse) if another holder has it; the sentence
  // names that process.
  static absl::StatusOr<FileLock> Take(const std::string& path);

  FileLock(FileLock&& other) noexcept
      : descriptor_(other.descriptor_),
        side_(std::move(other.side_)),
        held_(other.held_) {
    other.descriptor_ = -1;
  }
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  FileLock(int descriptor, std::string side)
      : descriptor_(descriptor), side_(std::move(side)) {}

  // False if another holder took the file away before it could be locked.
  bool IsOnSideFile() const;

  int descriptor_;  // -1 once moved from
  std::string side_;
  bool held_ = false;
};

}  // namespace chat77::store::sqlite
