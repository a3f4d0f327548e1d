// Prepared statements. Parameters are given in the order of their `?`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <sqlite3.h>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "proto/ids.h"
#include "store/sqlite/database.h"

namespace chat77::store::sqlite {

// The rows of one run of a statement, which is free again when this goes.
// Example:
//   Rows rows = statement.Query(key);
//   while (rows.Next()) names.push_back(rows.Text(0));
//   if (!rows.status().ok()) return rows.status();
class Rows {
 public:
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  ~Rows() { sqlite3_reset(statement_); }

  // False at the end and on an error: see status().
  bool Next();
  const absl::Status& status() const { return status_; }
  // Of the database, for sentences.
  const std::string& path() const { return database_.path(); }

  // Columns of the current row, from 0.
  int64_t Int(int column) const {
    return sqlite3_column_int64(statement_, column);
  }
  // An AccountId and the like.
  template <class Id>
  Id IdAt(int column) const {
    return Id::Of(Int(column));
  }
  std::string Text(int column) const;
  bool IsNull(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }

 private:
  friend class Statement;
  Rows(const Database& database, sqlite3_stmt* statement, absl::Status status)
      : database_(database),
        statement_(statement),
        status_(std::move(status)) {}

  const Database& database_;
  sqlite3_stmt* const statement_;
  absl::Status status_;
};

// A parameter that is bytes, not text.
struct Blob {
  std::string_view bytes;
};

// Must not outlive its database, nor be used while it has Rows.
class Statement {
 public:
  // Only to be assigned to.
  Statement() = default;

  static absl::StatusOr<Statement> Prepare(const Database& database,
                                           std::string_view sql);

  // For statements with rows. Text must live as long as the Rows.
  template <typename... Parameters>
  Rows Query(const Parameters&... parameters) {
    int index = 0;
    int code = SQLITE_OK;
    (..., (code = code == SQLITE_OK ? Bind(++index, parameters) : code));
    return Rows(*database_, statement_.get(),
                code == SQLITE_OK ? absl::OkStatus() : database_->Error(code));
  }

  // For statements without. AlreadyExists when a unique key is taken; the
  // transaction around it goes on.
  template <typename... Parameters>
  absl::Status Run(const Parameters&... parameters) {
    Rows rows = Query(parameters...);
    while (rows.Next()) {
    }
    return rows.status();
  }

 private:
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const {
      sqlite3_finalize(statement);
    }
  };
  Statement(const Database& database, sqlite3_stmt* statement)
      : database_(&database), statement_(statement) {}

  int Bind(int index, int64_t value);
  template <class Tag>
  int Bind(int index, StoredId<Tag> id) {
    return Bind(index, id.value());
  }
  int Bind(int index, std::string_view text);
  int Bind(int index, Blob blob);
  int Bind(int index, std::optional<int64_t> value);

  const Database* database_ = nullptr;
  std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
};

// The one number that `sql` returns.
absl::StatusOr<int64_t> QueryInt(const Database& database,
                                 std::string_view sql);

}  // namespace chat77::store::sqlite
