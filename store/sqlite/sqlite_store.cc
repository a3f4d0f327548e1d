#include "store/sqlite/sqlite_store.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"

#include "store/internal/abseil_view.h"
#include "store/internal/history_pager.h"
#include "store/internal/refusals.h"
#include "store/internal/room_epoch.h"
#include "store/sqlite/database.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/file_lock.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/statements.h"
#include "store/sqlite/transaction.h"

namespace chat77::store::sqlite {
namespace {

// SQLite's integers are signed.
int64_t ToInteger(uint64_t seq) {
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::min(seq, kMax));
}

std::optional<int64_t> ToMillis(const std::optional<absl::Time>& time) {
  if (!time.has_value()) return std::nullopt;
  return absl::ToUnixMillis(*time);
}

Account ReadAccount(const Rows& rows) {
  return Account{.alias = rows.Text(0),
                 .key = rows.Text(1),
                 .password_hash = rows.Text(2),
                 .created_at = absl::FromUnixMillis(rows.Int(3))};
}

Connection ReadConnection(const Rows& rows) {
  Connection connection{.id = rows.Int(0),
                        .alias = rows.Text(1),
                        .address = rows.Text(2),
                        .port = static_cast<uint16_t>(rows.Int(3)),
                        .login_time = absl::FromUnixMillis(rows.Int(4)),
                        .logout_time = std::nullopt,
                        .reason = rows.Text(6)};
  if (!rows.IsNull(5)) {
    connection.logout_time = absl::FromUnixMillis(rows.Int(5));
  }
  return connection;
}

// True if `status` concerns one write, false if it concerns the store.
bool IsRefusal(const absl::Status& status) {
  return absl::IsAlreadyExists(status) || absl::IsNotFound(status);
}

class SqliteStore final : public Store {
 public:
  // No lock for a store that is only read.
  SqliteStore(std::optional<FileLock> lock, std::unique_ptr<Database> database,
              Statements statements)
      : lock_(std::move(lock)),
        database_(std::move(database)),
        sql_(std::move(statements)) {}

  absl::StatusOr<std::vector<WriteResult>> Commit(
      absl::Span<const Write> writes) override {
    if (writes.empty()) return std::vector<WriteResult>();
    auto results = CommitAll(writes);
    // What was counted up is not on disk: read it again when it is needed.
    if (!results.ok()) rooms_.clear();
    return results;
  }

  absl::StatusOr<Account> FindAccount(std::string_view key) override {
    Rows rows = sql_.find_account.Query(key);
    if (rows.Next()) return ReadAccount(rows);
    if (!rows.status().ok()) return rows.status();
    return NoSuchAccount(key);
  }

  absl::StatusOr<RoomState> OpenRoom(std::string_view name) override {
    absl::StatusOr<Room*> room = FindRoom(name);
    if (absl::IsNotFound(room.status())) {
      const auto epoch = static_cast<int64_t>(NewRoomEpoch());
      absl::Status status = sql_.add_room.Run(name, epoch);
      if (!status.ok()) return status;
      room = FindRoom(name);
    }
    if (!room.ok()) return room.status();
    return RoomState{(*room)->epoch, static_cast<uint64_t>((*room)->last_seq)};
  }

  absl::StatusOr<HistoryPage> ReadHistory(const HistoryQuery& query) override {
    if (absl::Status status = CheckHistoryQuery(query); !status.ok()) {
      return status;
    }
    const absl::StatusOr<Room*> room = FindRoom(query.room);
    if (!room.ok()) return room.status();
    constexpr uint64_t kEnd = std::numeric_limits<uint64_t>::max();
    const bool after = query.after_seq.has_value();
    const uint64_t bound =
        after ? *query.after_seq : query.before_seq.value_or(kEnd);
    Statement& sql = after ? sql_.history_after : sql_.history_before;
    Rows rows = sql.Query((*room)->id, ToInteger(bound));
    HistoryPager pager(query);
    while (rows.Next() && pager.Add(ReadMessage(query.room, rows))) {
    }
    if (!rows.status().ok()) return rows.status();
    return pager.Finish();
  }

  absl::StatusOr<int64_t> CloseOpenConnections(
      absl::Time time, std::string_view reason) override {
    absl::Status status =
        sql_.end_open_connections.Run(absl::ToUnixMillis(time), reason);
    if (!status.ok()) return status;
    return sqlite3_changes64(database_->handle());
  }

  absl::StatusOr<std::vector<Account>> AllAccounts() override {
    return ReadAll<Account>(sql_.all_accounts, ReadAccount);
  }

  absl::StatusOr<std::vector<Connection>> AllConnections() override {
    return ReadAll<Connection>(sql_.all_connections, ReadConnection);
  }

 private:
  struct Room {
    int64_t id = 0;
    uint64_t epoch = 0;
    int64_t last_seq = 0;
  };

  static Message ReadMessage(const std::string& room, const Rows& rows) {
    return Message{.room = room,
                   .seq = static_cast<uint64_t>(rows.Int(0)),
                   .time = absl::FromUnixMillis(rows.Int(1)),
                   .alias = rows.Text(2),
                   .text = rows.Text(3)};
  }

  template <typename Record>
  static absl::StatusOr<std::vector<Record>> ReadAll(
      Statement& statement, Record (*read)(const Rows&)) {
    std::vector<Record> all;
    Rows rows = statement.Query();
    while (rows.Next()) all.push_back(read(rows));
    if (!rows.status().ok()) return rows.status();
    return all;
  }

  absl::StatusOr<std::vector<WriteResult>> CommitAll(
      absl::Span<const Write> writes) {
    absl::StatusOr<Transaction> transaction = Transaction::Begin(*database_);
    if (!transaction.ok()) return transaction.status();
    std::vector<WriteResult> results;
    results.reserve(writes.size());
    for (const Write& write : writes) {
      // A statement that meets a taken key undoes itself alone.
      WriteResult result =
          std::visit([this](const auto& one) { return Do(one); }, write);
      if (!result.ok() && !IsRefusal(result.status())) return result.status();
      results.push_back(std::move(result));
    }
    if (absl::Status status = transaction->Commit(); !status.ok()) {
      return status;
    }
    return results;
  }

  WriteResult Do(const CreateAccount& write) {
    const Account& account = write.account;
    absl::Status status =
        sql_.add_account.Run(account.alias, account.key, account.password_hash,
                             absl::ToUnixMillis(account.created_at));
    if (absl::IsAlreadyExists(status)) return AliasTaken(account.alias);
    if (!status.ok()) return status;
    return 0;
  }

  WriteResult Do(const AddConnection& write) {
    const Connection& added = write.connection;
    absl::Status status =
        sql_.add_connection.Run(added.alias, added.address, int64_t{added.port},
                                absl::ToUnixMillis(added.login_time),
                                ToMillis(added.logout_time), added.reason);
    if (!status.ok()) return status;
    return sqlite3_last_insert_rowid(database_->handle());
  }

  WriteResult Do(const RecordLogin& write) {
    return Do(AddConnection{{.id = 0,
                             .alias = write.alias,
                             .address = write.address,
                             .port = write.port,
                             .login_time = write.time,
                             .logout_time = std::nullopt,
                             .reason = ""}});
  }

  WriteResult Do(const RecordLogout& write) {
    absl::Status status = sql_.end_connection.Run(
        absl::ToUnixMillis(write.time), write.reason, write.id);
    if (!status.ok()) return status;
    if (sqlite3_changes64(database_->handle()) == 0) {
      return NoOpenConnection(write.id);
    }
    return 0;
  }

  WriteResult Do(const AppendMessage& write) {
    const Message& message = write.message;
    const absl::StatusOr<Room*> room = FindRoom(message.room);
    if (!room.ok()) return room.status();
    const int64_t seq = (*room)->last_seq + 1;
    absl::Status status = sql_.append_message.Run(
        (*room)->id, seq, absl::ToUnixMillis(message.time), message.alias,
        message.text);
    if (absl::IsAlreadyExists(status)) {
      return absl::DataLossError(
          absl::StrCat("Another program wrote messages to the store ",
                       database_->path(), "; restart the server."));
    }
    if (!status.ok()) return status;
    (*room)->last_seq = seq;
    return seq;
  }

  // Valid until the next call.
  absl::StatusOr<Room*> FindRoom(std::string_view name) {
    const auto known = rooms_.find(ToAbseil(name));
    if (known != rooms_.end()) return &known->second;
    Rows rows = sql_.find_room.Query(name);
    if (rows.Next()) {
      return &(rooms_[ToAbseil(name)] =
                   Room{.id = rows.Int(0),
                        .epoch = static_cast<uint64_t>(rows.Int(1)),
                        .last_seq = rows.Int(2)});
    }
    if (!rows.status().ok()) return rows.status();
    return NoSuchRoom(name);
  }

  // In this order: the statements go first, the lock last.
  const std::optional<FileLock> lock_;
  const std::unique_ptr<Database> database_;
  Statements sql_;
  absl::flat_hash_map<std::string, Room> rooms_;
};

// The file itself, so that its side files are found through any link.
std::string RealPath(const std::string& path) {
  std::error_code error;
  const auto real = std::filesystem::weakly_canonical(
      std::filesystem::absolute(path, error), error);
  return error ? path : real.string();
}

absl::Status CreateOrCheck(const std::string& path) {
  const absl::StatusOr<bool> exists = DatabaseExists(path);
  if (!exists.ok()) return exists.status();
  return *exists ? CheckDatabase(path) : CreateDatabase(path);
}

absl::Status Configure(Database& database) {
  for (const char* pragma :
       {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
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

// `path` is real.
absl::StatusOr<std::unique_ptr<Store>> OpenAlone(const std::string& path,
                                                 bool may_write) {
  absl::StatusOr<FileLock> lock = FileLock::Take(path);
  if (!lock.ok()) return lock.status();
  if (absl::Status status = CreateOrCheck(path); !status.ok()) return status;
  auto database = Database::Open(path, Database::Mode::kWrite);
  if (!database.ok()) return database.status();
  absl::Status status = Configure(**database);
  if (status.ok()) status = Migrate(**database);
  if (status.ok() && !may_write) {
    status = (*database)->Execute("PRAGMA query_only = ON");
  }
  if (!status.ok()) return status;
  return Start(*std::move(lock), *std::move(database));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(
    const std::string& path) {
  return OpenAlone(RealPath(path), true);
}

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStoreForReading(
    const std::string& path) {
  const std::string real = RealPath(path);
  const absl::StatusOr<bool> exists = DatabaseExists(real);
  if (!exists.ok()) return exists.status();
  if (!*exists) {
    return absl::NotFoundError(absl::StrCat("There is no store ", path,
                                            "; name another with "
                                            "--store."));
  }
  // Alone where possible: then the side files are tidied away at the end.
  auto alone = OpenAlone(real, false);
  if (!IsStoreInUse(alone.status())) return alone;
  auto database = Database::Open(real, Database::Mode::kRead);
  if (!database.ok()) return database.status();
  if (absl::Status status = CheckIdentity(**database); !status.ok()) {
    return status;
  }
  return Start(std::nullopt, *std::move(database));
}

}  // namespace chat77::store::sqlite
