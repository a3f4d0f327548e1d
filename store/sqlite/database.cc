#include "store/sqlite/database.h"

#include <cerrno>
#include <cstring>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace chat77::store::sqlite {
namespace {

// For the moments in which somebody looks into the file with another tool.
constexpr int kBusyMilliseconds = 2000;

std::string Uri(const std::string& path, Database::Mode mode) {
  const std::string escaped =
      absl::StrReplaceAll(path, {{"%", "%25"}, {"?", "%3f"}, {"#", "%23"}});
  // An empty authority keeps a path that begins with two slashes a path.
  const char* host = path.front() == '/' ? "//" : "";
  const char* immutable =
      mode == Database::Mode::kImmutable ? "?immutable=1" : "";
  return absl::StrCat("file:", host, escaped, immutable);
}

bool IsTakenKey(int code) {
  return code == SQLITE_CONSTRAINT_UNIQUE ||
         code == SQLITE_CONSTRAINT_PRIMARYKEY ||
         code == SQLITE_CONSTRAINT_ROWID;
}

absl::Status Explain(int code, const std::string& path,
                     const std::string& detail) {
  if (IsTakenKey(code)) {
    return absl::AlreadyExistsError(absl::StrCat(
        "The store ", path, " has such a record already (", detail, ")."));
  }
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(absl::StrCat("The store ", path,
                                              " is damaged (", detail,
                                              "); put a backup in its place."));
    case SQLITE_FULL:
      return absl::UnavailableError(
          absl::StrCat("The disk of the store ", path,
                       " is full; make room and try again."));
    case SQLITE_NOMEM:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return absl::UnavailableError(
          absl::StrCat("The store ", path, " cannot be read or written (",
                       detail, "); check its disk and permissions."));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::UnavailableError(
          absl::StrCat("Another program holds the store ", path,
                       "; close it and try again."));
    default:
      return absl::InternalError(absl::StrCat("The store ", path, " failed (",
                                              detail, "); report this bug."));
  }
}

std::string Detail(sqlite3* handle) {
  std::string detail = sqlite3_errmsg(handle);
  if (const int error = sqlite3_system_errno(handle); error != 0) {
    absl::StrAppend(&detail, ": ", std::strerror(error));
  }
  return detail;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Database::Open(
    const std::string& path, Mode mode) {
  const int access =
      mode == Mode::kWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(
      Uri(path, mode).c_str(), &raw,
      access | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  // SQLite gives a handle on errors too.
  auto database = absl::WrapUnique(new Database(raw, path));
  if (code != SQLITE_OK) return database->Error(code);
  sqlite3_busy_timeout(raw, kBusyMilliseconds);
  // A file may come from anywhere: its schema must not run code or be bent.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  if (absl::Status status = database->Execute("PRAGMA cell_size_check = ON");
      !status.ok()) {
    return status;
  }
  return database;
}

absl::Status Database::Execute(const std::string& sql) {
  const int code =
      sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Error(code);
}

absl::Status Database::Error(int code) const {
  const std::string detail =
      handle() == nullptr ? sqlite3_errstr(code) : Detail(handle());
  return Explain(code, path_, detail);
}

}  // namespace chat77::store::sqlite
