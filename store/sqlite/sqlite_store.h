// The Store in an SQLite file. Write-ahead log, synchronous=FULL: a Commit is
// on disk when it returns. store/SCHEMA.md holds the tables.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "store/store.h"

namespace chat77::store::sqlite {

// Opens `path`, or makes it, as OpenStore does. This process has it alone until
// the Store goes.
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(
    const std::string& path, size_t cache_bytes,
    const MigrationObserver& observer);

// As OpenStoreForReading.
absl::StatusOr<std::unique_ptr<Reader>> OpenSqliteStoreForReading(
    const std::string& path, const MigrationObserver& observer);

}  // namespace chat77::store::sqlite
