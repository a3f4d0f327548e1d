// What chat77 remembers: accounts, devices, connections, rooms, links between
// accounts, what became of requests, and what admins did. Blocking interfaces,
// one for each concern; the server calls them from its store threads, the tools
// directly. Take the narrowest.
//
//   Ledger            what is written, and what a start finds
//   AccountReader, HistoryReader, ModerationReader, ExportReader
//                     what is read; together they are a Reader
//   Upkeep            forgetting
//
// Errors of all of them:
//   AlreadyExists      a key that is taken, a name that looks like another
//   NotFound           no such account, connection, device, request, room or
//                      sanction
//   PermissionDenied   an invitation that is not one
//   ResourceExhausted  one more than an account may have
//   DataLoss           the store is damaged; it was left as it is
//   FailedPrecondition made by a newer chat77, open to other users of the
//                      machine, or in use by another process (IsStoreInUse)
//   InvalidArgument    a query that contradicts itself
//   Unavailable        the disk refused (full, read-only, failing); nothing of
//                      the commit was kept, and a later one may succeed
//   Internal           the store's own SQL is wrong: a bug
// Every message is one sentence that names the store and says what to do.
//
// tests/support/store_contract.h holds what every implementation must do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "store/ledger.h"
#include "store/model.h"
#include "store/reader.h"
#include "store/upkeep.h"

namespace chat77::store {

// Of a store's pages, in memory.
inline constexpr size_t kStoreCacheBytes = 32 * 1024 * 1024;

// Used by one thread at a time; owns what it needs. Another thread may read
// beside it, by OpenReader.
class Store : public Ledger, public Reader, public Upkeep {
 public:
  // Another way to read the same store, for one other thread, beside whatever
  // is called here. It belongs to this store and goes with it. Keeps at most
  // `cache_bytes` of pages in memory, beside those of the store.
  virtual absl::StatusOr<Reader*> OpenReader(size_t cache_bytes) = 0;
};

// A store in memory, gone with the object: the reference, and for tests.
std::unique_ptr<Store> OpenMemoryStore();

// A file of an older schema that is about to be migrated.
struct Migration {
  std::string path;
  int64_t from = 0;  // schemas: store/SCHEMA.md
  int64_t to = 0;
  std::string backup;  // the file that holds the store as it was
};
// Called on the thread that opens a store, when the backup is on disk and
// before the migration begins.
using MigrationObserver = std::function<void(const Migration&)>;

// Opens (and makes, or migrates forward) the store a --store flag names:
// "memory:" or the path of an SQLite file.
// One process at a time has a file: FailedPrecondition for the second.
// Keeps at most `cache_bytes` of its pages in memory.
// A file of an older schema is backed up before it is migrated (SCHEMA.md); if
// that fails, the error says why, and the file keeps its schema.
absl::StatusOr<std::unique_ptr<Store>> OpenStore(
    std::string_view where, size_t cache_bytes = kStoreCacheBytes,
    const MigrationObserver& observer = nullptr);

// Opens the SQLite file `path`, which must exist (NotFound), also while a
// server has it. Then it shows what is committed. Migrates a file of an older
// schema as OpenStore does, unless a server has it: IsStoreInUse then.
absl::StatusOr<std::unique_ptr<Reader>> OpenStoreForReading(
    std::string_view path, const MigrationObserver& observer = nullptr);

// True for the refusal of a store that another process has.
bool IsStoreInUse(const absl::Status& status);

}  // namespace chat77::store
