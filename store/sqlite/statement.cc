#include "store/sqlite/statement.h"

#include "absl/strings/str_cat.h"

#include "store/internal/abseil_view.h"

namespace chat77::store::sqlite {

bool Rows::Next() {
  if (!status_.ok()) return false;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) status_ = database_.Error(code);
  return false;
}

std::string Rows::Text(int column) const {
  const void* text = sqlite3_column_blob(statement_, column);
  const int bytes = sqlite3_column_bytes(statement_, column);
  return std::string(static_cast<const char*>(text),
                     static_cast<size_t>(bytes));
}

absl::StatusOr<Statement> Statement::Prepare(const Database& database,
                                             std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(database.handle(), sql.data(),
                                      static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return database.Error(code);
  return Statement(database, raw);
}

int Statement::Bind(int index, int64_t value) {
  return sqlite3_bind_int64(statement_.get(), index, value);
}

int Statement::Bind(int index, std::string_view text) {
  // A null pointer would bind NULL.
  return sqlite3_bind_text64(statement_.get(), index,
                             text.empty() ? "" : text.data(), text.size(),
                             SQLITE_STATIC, SQLITE_UTF8);
}

int Statement::Bind(int index, Blob blob) {
  return sqlite3_bind_blob64(statement_.get(), index,
                             blob.bytes.empty() ? "" : blob.bytes.data(),
                             blob.bytes.size(), SQLITE_STATIC);
}

int Statement::Bind(int index, std::optional<int64_t> value) {
  return value.has_value() ? Bind(index, *value)
                           : sqlite3_bind_null(statement_.get(), index);
}

absl::StatusOr<int64_t> QueryInt(const Database& database,
                                 std::string_view sql) {
  absl::StatusOr<Statement> statement = Statement::Prepare(database, sql);
  if (!statement.ok()) return statement.status();
  Rows rows = statement->Query();
  if (rows.Next()) return rows.Int(0);
  if (!rows.status().ok()) return rows.status();
  return absl::InternalError(absl::StrCat("The store ", database.path(),
                                          " has no answer to ", ToAbseil(sql),
                                          "; report this bug."));
}

}  // namespace chat77::store::sqlite
