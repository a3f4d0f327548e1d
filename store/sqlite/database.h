// A thin layer over SQLite's C interface: RAII, and absl::Status instead of
// result codes. It knows nothing of chat77's tables.
//
// Database -> Statement (prepared once, used often) -> Rows (one use).
#pragma once

#include <memory>
#include <sqlite3.h>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace chat77::store::sqlite {

// One open database file. Used by one thread at a time. Closing it while
// statements live is safe (SQLite waits for them) but a mistake.
class Database {
 public:
  enum class Mode {
    kWrite,      // the file must exist
    kRead,       // beside a process that writes
    kImmutable,  // touches no side file and takes no lock: only for a file
                 // that nobody has open and that has no -wal beside it
  };
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path,
                                                        Mode mode);

  // Runs statements that return no rows anybody wants.
  absl::Status Execute(const std::string& sql);

  // The current error of this database, after a call returned `code`, as one
  // sentence that names the file.
  absl::Status Error(int code) const;

  const std::string& path() const { return path_; }
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Closer {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  Database(sqlite3* handle, std::string path)
      : handle_(handle), path_(std::move(path)) {}

  std::unique_ptr<sqlite3, Closer> handle_;
  std::string path_;
};

}  // namespace chat77::store::sqlite
