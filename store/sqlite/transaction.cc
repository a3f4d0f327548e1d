#include "store/sqlite/transaction.h"

namespace chat77::store::sqlite {

absl::StatusOr<Transaction> Transaction::Begin(Database& database) {
  // IMMEDIATE: whoever else writes is met here, not halfway.
  absl::Status status = database.Execute("BEGIN IMMEDIATE");
  if (!status.ok()) return status;
  return Transaction(database);
}

Transaction::~Transaction() {
  // SQLite has rolled back by itself after some errors, and COMMIT ends the
  // transaction only when it succeeds.
  if (database_ == nullptr) return;
  if (sqlite3_get_autocommit(database_->handle()) != 0) return;
  // A rollback whose reading back fails leaves the transaction rolled back all
  // the same: SQLite drops its cache.
  database_->Execute("ROLLBACK").IgnoreError();
}

absl::Status Transaction::Commit() { return database_->Execute("COMMIT"); }

}  // namespace chat77::store::sqlite
