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

// Adding a column changes no row: instant for a store of any size.
constexpr char kVersion2[] = R"sql(
ALTER TABLE messages ADD COLUMN crc32 INTEGER;
ALTER TABLE accounts ADD COLUMN crc32 INTEGER;
ALTER TABLE connections ADD COLUMN device INTEGER;

CREATE INDEX resumable_connections ON connections (device)
WHERE logout_ms IS NULL AND device IS NOT NULL;

CREATE TABLE devices (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  account    INTEGER NOT NULL REFERENCES accounts (id),
  token_hash BLOB NOT NULL UNIQUE,
  software   TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  used_ms    INTEGER NOT NULL
) STRICT;

CREATE INDEX devices_of_account ON devices (account);
CREATE INDEX devices_by_use ON devices (used_ms);

CREATE TABLE requests (
  id         INTEGER PRIMARY KEY,
  account    INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  result     INTEGER NOT NULL,
  time_ms    INTEGER NOT NULL,
  answer     BLOB NOT NULL,
  UNIQUE (account, message_id)
) STRICT;

CREATE TABLE pairs (
  first  INTEGER NOT NULL REFERENCES connections (id),
  second INTEGER NOT NULL REFERENCES connections (id),
  state  INTEGER NOT NULL,
  PRIMARY KEY (first, second)
) STRICT, WITHOUT ROWID;

CREATE INDEX pairs_by_second ON pairs (second);
)sql";

// Names are filled in by RefreshNames (store/sqlite/names.h): the skeletons
// are none of SQL's.
constexpr char kVersion3[] = R"sql(
ALTER TABLE accounts ADD COLUMN admin INTEGER NOT NULL DEFAULT 0;

CREATE INDEX admins ON accounts (id) WHERE admin = 1;

CREATE TABLE names (
  skeleton TEXT NOT NULL,
  account  INTEGER NOT NULL REFERENCES accounts (id),
  PRIMARY KEY (skeleton, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE name_rules (
  rules TEXT NOT NULL
) STRICT;

CREATE TABLE blocks (
  account INTEGER NOT NULL REFERENCES accounts (id),
  blocked INTEGER NOT NULL REFERENCES accounts (id),
  PRIMARY KEY (account, blocked)
) STRICT, WITHOUT ROWID;

CREATE TABLE sanctions (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       INTEGER NOT NULL,
  account    INTEGER REFERENCES accounts (id),
  target     TEXT NOT NULL,
  reason     TEXT NOT NULL,
  actor      TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER
) STRICT;

CREATE INDEX sanctions_by_expiry ON sanctions (expires_ms)
WHERE expires_ms IS NOT NULL;

CREATE TABLE invitations (
  code_hash  BLOB NOT NULL PRIMARY KEY,
  expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX invitations_by_expiry ON invitations (expires_ms);

CREATE TABLE audit (
  id      INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  actor   TEXT NOT NULL,
  action  TEXT NOT NULL,
  target  TEXT NOT NULL,
  detail  TEXT NOT NULL,
  hash    BLOB NOT NULL
) STRICT;
)sql";

// When a request came by the server's calendar, which decides how long it is
// remembered: `time_ms` is by the wall clock, which may have been stepped.
constexpr char kVersion4[] = R"sql(
ALTER TABLE requests ADD COLUMN noted_ms INTEGER;
)sql";

// Who wrote a message: an alias alone does not say, once it can change. It has
// never been anybody else's, so whose account has it now wrote the message.
constexpr char kVersion5[] = R"sql(
ALTER TABLE messages ADD COLUMN account INTEGER;

CREATE INDEX accounts_by_alias ON accounts (alias);
UPDATE messages SET account =
  (SELECT accounts.id FROM accounts WHERE accounts.alias = messages.alias);
DROP INDEX accounts_by_alias;
)sql";

// Private chat is a room of two accounts, not a pair of their connections. What
// two connections that can be resumed had between them goes over to their
// accounts; where there was more than one such pair, the strongest state does:
// that is inserted last.
constexpr char kVersion6[] = R"sql(
ALTER TABLE rooms ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;

CREATE TABLE links (
  first    INTEGER NOT NULL REFERENCES accounts (id),
  second   INTEGER NOT NULL REFERENCES accounts (id),
  room     INTEGER REFERENCES rooms (id),
  state    INTEGER NOT NULL,
  hidden   INTEGER NOT NULL,
  bound    INTEGER NOT NULL,
  asked_ms INTEGER,
  PRIMARY KEY (first, second),
  CHECK (first < second)
) STRICT, WITHOUT ROWID;

CREATE INDEX links_by_second ON links (second);
CREATE INDEX bound_links ON links (bound) WHERE bound = 1;

CREATE TABLE read_markers (
  account INTEGER NOT NULL REFERENCES accounts (id),
  room    INTEGER NOT NULL REFERENCES rooms (id),
  seq     INTEGER NOT NULL,
  PRIMARY KEY (account, room)
) STRICT, WITHOUT ROWID;

INSERT OR REPLACE INTO links
SELECT min(asker.account, asked.account), max(asker.account, asked.account),
       NULL,
       CASE WHEN state = 2 THEN 3
            WHEN asker.account < asked.account THEN 1 ELSE 2 END,
       state = 1 AND EXISTS (SELECT 1 FROM blocks
         WHERE account = asked.account AND blocked = asker.account),
       0,
       CASE WHEN state = 1 THEN one.login_ms END
FROM pairs
JOIN connections AS one ON one.id = first AND one.logout_ms IS NULL
JOIN connections AS other ON other.id = second AND other.logout_ms IS NULL
JOIN devices AS asker ON asker.id = one.device
JOIN devices AS asked ON asked.id = other.device
WHERE asker.account <> asked.account AND state IN (1, 2)
ORDER BY state, one.login_ms;

INSERT INTO rooms (name, epoch, kind)
SELECT first || '+' || second, (SELECT epoch FROM rooms WHERE id = 1), 3
FROM links WHERE state = 3 ORDER BY first, second;
UPDATE links SET room =
  (SELECT rooms.id FROM rooms WHERE rooms.name = first || '+' || second)
WHERE state = 3;

DROP TABLE pairs;
)sql";

constexpr const char* kMigrations[] = {kVersion1, kVersion2, kVersion3,
                                       kVersion4, kVersion5, kVersion6};

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
    status = database.Execute(step);
    // The file is not what its number says.
    if (absl::IsInternal(status)) {
      return absl::DataLossError(absl::StrCat(
          "The store ", database.path(), " cannot be brought from schema ",
          *version, " to ", steps.size(), " (",
          sqlite3_errmsg(database.handle()), "); put a backup in its place."));
    }
    if (!status.ok()) return status;
  }
  status =
      database.Execute(absl::StrCat("PRAGMA application_id = ", kApplicationId,
                                    "; PRAGMA user_version = ", steps.size()));
  if (!status.ok()) return status;
  return transaction->Commit();
}

}  // namespace chat77::store::sqlite
