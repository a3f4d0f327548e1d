// A write transaction that is rolled back unless it is committed.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "store/sqlite/database.h"

namespace chat77::store::sqlite {

// Must not outlive its database; one at a time.
class Transaction {
 public:
  static absl::StatusOr<Transaction> Begin(Database& database);

  Transaction(Transaction&& other) noexcept : database_(other.database_) {
    other.database_ = nullptr;
  }
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // On disk when it returns OK; otherwise nothing of it was kept.
  absl::Status Commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}

  Database* database_;  // null once moved from
};

}  // namespace chat77::store::sqlite
