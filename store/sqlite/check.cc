#include "store/sqlite/check.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "store/audit.h"
#include "store/sqlite/records.h"
#include "store/sqlite/statement.h"
#include "store/sqlite/statements.h"

namespace chat77::store::sqlite {
namespace {

// What is looked at of a large store: of the lobby so many messages, and so
// many of each of the newest rooms.
constexpr int64_t kNewestMessages = 10'000;
constexpr int64_t kNewestRooms = 100;
constexpr int64_t kNewestInARoom = 100;

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

// The columns of messages as ReadMessage wants them.
absl::StatusOr<std::string> MessageColumns(const Database& database) {
  const auto checksum = ChecksumColumn(database);
  if (!checksum.ok()) return checksum.status();
  const auto account = ColumnSince(database, 5, "account", "NULL");
  if (!account.ok()) return account.status();
  const auto kind = ColumnSince(database, 6, "kind", "0");
  if (!kind.ok()) return kind.status();
  return absl::StrCat("seq, time_ms, alias, text, ", *checksum, ", ", *account,
                      ", ", *kind);
}

absl::Status Missing(const Database& database, int64_t seq, RoomId room) {
  return Damaged(database, absl::StrCat("message ", seq, " of room ", room,
                                        " is missing"));
}

// All messages, and that none is missing, in one pass.
absl::Status CheckMessages(const Database& database, StoreCounts& counts) {
  const auto columns = MessageColumns(database);
  if (!columns.ok()) return columns.status();
  auto statement = Statement::Prepare(
      database, absl::StrCat("SELECT ", *columns,
                             ", room FROM messages ORDER BY room, seq"));
  if (!statement.ok()) return statement.status();
  Rows rows = statement->Query();
  RoomId room;
  int64_t expected = 0;
  while (rows.Next()) {
    if (const auto next = rows.IdAt<RoomId>(7); next != room) {
      room = next;
      expected = 1;
    }
    if (rows.Int(0) != expected) return Missing(database, expected, room);
    const auto message = ReadMessage(room, rows);
    if (!message.ok()) return message.status();
    counts.without_checksum += rows.IsNull(4) ? 1 : 0;
    ++counts.messages;
    ++expected;
  }
  return rows.status();
}

// The newest messages of one room, as `statement` gives them.
absl::Status CheckNewestOf(const Database& database, Statement& statement,
                           RoomId room, int64_t newest) {
  Rows rows = statement.Query(room, newest);
  int64_t read = 0;
  int64_t expected = 0;
  while (rows.Next()) {
    if (read++ == 0) expected = rows.Int(0);
    if (rows.Int(0) != expected) return Missing(database, expected, room);
    const auto message = ReadMessage(room, rows);
    if (!message.ok()) return message.status();
    --expected;
  }
  if (!rows.status().ok()) return rows.status();
  const bool whole = read == newest || expected == 0;
  return whole ? absl::OkStatus() : Missing(database, expected, room);
}

absl::StatusOr<std::vector<RoomId>> NewestRooms(const Database& database) {
  auto statement = Statement::Prepare(
      database, "SELECT id FROM rooms WHERE id <> ? ORDER BY id DESC LIMIT ?");
  if (!statement.ok()) return statement.status();
  std::vector<RoomId> rooms;
  Rows rows = statement->Query(kLobby, kNewestRooms);
  while (rows.Next()) rooms.push_back(rows.IdAt<RoomId>(0));
  if (!rows.status().ok()) return rows.status();
  return rooms;
}

// The same time for a store of any size.
absl::Status CheckNewestMessages(const Database& database) {
  const auto columns = MessageColumns(database);
  if (!columns.ok()) return columns.status();
  auto statement = Statement::Prepare(
      database,
      absl::StrCat("SELECT ", *columns,
                   " FROM messages WHERE room = ? ORDER BY seq DESC LIMIT ?"));
  if (!statement.ok()) return statement.status();
  const auto rooms = NewestRooms(database);
  if (!rooms.ok()) return rooms.status();
  absl::Status status =
      CheckNewestOf(database, *statement, kLobby, kNewestMessages);
  for (const RoomId room : *rooms) {
    if (!status.ok()) return status;
    status = CheckNewestOf(database, *statement, room, kNewestInARoom);
  }
  return status;
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

// That each link is one, and names the direct room of its two accounts.
constexpr char kWrongLinks[] = R"sql(
SELECT first || ' and ' || second FROM links
LEFT JOIN rooms ON rooms.id = room
WHERE state NOT IN (0, 1, 2, 3)
   OR (state IN (0, 3) AND room IS NULL)
   OR (state IN (1, 2)) <> (asked_ms IS NOT NULL)
   OR rooms.kind <> 3 OR rooms.name <> first || '+' || second
LIMIT 1
)sql";
// With the above, that there is a link for each.
constexpr char kRoomsWithoutLink[] = R"sql(
SELECT (SELECT count(*) FROM rooms WHERE kind = 3) -
       (SELECT count(*) FROM links WHERE room IS NOT NULL)
)sql";
constexpr char kWrongEpochs[] = R"sql(
SELECT count(*) FROM rooms WHERE kind = 3 AND
  epoch <> (SELECT lobby.epoch FROM rooms AS lobby WHERE lobby.id = 1)
)sql";

absl::Status CheckLinks(const Database& database) {
  const auto there = HasTable(database, "links");
  if (!there.ok() || *there == 0) return there.status();
  auto statement = Statement::Prepare(database, kWrongLinks);
  if (!statement.ok()) return statement.status();
  Rows rows = statement->Query();
  if (rows.Next()) {
    return Damaged(database,
                   absl::StrCat("the link of the accounts ", rows.Text(0),
                                " is not what was written"));
  }
  if (!rows.status().ok()) return rows.status();
  const std::pair<const char*, const char*> counts[] = {
      {kRoomsWithoutLink, "a direct room belongs to nobody"},
      {kWrongEpochs, "a direct room has another epoch than the lobby"}};
  for (const auto& [sql, fault] : counts) {
    const auto count = QueryInt(database, sql);
    if (!count.ok()) return count.status();
    if (*count != 0) return Damaged(database, fault);
  }
  return absl::OkStatus();
}

absl::Status CountRows(const Database& database, StoreCounts& counts) {
  const struct {
    const char* table;
    int64_t* rows;
  } tables[] = {
      {"accounts", &counts.accounts},   {"connections", &counts.connections},
      {"devices", &counts.devices},     {"requests", &counts.requests},
      {"links", &counts.links},         {"blocks", &counts.blocks},
      {"sanctions", &counts.sanctions}, {"invitations", &counts.invitations},
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
  if (status.ok()) status = CheckLinks(database);
  if (status.ok()) status = CheckMessages(database, counts);
  if (status.ok()) status = CountRows(database, counts);
  if (!status.ok()) return status;
  return counts;
}

absl::Status CheckPages(const Database& database) {
  absl::Status status = RunCheck(database, "PRAGMA quick_check(1)");
  return status.ok() ? CheckNewestMessages(database) : status;
}

absl::Status CheckNewest(const Database& database) {
  for (const char* table : {"rooms", "accounts"}) {
    absl::Status status =
        RunCheck(database, absl::StrCat("PRAGMA quick_check(", table, ")"));
    if (!status.ok()) return status;
  }
  return CheckNewestMessages(database);
}

}  // namespace chat77::store::sqlite
