#include "store/sqlite/database_file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <unistd.h>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "store/sqlite/check.h"
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

// Of a file format that SQLite does not know it would only say that it cannot
// be written.
absl::Status CheckFormat(const std::string& path, bool closed_cleanly) {
  std::array<unsigned char, 100> header{};
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(header.data()), header.size());
  const auto known = [&header](size_t at) {
    return header[at] == 1 || header[at] == 2;
  };
  constexpr size_t kPageSize = 16, kWriteVersion = 18, kReadVersion = 19;
  const int64_t stored = header[kPageSize] * 256 + header[kPageSize + 1];
  const int64_t page = stored == 1 ? 65536 : stored;
  // Cut within its last page; after a kill the log may have that page.
  const bool whole = page > 0 && (!closed_cleanly || Size(path) % page == 0);
  if (file.good() && whole && known(kWriteVersion) && known(kReadVersion)) {
    return absl::OkStatus();
  }
  return absl::DataLossError(absl::StrCat(
      "The store ", path,
      " is damaged (file is not a database, or cut short); put a backup in its "
      "place."));
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

// What there is time for: see store/SCHEMA.md.
absl::Status CheckContent(const Database& database, int64_t size,
                          bool closed_cleanly) {
  if (size < kCheckAllBytes) return CheckEverything(database).status();
  if (closed_cleanly) return absl::OkStatus();
  return size < kCheckPagesBytes ? CheckPages(database) : CheckNewest(database);
}

}  // namespace

absl::Status SyncFolder(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  const int descriptor =
      open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return CannotMake(path);
  const absl::Cleanup closer = [descriptor] { close(descriptor); };
  return fsync(descriptor) == 0 ? absl::OkStatus() : CannotMake(path);
}

std::string RealPath(const std::string& path) {
  std::error_code error;
  const auto real = std::filesystem::weakly_canonical(
      std::filesystem::absolute(path, error), error);
  return error ? path : real.string();
}

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
  if (kind == std::filesystem::file_type::not_found) return false;
  // Never made by us: a store is renamed into place when it is whole.
  return absl::DataLossError(
      absl::StrCat("The store ", path,
                   " is an empty file; put a backup in its place, or take it "
                   "away to begin anew."));
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
  // Without a log nothing but the file itself is to be looked at; a log left
  // over is part of the store, and only a full reader sees it.
  const bool closed_cleanly = Size(path + "-wal") == 0;
  absl::Status status = CheckFormat(path, closed_cleanly);
  if (!status.ok()) return status;
  auto database =
      Database::Open(path, closed_cleanly ? Database::Mode::kImmutable
                                          : Database::Mode::kRead);
  if (!database.ok()) return database.status();
  status = CheckIdentity(**database);
  if (status.ok()) status = CheckTables(**database);
  if (!status.ok()) return status;
  return CheckContent(**database, Size(path), closed_cleanly);
}

}  // namespace chat77::store::sqlite
