#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <utility>

#include "absl/strings/str_cat.h"

#include "store/internal/room_epoch.h"
#include "store/maintenance.h"
#include "store/sqlite/backup.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/file_lock.h"

namespace chat77::store {
namespace {

using sqlite::Database;
using sqlite::FileAside;
using sqlite::FileLock;

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

absl::Status CannotKeep(const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("The store ", path, " cannot be kept aside (",
                   std::strerror(errno), "); nothing was restored."));
}

// A name that neither a store nor its log has.
std::string FreeName(const std::string& path) {
  std::string name = path + "-before-restore";
  for (int i = 2; Exists(name) || Exists(name + "-wal"); ++i) {
    name = absl::StrCat(path, "-before-restore-", i);
  }
  return name;
}

// Gives the store at `path` a second name, and its log that name alone. There
// is a store at `path` at every moment: a server that started in between would
// make a new one.
absl::StatusOr<std::string> Keep(const std::string& path) {
  if (!Exists(path) && !Exists(path + "-wal")) return std::string();
  std::string kept = FreeName(path);
  if (Exists(path) && link(path.c_str(), kept.c_str()) != 0) {
    return CannotKeep(path);
  }
  const std::string log = path + "-wal";
  if (Exists(log) &&
      std::rename(log.c_str(), absl::StrCat(kept, "-wal").c_str()) != 0) {
    return CannotKeep(path);
  }
  // Only the index of the log: made anew when it is needed.
  std::remove(absl::StrCat(path, "-shm").c_str());
  return kept;
}

// One for all: direct rooms have the lobby's.
absl::Status RenewEpoch(const std::string& path) {
  auto database = Database::Open(path, Database::Mode::kWrite);
  if (!database.ok()) return database.status();
  return (*database)->Execute(absl::StrCat(
      "UPDATE rooms SET epoch = ", static_cast<int64_t>(NewRoomEpoch())));
}

}  // namespace

absl::StatusOr<Restored> RestoreStore(const std::string& from,
                                      const std::string& to) {
  const std::string backup = sqlite::RealPath(from);
  const std::string path = sqlite::RealPath(to);
  std::error_code error;
  if (std::filesystem::equivalent(backup, path, error)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "The backup ", backup, " is the store itself; name another file."));
  }
  const auto source = sqlite::OpenSource(backup);
  if (!source.ok()) return source.status();
  const auto lock = FileLock::Take(path);
  if (!lock.ok()) return lock.status();
  auto file = FileAside::Make(path);
  if (!file.ok()) return file.status();
  absl::Status status = sqlite::CopyDatabase(*source->database, file->aside());
  if (!status.ok()) return status;
  const auto counts = sqlite::CheckFile(file->aside());
  if (!counts.ok()) return counts.status();
  if (status = RenewEpoch(file->aside()); !status.ok()) return status;
  auto kept = Keep(path);
  if (!kept.ok()) return kept.status();
  if (status = file->Place(true); !status.ok()) return status;
  return Restored{*counts, *std::move(kept)};
}

}  // namespace chat77::store
