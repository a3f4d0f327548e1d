// Every SQL statement of the store, prepared once.
#pragma once

#include <memory>

#include "absl/status/statusor.h"

#include "store/sqlite/statement.h"

namespace chat77::store::sqlite {

// The texts, for the test that asserts their query plans.
inline constexpr char kFindAccount[] =
    "SELECT alias, key, password_hash, created_ms FROM accounts WHERE key = ?";
inline constexpr char kFindRoom[] =
    "SELECT id, epoch, (SELECT max(seq) FROM messages WHERE room = rooms.id) "
    "FROM rooms WHERE name = ?";
inline constexpr char kHistoryAfter[] =
    "SELECT seq, time_ms, alias, text FROM messages "
    "WHERE room = ? AND seq > ? ORDER BY seq";
inline constexpr char kHistoryBefore[] =
    "SELECT seq, time_ms, alias, text FROM messages "
    "WHERE room = ? AND seq < ? ORDER BY seq DESC";
inline constexpr char kEndConnection[] =
    "UPDATE connections SET logout_ms = ?, reason = ? "
    "WHERE id = ? AND logout_ms IS NULL";
inline constexpr char kEndOpenConnections[] =
    "UPDATE connections SET logout_ms = ?, reason = ? WHERE logout_ms IS NULL";

struct Statements {
  // DataLoss if a table that the schema promises is not there.
  static absl::StatusOr<Statements> Prepare(const Database& database);

  Statement find_account;
  Statement all_accounts;
  Statement add_account;
  Statement find_room;
  Statement add_room;
  Statement append_message;
  Statement history_after;
  Statement history_before;
  Statement add_connection;
  Statement end_connection;
  Statement end_open_connections;
  Statement all_connections;
};

}  // namespace chat77::store::sqlite
