#include "store/sqlite/file_mode.h"

#include <filesystem>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"

namespace chat77::store::sqlite {
namespace {

absl::Status TooOpen(const std::string& path) {
  return absl::FailedPreconditionError(absl::StrCat(
      "The store's file ", path,
      " can be read or written by other users of this machine; run chmod 600 ",
      path, " first."));
}

absl::Status FolderTooOpen(const std::string& folder) {
  return absl::FailedPreconditionError(absl::StrCat(
      "Every user of this machine may replace the store's files in ", folder,
      "; run chmod o-w ", folder, " first."));
}

}  // namespace

absl::Status CheckPrivate(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm", "-lock"}) {
    const std::string file = path + suffix;
    struct stat info{};
    if (stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) return TooOpen(file);
  }
  const std::string folder = std::filesystem::path(path).parent_path();
  struct stat info{};
  if (stat(folder.c_str(), &info) == 0 && (info.st_mode & S_IWOTH) != 0 &&
      (info.st_mode & S_ISVTX) == 0) {
    return FolderTooOpen(folder);
  }
  return absl::OkStatus();
}

}  // namespace chat77::store::sqlite
