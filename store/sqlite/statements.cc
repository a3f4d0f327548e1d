#include "store/sqlite/statements.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace chat77::store::sqlite {
namespace {

// In the order of the members.
constexpr std::array<const char*, 12> kTexts = {
    kFindAccount,
    "SELECT alias, key, password_hash, created_ms FROM accounts "
    "ORDER BY created_ms, id",
    "INSERT INTO accounts (alias, key, password_hash, created_ms) "
    "VALUES (?, ?, ?, ?)",
    kFindRoom,
    "INSERT INTO rooms (name, epoch) VALUES (?, ?)",
    "INSERT INTO messages (room, seq, time_ms, alias, text) "
    "VALUES (?, ?, ?, ?, ?)",
    kHistoryAfter,
    kHistoryBefore,
    "INSERT INTO connections (alias, address, port, login_ms, logout_ms, "
    "reason) VALUES (?, ?, ?, ?, ?, ?)",
    kEndConnection,
    kEndOpenConnections,
    "SELECT id, alias, address, port, login_ms, logout_ms, reason "
    "FROM connections ORDER BY login_ms, id",
};

}  // namespace

absl::StatusOr<Statements> Statements::Prepare(const Database& database) {
  std::array<std::optional<Statement>, kTexts.size()> made;
  for (size_t i = 0; i < kTexts.size(); ++i) {
    absl::StatusOr<Statement> statement =
        Statement::Prepare(database, kTexts[i]);
    if (absl::IsInternal(statement.status())) {
      return absl::DataLossError(absl::StrCat(
          "The store ", database.path(),
          " lacks a table or column of its own schema (",
          sqlite3_errmsg(database.handle()), "); put a backup in its place."));
    }
    if (!statement.ok()) return statement.status();
    made[i] = *std::move(statement);
  }
  auto next = made.begin();
  const auto take = [&next] { return *std::move(*next++); };
  // A braced list is evaluated from left to right.
  return Statements{take(), take(), take(), take(), take(), take(),
                    take(), take(), take(), take(), take(), take()};
}

}  // namespace chat77::store::sqlite
