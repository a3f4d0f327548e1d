#include "store/sqlite/backup.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "store/sqlite/check.h"
#include "store/sqlite/database_file.h"
#include "store/store.h"

namespace chat77::store {
namespace sqlite {
namespace {

absl::Status CannotWrite(const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("The file ", path, " cannot be written (",
                   std::strerror(errno), "); check its folder and disk."));
}

absl::Status Exists(const std::string& path) {
  return absl::AlreadyExistsError(absl::StrCat(
      "There is a file ", path, " already; name another or move it away."));
}

absl::Status SyncFile(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return CannotWrite(path);
  const absl::Cleanup closer = [descriptor] { close(descriptor); };
  return fsync(descriptor) == 0 ? absl::OkStatus() : CannotWrite(path);
}

// A folder that cannot tell "rename unless it is there" gets the plain one:
// the caller has looked before.
int RenameToNothing(const std::string& from, const std::string& to) {
  const int outcome =
      renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
  if (outcome == 0 || errno != EINVAL) return outcome;
  return std::rename(from.c_str(), to.c_str());
}

// False also if one of them cannot be read.
bool HaveSameBytes(const std::string& one, const std::string& other) {
  std::ifstream first(one, std::ios::binary), second(other, std::ios::binary);
  using Bytes = std::istreambuf_iterator<char>;
  return first && second &&
         std::equal(Bytes(first), Bytes(), Bytes(second), Bytes());
}

absl::StatusOr<std::string> CopyBeside(const Database& store, int64_t schema) {
  const std::string name = absl::StrCat(store.path(), ".v", schema, ".backup");
  std::vector<std::string> there;
  std::string target = name;
  std::error_code error;
  for (int i = 2; std::filesystem::exists(target, error); ++i) {
    there.push_back(target);
    target = absl::StrCat(name, "-", i);
  }
  auto file = FileAside::Make(target);
  if (!file.ok()) return file.status();
  absl::Status status = CopyDatabase(store, file->aside());
  if (!status.ok()) return status;
  if (const auto counts = CheckFile(file->aside()); !counts.ok()) {
    return counts.status();
  }
  for (const std::string& known : there) {
    if (!HaveSameBytes(file->aside(), known)) continue;
    // Whoever made it may have been interrupted before this.
    status = SyncFile(known);
    if (status.ok()) status = SyncFolder(known);
    if (!status.ok()) return status;
    return known;
  }
  if (status = file->Place(false); !status.ok()) return status;
  return target;
}

}  // namespace

absl::StatusOr<Source> OpenSource(const std::string& path) {
  const auto exists = DatabaseExists(path);
  if (!exists.ok()) return exists.status();
  if (!*exists) {
    return absl::NotFoundError(
        absl::StrCat("There is no store ", path, "; name another."));
  }
  Source source;
  auto lock = FileLock::Take(path);
  if (!lock.ok() && !IsStoreInUse(lock.status())) return lock.status();
  if (lock.ok()) source.lock.emplace(*std::move(lock));
  // Only a file that nobody has and that has no log is complete by itself.
  std::error_code error;
  const bool alone =
      source.lock.has_value() && !std::filesystem::exists(path + "-wal", error);
  auto database = Database::Open(
      path, alone ? Database::Mode::kImmutable : Database::Mode::kRead);
  if (!database.ok()) return database.status();
  if (absl::Status status = CheckIdentity(**database); !status.ok()) {
    return status;
  }
  source.database = *std::move(database);
  return source;
}

absl::StatusOr<FileAside> FileAside::Make(const std::string& path) {
  std::string aside = path + "-new-XXXXXX";
  const int descriptor = mkostemp(aside.data(), O_CLOEXEC);  // mode 0600
  if (descriptor < 0) return CannotWrite(path);
  close(descriptor);
  return FileAside(path, std::move(aside));
}

FileAside::FileAside(FileAside&& other) noexcept
    : path_(std::move(other.path_)),
      aside_(std::exchange(other.aside_, std::string())) {}

FileAside::~FileAside() {
  if (aside_.empty()) return;
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
    std::remove(absl::StrCat(aside_, suffix).c_str());
  }
}

absl::Status FileAside::Place(bool replace) {
  if (absl::Status status = SyncFile(aside_); !status.ok()) return status;
  const int outcome = replace ? std::rename(aside_.c_str(), path_.c_str())
                              : RenameToNothing(aside_, path_);
  if (outcome != 0) return errno == EEXIST ? Exists(path_) : CannotWrite(path_);
  aside_.clear();
  return SyncFolder(path_);
}

absl::Status CopyDatabase(const Database& source, const std::string& target) {
  auto copy = Database::Open(target, Database::Mode::kWrite);
  if (!copy.ok()) return copy.status();
  // Whoever is interrupted begins anew, and the caller syncs it.
  absl::Status status =
      (*copy)->Execute("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = 0");
  if (!status.ok()) return status;
  sqlite3_backup* backup =
      sqlite3_backup_init((*copy)->handle(), "main", source.handle(), "main");
  if (backup == nullptr) {
    return (*copy)->Error(sqlite3_extended_errcode((*copy)->handle()));
  }
  // All in one step: within one view of the source, which goes on.
  const int stepped = sqlite3_backup_step(backup, -1);
  const int code = sqlite3_backup_finish(backup);
  if (code != SQLITE_OK) return (*copy)->Error(code);
  if (stepped == SQLITE_DONE) return absl::OkStatus();
  return source.Error(stepped);
}

absl::StatusOr<StoreCounts> CheckFile(const std::string& path) {
  auto database = Database::Open(path, Database::Mode::kImmutable);
  if (!database.ok()) return database.status();
  return CheckEverything(**database);
}

absl::StatusOr<std::string> BackUpBeforeMigration(const Database& store,
                                                  int64_t schema) {
  auto backup = CopyBeside(store, schema);
  if (backup.ok()) return backup;
  return absl::Status(
      backup.status().code(),
      absl::StrCat("The store ", store.path(), " is of the older schema ",
                   schema, " and was not migrated, for it cannot be backed up ",
                   "first: ", backup.status().message()));
}

}  // namespace sqlite

absl::StatusOr<StoreCounts> CheckStore(const std::string& path) {
  const auto source = sqlite::OpenSource(sqlite::RealPath(path));
  if (!source.ok()) return source.status();
  // One view of it, however long it takes.
  absl::Status status = source->database->Execute("BEGIN");
  if (!status.ok()) return status;
  return sqlite::CheckEverything(*source->database);
}

absl::StatusOr<StoreCounts> BackUpStore(const std::string& path,
                                        const std::string& target) {
  const auto source = sqlite::OpenSource(sqlite::RealPath(path));
  if (!source.ok()) return source.status();
  std::error_code error;
  if (std::filesystem::exists(target, error)) return sqlite::Exists(target);
  auto file = sqlite::FileAside::Make(sqlite::RealPath(target));
  if (!file.ok()) return file.status();
  absl::Status status = sqlite::CopyDatabase(*source->database, file->aside());
  if (!status.ok()) return status;
  auto counts = sqlite::CheckFile(file->aside());
  if (!counts.ok()) return counts.status();
  if (status = file->Place(false); !status.ok()) return status;
  return counts;
}

}  // namespace chat77::store
