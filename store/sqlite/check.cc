#include "store/sqlite/check.h"

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"

#include "store/audit.h"
#include "store/sqlite/records.h"
#include "store/sqlite/statement.h"
#include "store/sqlite/statements.h"

namespace chat77::store::sqlite {
namespace {

// How many messages of each room CheckNewest looks at.
constexpr int64_t kNewest = 10'000;

absl::Status Damaged(const Database& database, const std::string& fault) {
  return absl::DataLossError(absl::StrCat("The store ", database.path(),
                                          " is damaged (", fault,
                                          "); put a backup in its place."));
}

// One of SQLite's own checks, which answer "ok" or with a fault.
absl::Status RunCheck(const Database& database, const std::string& pragma) {
  auto statement = Statement::Prepare(database, pragma);
  if (!statement.ok()) return statement.status();
  Rows rows = statement->Query();
  if (!rows.Next()) return rows.status();
  const std::string verdict = rows.Text(0);
  return verdict == "ok" ? absl::OkStatus() : Damaged(database, verdict);
}

absl::Status CheckReferences(const Database& database) {
  auto statement = Statement::Prepare(database, "PRAGMA foreign_key_check");
  if (!statement.ok()) return statement.status();
  Rows rows = statement->Query();
  if (!rows.Next()) return rows.status();
  return Damaged(database,
                 absl::StrCat("a row of ", rows.Text(0),
                              " points at nothing in ", rows.Text(2)));
}

// What to select for a column that came with `version`.
absl::StatusOr<std::string> ColumnSince(const Database& database,
                                        int64_t version,
                                        const std::string& column,
                                        const std::string& before) {
  const auto of_file = QueryInt(database, "PRAGMA user_version");
  if (!of_file.ok()) return of_file.status();
  return *of_file < version ? before : column;
}

absl::StatusOr<std::string> ChecksumColumn(const Database& database) {
  return ColumnSince(database, 2, "crc32", "NULL");
}

absl::Status CheckAccounts(const Database& database) {
  const auto checksum = ChecksumColumn(database);
  if (!checksum.ok()) return checksum.status();
  const auto admin = ColumnSince(database, 3, "admin", "0");
  if (!admin.ok()) return admin.status();
  auto statement = Statement::Prepare(
      database, absl::StrCat("SELECT id, alias, key, password_hash, "
                             "created_ms, ",
                             *checksum, ", ", *admin, " FROM accounts"));
  if (!statement.ok()) return statement.status();
  Rows rows = statement->Query();
  while (rows.Next()) {
    const auto account = ReadAccount(rows);
    if (!account.ok()) return account.status();
  }
  return rows.status();
}

// The newest messages of one room, and that none is missing among them.
absl::Status CheckRoom(const Database& database, int64_t room,
                       const std::string& name, int64_t newest,
                       StoreCounts& counts) {
  const auto checksum = ChecksumColumn(database);
  if (!checksum.ok()) return checksum.status();
  const auto account = ColumnSince(database, 5, "account", "NULL");
  if (!account.ok()) return account.status();
  auto statement = Statement::Prepare(
      database,
      absl::StrCat("SELECT seq, time_ms, alias, text, ", *checksum, ", ",
                   *account,
                   " FROM messages WHERE room = ? ORDER BY seq DESC LIMIT ?"));
  if (!statement.ok()) return statement.status();
  Rows rows = statement->Query(room, newest);
  int64_t read = 0;
  int64_t expected = 0;
  while (rows.Next()) {
    if (read++ == 0) expected = rows.Int(0);
    if (rows.Int(0) != expected) {
      return Damaged(database, absl::StrCat("message ", expected, " of ", name,
                                            " is missing"));
    }
    const auto message = ReadMessage(name, room, rows);
    if (!message.ok()) return message.status();
    counts.without_checksum += rows.IsNull(4) ? 1 : 0;
    --expected;
  }
  if (!rows.status().ok()) return rows.status();
  counts.messages += read;
  if (read < newest && expected != 0) {
    return Damaged(database, absl::StrCat("message ", expected, " of ", name,
                                          " is missing"));
  }
  return absl::OkStatus();
}

absl::Status CheckRooms(const Database& database, int64_t newest,
                        StoreCounts& counts) {
  auto statement = Statement::Prepare(database, "SELECT id, name FROM rooms");
  if (!statement.ok()) return statement.status();
  Rows rows = statement->Query();
  while (rows.Next()) {
    absl::Status status =
        CheckRoom(database, rows.Int(0), rows.Text(1), newest, counts);
    if (!status.ok()) return status;
  }
  return rows.status();
}

// 0 for one that an older version does not have.
absl::StatusOr<int64_t> HasTable(const Database& database,
                                 const std::string& table) {
  return QueryInt(database, absl::StrCat("SELECT count(*) FROM sqlite_schema "
                                         "WHERE type = 'table' AND name = '",
                                         table, "'"));
}

absl::StatusOr<int64_t> Count(const Database& database,
                              const std::string& table) {
  auto there = HasTable(database, table);
  if (!there.ok() || *there == 0) return there;
  return QueryInt(database, absl::StrCat("SELECT count(*) FROM ", table));
}

absl::Status CheckAudit(const Database& database) {
  const auto there = HasTable(database, "audit");
  if (!there.ok() || *there == 0) return there.status();
  auto statement = Statement::Prepare(database, kAuditRecords);
  if (!statement.ok()) return statement.status();
  Rows rows = statement->Query(int64_t{0}, std::numeric_limits<int64_t>::max());
  AuditChain chain;
  while (rows.Next()) {
    const auto record = ReadAuditRecord(rows);
    if (!record.ok()) return record.status();
    if (absl::Status status = chain.Add(*record); !status.ok()) {
      return Damaged(database, std::string(status.message()));
    }
  }
  return rows.status();
}

absl::Status CountRows(const Database& database, StoreCounts& counts) {
  const struct {
    const char* table;
    int64_t* rows;
  } tables[] = {{"accounts", &counts.accounts},
                {"connections", &counts.connections},
                {"devices", &counts.devices},
                {"requests", &counts.requests},
                {"blocks", &counts.blocks},
                {"sanctions", &counts.sanctions},
                {"invitations", &counts.invitations},
                {"audit", &counts.audit_records}};
  for (const auto& [table, rows] : tables) {
    const auto count = Count(database, table);
    if (!count.ok()) return count.status();
    *rows = *count;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<StoreCounts> CheckEverything(const Database& database) {
  StoreCounts counts;
  absl::Status status = RunCheck(database, "PRAGMA integrity_check(1)");
  if (status.ok()) status = CheckReferences(database);
  if (status.ok()) status = CheckAccounts(database);
  if (status.ok()) status = CheckAudit(database);
  if (status.ok()) {
    status = CheckRooms(database, std::numeric_limits<int64_t>::max(), counts);
  }
  if (status.ok()) status = CountRows(database, counts);
  if (!status.ok()) return status;
  return counts;
}

absl::Status CheckPages(const Database& database) {
  absl::Status status = RunCheck(database, "PRAGMA quick_check(1)");
  if (!status.ok()) return status;
  StoreCounts counts;
  return CheckRooms(database, kNewest, counts);
}

absl::Status CheckNewest(const Database& database) {
  for (const char* table : {"rooms", "accounts"}) {
    absl::Status status =
        RunCheck(database, absl::StrCat("PRAGMA quick_check(", table, ")"));
    if (!status.ok()) return status;
  }
  StoreCounts counts;
  return CheckRooms(database, kNewest, counts);
}

}  // namespace chat77::store::sqlite
