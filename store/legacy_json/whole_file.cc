#include "store/legacy_json/whole_file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace chat77::store {
namespace {

absl::Status Failed(const std::string& path, const char* what) {
  const std::string sentence =
      absl::StrCat("The file ", path, " cannot be ", what, " (",
                   std::strerror(errno), "); check its name and folder.");
  return errno == ENOENT ? absl::NotFoundError(sentence)
                         : absl::UnavailableError(sentence);
}

absl::Status CannotWrite(const std::string& path) {
  return absl::UnavailableError(Failed(path, "written").message());
}

bool WriteAll(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

// The new file, on disk, under its passing name.
bool WriteAside(const std::string& aside, const std::string& path,
                std::string_view content) {
  std::remove(aside.c_str());  // of a process that was killed
  const int descriptor =
      open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) return false;
  const absl::Cleanup closer = [descriptor] { close(descriptor); };
  struct stat old{};
  if (stat(path.c_str(), &old) == 0 &&
      fchmod(descriptor, old.st_mode & 0777) != 0) {
    return false;
  }
  return WriteAll(descriptor, content) && fsync(descriptor) == 0;
}

bool SyncFolder(const std::filesystem::path& folder) {
  const int descriptor =
      open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool synced = fsync(descriptor) == 0;
  close(descriptor);
  return synced;
}

}  // namespace

absl::StatusOr<std::string> ReadWholeFile(const std::string& path,
                                          size_t limit) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return Failed(path, "opened");
  const absl::Cleanup closer = [descriptor] { close(descriptor); };
  std::string content;
  std::array<char, 64 * 1024> buffer;
  while (true) {
    const ssize_t size = read(descriptor, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Failed(path, "read");
    if (size == 0) return content;
    content.append(buffer.data(), static_cast<size_t>(size));
    if (content.size() > limit) {
      return absl::InvalidArgumentError(
          absl::StrCat("The file ", path, " has more than ", limit,
                       " bytes; is it the right one?"));
    }
  }
}

absl::Status WriteFileAtomically(const std::string& path,
                                 std::string_view content) {
  std::error_code error;
  const auto real = std::filesystem::weakly_canonical(
      std::filesystem::absolute(path, error), error);
  if (error) {
    errno = error.value();
    return CannotWrite(path);
  }
  const std::string aside =
      (real.parent_path() /
       absl::StrCat(".", real.filename().string(), ".", getpid(), "-new"))
          .string();
  if (!WriteAside(aside, real.string(), content) ||
      std::rename(aside.c_str(), real.c_str()) != 0) {
    absl::Status status = CannotWrite(path);
    std::remove(aside.c_str());
    return status;
  }
  return SyncFolder(real.parent_path()) ? absl::OkStatus() : CannotWrite(path);
}

}  // namespace chat77::store
