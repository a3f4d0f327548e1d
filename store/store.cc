#include "store/store.h"

#include <string>

#include "store/sqlite/sqlite_store.h"

namespace chat77::store {
namespace {

absl::Status NoName() {
  return absl::InvalidArgumentError(
      "A store needs a name; give --store a path, or memory: for none.");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenStore(
    std::string_view where, size_t cache_bytes,
    const MigrationObserver& observer) {
  if (where.empty()) return NoName();
  if (where == "memory:") return OpenMemoryStore();
  return sqlite::OpenSqliteStore(std::string(where), cache_bytes, observer);
}

absl::StatusOr<std::unique_ptr<Reader>> OpenStoreForReading(
    std::string_view path, const MigrationObserver& observer) {
  if (path.empty()) return NoName();
  return sqlite::OpenSqliteStoreForReading(std::string(path), observer);
}

}  // namespace chat77::store
