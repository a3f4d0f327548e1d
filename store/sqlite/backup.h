// Copies of a store as files of their own. See store/maintenance.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "store/maintenance.h"
#include "store/sqlite/database.h"
#include "store/sqlite/file_lock.h"

namespace chat77::store::sqlite {

// A chat77 store that is only looked at, whoever else has it.
struct Source {
  // Nobody may open it for writing meanwhile; not there if somebody has it.
  std::optional<FileLock> lock;
  std::unique_ptr<Database> database;
};
// NotFound if there is none; CheckIdentity's errors.
absl::StatusOr<Source> OpenSource(const std::string& path);

// A file beside `path` with a name of its own, mode 0600; removed with the
// object unless Place() put it at `path`.
class FileAside {
 public:
  static absl::StatusOr<FileAside> Make(const std::string& path);
  FileAside(FileAside&& other) noexcept;
  FileAside& operator=(FileAside&&) = delete;
  ~FileAside();

  const std::string& aside() const { return aside_; }
  // Syncs it and its folder. In place of what is at `path`, if `replace`;
  // otherwise AlreadyExists if something is.
  absl::Status Place(bool replace);

 private:
  FileAside(std::string path, std::string aside)
      : path_(std::move(path)), aside_(std::move(aside)) {}

  std::string path_;
  std::string aside_;  // empty once placed or moved from
};

// All of `source`, as of one moment, into the empty file `target`.
absl::Status CopyDatabase(const Database& source, const std::string& target);

// CheckEverything for a file that nobody else has.
absl::StatusOr<StoreCounts> CheckFile(const std::string& path);

// Copies a store that is of `schema`, before it is migrated, to a file beside
// it, mode 0600: "<path>.v<schema>.backup", or "...backup-2" and so on where
// files have these names; none is replaced. Such a file that holds the same
// bytes is the backup already: a migration that fails at every start makes one
// only. Checked like BackUpStore's, and on disk when it returns its path.
// The caller has the store's lock. Unavailable if the disk refuses it, DataLoss
// if what was copied is damaged.
absl::StatusOr<std::string> BackUpBeforeMigration(const Database& store,
                                                  int64_t schema);

}  // namespace chat77::store::sqlite
