// What chat77 remembers: accounts, devices, connections, messages, what became
// of requests, and what admins did. A blocking interface; the server calls it
// from its store thread, the tools directly.
//
// A Store is used by one thread at a time and owns what it needs. Errors:
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

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "store/model.h"

namespace chat77::store {

// What came of one write, or why this one alone was refused (AlreadyExists,
// NotFound, PermissionDenied, ResourceExhausted). A refusal is not remembered:
// the same request may succeed later.
using WriteResult = absl::StatusOr<Written>;

// Of a store's pages, in memory.
inline constexpr size_t kStoreCacheBytes = 32 * 1024 * 1024;
// The most rows one Tidy changes.
inline constexpr int64_t kTidyRows = 500;
// How exactly Device::used_at follows a connection that stays open.
inline constexpr absl::Duration kDeviceUse = absl::Hours(24);

class Store {
 public:
  virtual ~Store() = default;

  // Carries out `writes` in order as one transaction, on disk when it returns.
  // A write that is refused leaves no trace and does not disturb the others.
  // An error of the whole means that nothing was written, no seq was used and
  // no request is remembered. A request that is remembered, be it from earlier
  // in the same `writes`, is not carried out again: see Written::repeated.
  virtual absl::StatusOr<std::vector<WriteResult>> Commit(
      absl::Span<const Write> writes) = 0;

  virtual absl::StatusOr<Account> FindAccount(std::string_view key) = 0;

  // What a login needs to know of an account. NotFound if it is not there.
  virtual absl::StatusOr<Standing> FindStanding(int64_t account) = 0;
  // Whether anybody is an admin.
  virtual absl::StatusOr<bool> HasAdmin() = 0;
  // Those in force at `now`, in order of number.
  virtual absl::StatusOr<std::vector<Sanction>> Sanctions(absl::Time now) = 0;
  // In order of number, at most `limit`. Whether they are as they were written:
  // VerifyAudit (store/audit.h).
  virtual absl::StatusOr<std::vector<AuditRecord>> AuditRecords(
      int64_t after_number, size_t limit) = 0;

  // The room, made on the first call.
  virtual absl::StatusOr<RoomState> OpenRoom(std::string_view room) = 0;

  virtual absl::StatusOr<HistoryPage> ReadHistory(
      const HistoryQuery& query) = 0;

  // By the hash of its token. NotFound if there is none, or
  // wire::kDeviceLife has passed since its last use.
  virtual absl::StatusOr<Device> FindDevice(std::string_view token_hash,
                                            absl::Time now) = 0;
  // Those of an account, in order of number.
  virtual absl::StatusOr<std::vector<Device>> Devices(int64_t account) = 0;

  // NotFound if it is not remembered.
  virtual absl::StatusOr<RememberedRequest> FindRequest(RequestKey key) = 0;
  // Of the requests of an account that are remembered; 0 if there is none.
  virtual absl::StatusOr<uint64_t> HighestMessageId(int64_t account) = 0;

  // For a start, also after a crash, in this order: OpenStays, OpenPairs,
  // CloseOpenConnections.
  //
  // The open connections that have a device, in order of id.
  virtual absl::StatusOr<std::vector<Stay>> OpenStays() = 0;
  // The pairs of open connections, with a device or without, in order of
  // (first, second).
  virtual absl::StatusOr<std::vector<PrivatePair>> OpenPairs() = 0;
  // Gives every open connection without a device a logout, and deletes the
  // pairs that have such a connection on either side; returns how many
  // connections.
  virtual absl::StatusOr<int64_t> CloseOpenConnections(
      absl::Time time, std::string_view reason) = 0;

  // The newest use of a device, or request that is remembered: no `now` that a
  // caller gives a Tidy should be earlier. InfinitePast if there is neither.
  virtual absl::StatusOr<absl::Time> NewestTime() = 0;

  // Notes, to kDeviceUse, that the devices of open connections are in use;
  // deletes requests older than wire::kRequestMemory, in the order in which
  // they came, devices past wire::kDeviceLife, and what has expired of
  // invitations and sanctions (never of the audit log): kTidyRows at most, so
  // that it never holds up a commit. Returns how many; kTidyRows means call
  // again.
  virtual absl::StatusOr<int64_t> Tidy(absl::Time now) = 0;

  // Everything, oldest first (by created_at or login_time, then in the order
  // of writing): for export and the legacy mirror.
  virtual absl::StatusOr<std::vector<Account>> AllAccounts() = 0;
  virtual absl::StatusOr<std::vector<Connection>> AllConnections() = 0;
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
// server has it. Then it shows what is committed and refuses every write.
// Migrates a file of an older schema as OpenStore does, unless a server has it:
// IsStoreInUse then.
absl::StatusOr<std::unique_ptr<Store>> OpenStoreForReading(
    std::string_view path, const MigrationObserver& observer = nullptr);

// True for the refusal of a store that another process has.
bool IsStoreInUse(const absl::Status& status);

}  // namespace chat77::store
