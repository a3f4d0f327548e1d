#include "store/sqlite/database_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "store/sqlite/database.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/statement.h"
#include "store/sqlite/statements.h"

namespace chat77::store::sqlite {
namespace {

// 0 for a file that is not there.
int64_t Size(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : static_cast<int64_t>(size);
}

absl::Status CannotMake(const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("The store ", path, " cannot be made (",
                   std::strerror(errno), "); check its folder."));
}

absl::Status MakeEmptyFile(const std::string& path) {
  const int descriptor =
      open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return CannotMake(path);
  close(descriptor);
  return absl::OkStatus();
}

absl::Status Fill(const std::string& path) {
  auto database = Database::Open(path, Database::Mode::kWrite);
  if (!database.ok()) return database.status();
  absl::Status status = (*database)->Execute("PRAGMA synchronous = FULL");
  if (status.ok()) status = Migrate(**database);
  if (status.ok()) status = (*database)->Execute("PRAGMA journal_mode = WAL");
  return status;
}

absl::Status SyncFolder(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  const int descriptor =
      open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return CannotMake(path);
  const absl::Cleanup closer = [descriptor] { close(descriptor); };
  return fsync(descriptor) == 0 ? absl::OkStatus() : CannotMake(path);
}

// A missing table would otherwise be noticed only when the file is open for
// writing. What an older version lacks, Migrate will add.
absl::Status CheckTables(const Database& database) {
  const auto version = QueryInt(database, "PRAGMA user_version");
  if (!version.ok()) return version.status();
  if (*version < static_cast<int64_t>(Migrations().size())) {
    return absl::OkStatus();
  }
  return Statements::Prepare(database).status();
}

absl::Status CheckContent(const Database& database) {
  auto statement = Statement::Prepare(database, "PRAGMA quick_check(1)");
  if (!statement.ok()) return statement.status();
  Rows rows = statement->Query();
  if (!rows.Next()) return rows.status();
  const std::string verdict = rows.Text(0);
  if (verdict == "ok") return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("The store ", database.path(),
                                          " is damaged (", verdict,
                                          "); put a backup in its place."));
}

}  // namespace

absl::StatusOr<bool> DatabaseExists(const std::string& path) {
  std::error_code error;
  const auto kind = std::filesystem::status(path, error).type();
  if (kind != std::filesystem::file_type::regular &&
      kind != std::filesystem::file_type::not_found) {
    return absl::UnavailableError(absl::StrCat(
        "The store ", path,
        " is not a file or cannot be looked at; name another file."));
  }
  if (Size(path) > 0) return true;
  if (Size(path + "-wal") > 0) {
    return absl::DataLossError(absl::StrCat(
        "The store ", path, " is gone but its log ", path,
        "-wal is there; put a backup of both in their place, or take the log "
        "away to begin anew."));
  }
  return false;
}

absl::Status CreateDatabase(const std::string& path) {
  const std::string aside = path + "-new";
  const auto remove_aside = [&aside] {
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
      std::remove(absl::StrCat(aside, suffix).c_str());
    }
  };
  remove_aside();  // what an interrupted start left
  const absl::Cleanup remove_at_end = remove_aside;
  if (absl::Status status = MakeEmptyFile(aside); !status.ok()) return status;
  if (absl::Status status = Fill(aside); !status.ok()) return status;
  if (std::rename(aside.c_str(), path.c_str()) != 0) return CannotMake(path);
  return SyncFolder(path);
}

absl::Status CheckIdentity(const Database& database) {
  const auto application = QueryInt(database, "PRAGMA application_id");
  if (!application.ok()) return application.status();
  if (*application != kApplicationId) {
    return absl::FailedPreconditionError(
        absl::StrCat("The file ", database.path(),
                     " is another program's database, not a chat77 store; "
                     "name another file."));
  }
  const auto version = QueryInt(database, "PRAGMA user_version");
  if (!version.ok()) return version.status();
  return CheckVersion(*version, Migrations().size(), database.path());
}

absl::Status CheckDatabase(const std::string& path) {
  // SQLite takes what is shorter than the smallest page for an empty database.
  if (Size(path) < 512) {
    return absl::DataLossError(absl::StrCat(
        "The store ", path,
        " is damaged (file is not a database); put a backup in its place."));
  }
  // Without a log nothing but the file itself is to be looked at; a log left
  // over is part of the store, and only a full reader sees it.
  const bool closed_cleanly = Size(path + "-wal") == 0;
  auto database =
      Database::Open(path, closed_cleanly ? Database::Mode::kImmutable
                                          : Database::Mode::kRead);
  if (!database.ok()) return database.status();
  if (absl::Status status = CheckIdentity(**database); !status.ok()) {
    return status;
  }
  if (!closed_cleanly || Size(path) < kCheckAlwaysBytes) {
    absl::Status status = CheckContent(**database);
    if (!status.ok()) return status;
  }
  return CheckTables(**database);
}

}  // namespace chat77::store::sqlite
