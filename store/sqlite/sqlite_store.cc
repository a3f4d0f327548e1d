#include "store/sqlite/sqlite_store.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "proto/limits.h"
#include "store/internal/history_pager.h"
#include "store/internal/links.h"
#include "store/internal/refusals.h"
#include "store/sqlite/backup.h"
#include "store/sqlite/database.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/file_lock.h"
#include "store/sqlite/file_mode.h"
#include "store/sqlite/names.h"
#include "store/sqlite/records.h"
#include "store/sqlite/rooms.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/statements.h"
#include "store/sqlite/transaction.h"
#include "store/sqlite/writer.h"

namespace chat77::store::sqlite {
namespace {

// True if `status` concerns one write, false if it concerns the store.
bool IsRefusal(const absl::Status& status) {
  return absl::IsAlreadyExists(status) || absl::IsNotFound(status) ||
         absl::IsPermissionDenied(status) || absl::IsResourceExhausted(status);
}

std::string CacheSize(size_t bytes) {
  // Negative: in KiB.
  return absl::StrCat("PRAGMA cache_size = -", bytes / 1024);
}

class SqliteStore final : public Store {
 public:
  // No lock for a store that is only read.
  SqliteStore(std::optional<FileLock> lock, std::unique_ptr<Database> database,
              Statements statements)
      : lock_(std::move(lock)),
        database_(std::move(database)),
        sql_(std::move(statements)),
        rooms_(sql_),
        writer_(*database_, sql_, rooms_) {}

  absl::StatusOr<Reader*> OpenReader(size_t cache_bytes) override {
    auto database = Database::Open(database_->path(), Database::Mode::kRead);
    if (!database.ok()) return database.status();
    absl::Status status = (*database)->Execute(CacheSize(cache_bytes));
    if (!status.ok()) return status;
    auto statements = Statements::Prepare(**database);
    if (!statements.ok()) return statements.status();
    readers_.push_back(std::make_unique<SqliteStore>(
        std::nullopt, *std::move(database), *std::move(statements)));
    return readers_.back().get();
  }

  absl::StatusOr<std::vector<WriteResult>> Commit(
      absl::Span<const Write> writes) override {
    if (writes.empty()) return std::vector<WriteResult>();
    auto results = CommitAll(writes);
    if (!results.ok()) rooms_.Forget();
    return results;
  }

  absl::StatusOr<Account> FindAccount(std::string_view key) override {
    return ReadOne(sql_.find_account.Query(key), ReadAccount,
                   [key] { return NoSuchAccount(key); });
  }

  absl::StatusOr<Standing> FindStanding(AccountId account) override {
    const auto found =
        ReadOne(sql_.find_account_by_id.Query(account), ReadAccount,
                [account] { return NoAccountNumber(account); });
    if (!found.ok()) return found.status();
    auto blocked = ReadAll(sql_.blocked_by.Query(account), ReadBlocked);
    if (!blocked.ok()) return blocked.status();
    return Standing{.admin = found->admin, .blocked = *std::move(blocked)};
  }

  absl::StatusOr<bool> HasAdmin() override {
    Rows rows = sql_.has_admin.Query();
    const bool found = rows.Next();
    if (!rows.status().ok()) return rows.status();
    return found;
  }

  absl::StatusOr<std::vector<Sanction>> Sanctions(absl::Time now) override {
    return ReadAll(sql_.sanctions_in_force.Query(absl::ToUnixMillis(now)),
                   ReadSanction);
  }

  absl::StatusOr<std::vector<AuditRecord>> AuditRecords(int64_t after_number,
                                                        size_t limit) override {
    return ReadAll(sql_.audit_records.Query(after_number, ToInteger(limit)),
                   ReadAuditRecord);
  }

  absl::StatusOr<LobbyState> OpenLobby() override { return rooms_.OpenLobby(); }

  absl::StatusOr<RoomId> LastRoom() override {
    Rows rows = sql_.last_room.Query();
    if (!rows.Next()) return rows.status();
    return std::max(kLobby, rows.IdAt<RoomId>(0));
  }

  absl::StatusOr<AccountRooms> RoomsOf(AccountId account) override {
    auto links = ReadAll(sql_.links_of.Query(account), ReadLink);
    if (!links.ok()) return links.status();
    auto read = ReadAll(sql_.read_by.Query(account), ReadReadMarker);
    if (!read.ok()) return read.status();
    Sort(*links);
    return AccountRooms{*std::move(links), *std::move(read)};
  }

  absl::StatusOr<HistoryPage> ReadHistory(const HistoryQuery& query) override {
    if (absl::Status status = CheckHistoryQuery(query); !status.ok()) {
      return status;
    }
    constexpr uint64_t kEnd = std::numeric_limits<uint64_t>::max();
    const bool after = query.after_seq.has_value();
    const uint64_t bound =
        after ? *query.after_seq : query.before_seq.value_or(kEnd);
    Statement& sql = after ? sql_.history_after : sql_.history_before;
    Rows rows = sql.Query(query.room, ToInteger(bound));
    HistoryPager pager(query);
    while (rows.Next()) {
      auto message = ReadMessage(query.room, rows);
      if (!message.ok()) return message.status();
      if (!pager.Add(*std::move(message))) break;
    }
    if (!rows.status().ok()) return rows.status();
    HistoryPage page = pager.Finish();
    if (page.messages.empty()) {
      absl::Status status = CheckRoom(query.room);
      if (!status.ok()) return status;
    }
    return page;
  }

  absl::StatusOr<Device> FindDevice(std::string_view token_hash,
                                    absl::Time now) override {
    const int64_t oldest = absl::ToUnixMillis(now - wire::kDeviceLife);
    return ReadOne(sql_.find_device.Query(Blob{token_hash}, oldest), ReadDevice,
                   TokenUnknown);
  }

  absl::StatusOr<std::vector<Device>> Devices(AccountId account) override {
    return ReadAll(sql_.devices_of_account.Query(account), ReadDevice);
  }

  absl::StatusOr<RememberedRequest> FindRequest(RequestKey key) override {
    const auto message_id = static_cast<int64_t>(key.message_id);
    return ReadOne(sql_.find_request.Query(key.account, message_id),
                   ReadRequest,
                   [key] { return NotRemembered(key.message_id); });
  }

  absl::StatusOr<uint64_t> HighestMessageId(AccountId account) override {
    return writer_.HighestMessageId(account);
  }

  absl::StatusOr<std::vector<Stay>> OpenStays() override {
    return ReadAll(sql_.open_stays.Query(), ReadStay);
  }

  absl::StatusOr<int64_t> CloseOpenConnections(
      absl::Time time, std::string_view reason) override {
    return InTransaction<int64_t>(
        [&] { return writer_.CloseOpenConnections(time, reason); });
  }

  absl::StatusOr<absl::Time> NewestTime() override {
    absl::Time newest = absl::InfinitePast();
    for (Statement* sql : {&sql_.newest_use, &sql_.newest_request}) {
      Rows rows = sql->Query();
      if (rows.Next() && !rows.IsNull(0)) {
        newest = std::max(newest, absl::FromUnixMillis(rows.Int(0)));
      }
      if (!rows.status().ok()) return rows.status();
    }
    return newest;
  }

  absl::StatusOr<int64_t> Tidy(absl::Time now) override {
    return InTransaction<int64_t>([&] { return writer_.Tidy(now); });
  }

  absl::StatusOr<std::vector<Account>> AllAccounts() override {
    return ReadAll(sql_.all_accounts.Query(), ReadAccount);
  }

  absl::StatusOr<std::vector<Connection>> AllConnections() override {
    return ReadAll(sql_.all_connections.Query(), ReadConnection);
  }

 private:
  template <typename Record, typename Missing>
  static absl::StatusOr<Record> ReadOne(
      Rows rows, absl::StatusOr<Record> (*read)(const Rows&), Missing missing) {
    if (rows.Next()) return read(rows);
    if (!rows.status().ok()) return rows.status();
    return missing();
  }

  template <typename Record>
  static absl::StatusOr<std::vector<Record>> ReadAll(
      Rows rows, absl::StatusOr<Record> (*read)(const Rows&)) {
    std::vector<Record> all;
    while (rows.Next()) {
      absl::StatusOr<Record> record = read(rows);
      if (!record.ok()) return record.status();
      all.push_back(*std::move(record));
    }
    if (!rows.status().ok()) return rows.status();
    return all;
  }

  // NotFound if there is none.
  absl::Status CheckRoom(RoomId room) {
    Rows rows = sql_.has_room.Query(room);
    if (rows.Next()) return absl::OkStatus();
    return rows.status().ok() ? NoSuchRoom(room) : rows.status();
  }

  // All of `work` or nothing.
  template <typename Result, typename Work>
  absl::StatusOr<Result> InTransaction(Work work) {
    absl::StatusOr<Transaction> transaction = Transaction::Begin(*database_);
    if (!transaction.ok()) return transaction.status();
    absl::StatusOr<Result> result = work();
    if (!result.ok()) return result;
    if (absl::Status status = transaction->Commit(); !status.ok()) {
      return status;
    }
    return result;
  }

  absl::StatusOr<std::vector<WriteResult>> CommitAll(
      absl::Span<const Write> writes) {
    using Results = std::vector<WriteResult>;
    return InTransaction<Results>([&]() -> absl::StatusOr<Results> {
      Results results;
      results.reserve(writes.size());
      for (const Write& write : writes) {
        // A statement that meets a taken key undoes itself alone.
        WriteResult result = writer_.Do(write);
        if (!result.ok() && !IsRefusal(result.status())) return result.status();
        results.push_back(std::move(result));
      }
      return results;
    });
  }

  // In this order: the readers go first, and what remains of the write-ahead
  // log with the one who may write; then the statements, the lock last.
  const std::optional<FileLock> lock_;
  const std::unique_ptr<Database> database_;
  Statements sql_;
  Rooms rooms_;
  Writer writer_;
  std::vector<std::unique_ptr<SqliteStore>> readers_;
};

absl::Status CreateOrCheck(const std::string& path) {
  const absl::StatusOr<bool> exists = DatabaseExists(path);
  if (!exists.ok()) return exists.status();
  return *exists ? CheckDatabase(path) : CreateDatabase(path);
}

absl::Status Configure(Database& database, size_t cache_bytes) {
  const std::string cache = CacheSize(cache_bytes);
  for (const char* pragma :
       {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        // Requests are found by an index that is touched all over: its upper
        // part and a day's busy leaves stay in memory, and a checkpoint has
        // more than one change of a page to write at once.
        cache.c_str(), "PRAGMA wal_autocheckpoint = 4000",
        // A log that grew in a rush is cut again at the next checkpoint.
        "PRAGMA journal_size_limit = 16777216"}) {
    if (absl::Status status = database.Execute(pragma); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Store>> Start(
    std::optional<FileLock> lock, std::unique_ptr<Database> database) {
  absl::StatusOr<Statements> statements = Statements::Prepare(*database);
  if (!statements.ok()) return statements.status();
  return std::make_unique<SqliteStore>(std::move(lock), std::move(database),
                                       *std::move(statements));
}

// Nothing to do for a file of today's schema.
absl::Status PrepareMigration(const Database& database,
                              const MigrationObserver& observer) {
  const auto version = QueryInt(database, "PRAGMA user_version");
  if (!version.ok()) return version.status();
  const auto current = static_cast<int64_t>(Migrations().size());
  if (*version == current) return absl::OkStatus();
  auto backup = BackUpBeforeMigration(database, *version);
  if (!backup.ok()) return backup.status();
  if (observer) {
    observer({database.path(), *version, current, *std::move(backup)});
  }
  return absl::OkStatus();
}

// `path` is real.
absl::StatusOr<std::unique_ptr<Store>> OpenAlone(
    const std::string& path, size_t cache_bytes,
    const MigrationObserver& observer) {
  absl::Status status = CheckPrivate(path);
  if (!status.ok()) return status;
  absl::StatusOr<FileLock> lock = FileLock::Take(path);
  if (!lock.ok()) return lock.status();
  if (status = CreateOrCheck(path); !status.ok()) return status;
  auto database = Database::Open(path, Database::Mode::kWrite);
  if (!database.ok()) return database.status();
  status = PrepareMigration(**database, observer);
  if (status.ok()) status = Configure(**database, cache_bytes);
  if (status.ok()) status = Migrate(**database);
  if (status.ok()) status = RefreshNames(**database);
  if (!status.ok()) return status;
  return Start(*std::move(lock), *std::move(database));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(
    const std::string& path, size_t cache_bytes,
    const MigrationObserver& observer) {
  return OpenAlone(RealPath(path), cache_bytes, observer);
}

absl::StatusOr<std::unique_ptr<Reader>> OpenSqliteStoreForReading(
    const std::string& path, const MigrationObserver& observer) {
  const std::string real = RealPath(path);
  const absl::StatusOr<bool> exists = DatabaseExists(real);
  if (!exists.ok()) return exists.status();
  if (!*exists) {
    return absl::NotFoundError(absl::StrCat("There is no store ", path,
                                            "; name another with "
                                            "--store."));
  }
  // Alone where possible: then the side files are tidied away at the end.
  auto alone = OpenAlone(real, kStoreCacheBytes, observer);
  if (alone.ok()) return *std::move(alone);
  if (!IsStoreInUse(alone.status())) return alone.status();
  auto database = Database::Open(real, Database::Mode::kRead);
  if (!database.ok()) return database.status();
  if (absl::Status status = CheckIdentity(**database); !status.ok()) {
    return status;
  }
  const auto version = QueryInt(**database, "PRAGMA user_version");
  if (!version.ok()) return version.status();
  // An older server has it: only when that is gone can it be migrated.
  if (*version < static_cast<int64_t>(Migrations().size())) return alone;
  return Start(std::nullopt, *std::move(database));
}

}  // namespace chat77::store::sqlite
