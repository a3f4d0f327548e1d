// Whether what a database holds is what was written. SQLite's own checks see
// broken pages and indexes; the checksums see flipped bits in the records.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "store/maintenance.h"
#include "store/sqlite/database.h"

namespace chat77::store::sqlite {

// Everything. DataLoss with the first fault. Takes about 1 s for 100 MiB.
absl::StatusOr<StoreCounts> CheckEverything(const Database& database);

// The structure of all pages, and the records written last: for files that are
// large, about 0.4 s for 100 MiB.
absl::Status CheckPages(const Database& database);

// The tables without which nobody can log in, and the records written last:
// takes the same time for a store of any size.
absl::Status CheckNewest(const Database& database);

}  // namespace chat77::store::sqlite
