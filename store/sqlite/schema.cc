#include "store/sqlite/schema.h"

#include "absl/strings/str_cat.h"

#include "store/sqlite/statement.h"
#include "store/sqlite/transaction.h"

namespace chat77::store::sqlite {
namespace {

constexpr char kVersion1[] = R"sql(
CREATE TABLE rooms (
  id    INTEGER PRIMARY KEY,
  name  TEXT NOT NULL UNIQUE,
  epoch INTEGER NOT NULL
) STRICT;

CREATE TABLE messages (
  room    INTEGER NOT NULL REFERENCES rooms (id),
  seq     INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  alias   TEXT NOT NULL,
  text    TEXT NOT NULL,
  PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
  id            INTEGER PRIMARY KEY,
  key           TEXT NOT NULL UNIQUE,
  alias         TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  created_ms    INTEGER NOT NULL
) STRICT;

CREATE TABLE connections (
  id        INTEGER PRIMARY KEY,
  alias     TEXT NOT NULL,
  address   TEXT NOT NULL,
  port      INTEGER NOT NULL,
  login_ms  INTEGER NOT NULL,
  logout_ms INTEGER,
  reason    TEXT NOT NULL
) STRICT;

CREATE INDEX open_connections ON connections (id) WHERE logout_ms IS NULL;
)sql";

constexpr const char* kMigrations[] = {kVersion1};

}  // namespace

absl::Span<const char* const> Migrations() { return kMigrations; }

absl::Status CheckVersion(int64_t version, size_t known,
                          const std::string& path) {
  if (version >= 0 && version <= static_cast<int64_t>(known)) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "The store ", path, " was made by a newer chat77 (schema ", version,
      ", this one knows ", known, "); start it with that version."));
}

absl::Status Migrate(Database& database, absl::Span<const char* const> steps) {
  const absl::StatusOr<int64_t> version =
      QueryInt(database, "PRAGMA user_version");
  if (!version.ok()) return version.status();
  absl::Status status = CheckVersion(*version, steps.size(), database.path());
  if (!status.ok()) return status;
  if (*version == static_cast<int64_t>(steps.size())) return absl::OkStatus();

  absl::StatusOr<Transaction> transaction = Transaction::Begin(database);
  if (!transaction.ok()) return transaction.status();
  for (const char* step : steps.subspan(static_cast<size_t>(*version))) {
    if (status = database.Execute(step); !status.ok()) return status;
  }
  status =
      database.Execute(absl::StrCat("PRAGMA application_id = ", kApplicationId,
                                    "; PRAGMA user_version = ", steps.size()));
  if (!status.ok()) return status;
  return transaction->Commit();
}

}  // namespace chat77::store::sqlite
