// The file of a store before it is opened for good: made whole or not at all,
// judged without a byte of it being changed.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "store/sqlite/database.h"

namespace chat77::store::sqlite {

// A start is to take no longer than two seconds. Files below the first are
// read through at every opening, to the last checksum (a second at most); of
// larger ones that the last process did not close, the pages; beyond the second
// only what is needed most.
inline constexpr int64_t kCheckAllBytes = int64_t{64} << 20;
inline constexpr int64_t kCheckPagesBytes = int64_t{256} << 20;

// The file itself, so that its side files are found through any link. What
// follows takes such paths.
std::string RealPath(const std::string& path);

// True if there is a store at `path` to open; false if there is nothing, so
// that a new one may be made. DataLoss for an empty file, and if the database
// is gone but its write-ahead log is there, which a new one would erase.
absl::StatusOr<bool> DatabaseExists(const std::string& path);

// Makes a new store, mode 0600, beside `path` and then puts it there: whoever
// is interrupted leaves no half-made store. The caller holds the lock.
absl::Status CreateDatabase(const std::string& path);

// OK if the file is a sound chat77 store of a schema known here. Opened read-
// only; the database and its log stay byte for byte as they were. The caller
// holds the lock.
//   DataLoss            no database, cut short, damaged
//   FailedPrecondition  another program's database, or a newer chat77's
absl::Status CheckDatabase(const std::string& path);

// Makes a renaming in the folder of `path` last.
absl::Status SyncFolder(const std::string& path);

// The part of it that is cheap: whose file, which version.
absl::Status CheckIdentity(const Database& database);

}  // namespace chat77::store::sqlite
