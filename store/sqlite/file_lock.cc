#include "store/sqlite/file_lock.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "store/store.h"

namespace chat77::store {
namespace {

// Marks the one FailedPrecondition that waiting can cure.
constexpr char kInUse[] = "chat77/store-in-use";

}  // namespace

bool IsStoreInUse(const absl::Status& status) {
  return status.GetPayload(kInUse).has_value();
}

namespace sqlite {
namespace {

// " by process 4711", or nothing if the holder has not written it yet.
std::string HeldBy(int descriptor) {
  std::array<char, 16> text{};
  const ssize_t size = pread(descriptor, text.data(), text.size(), 0);
  int process = 0;
  if (size <= 0 ||
      !absl::SimpleAtoi(absl::string_view(text.data(), size), &process)) {
    return "";
  }
  return absl::StrCat(" by process ", process);
}

absl::Status InUse(const std::string& path, int descriptor) {
  absl::Status status = absl::FailedPreconditionError(
      absl::StrCat("The store ", path, " is in use", HeldBy(descriptor),
                   "; stop that first or name another store."));
  status.SetPayload(kInUse, absl::Cord());
  return status;
}

absl::Status CannotLock(const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("The store ", path, " cannot be locked (",
                   std::strerror(errno), "); check its folder's permissions."));
}

}  // namespace

absl::StatusOr<FileLock> FileLock::Take(const std::string& path) {
  const std::string side = path + "-lock";
  while (true) {
    FileLock lock(open(side.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600), side);
    if (lock.descriptor_ < 0) return CannotLock(path);
    if (flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
      return errno == EWOULDBLOCK ? InUse(path, lock.descriptor_)
                                  : CannotLock(path);
    }
    if (!lock.IsOnSideFile()) continue;
    lock.held_ = true;
    // Only for the sentence above; a full disk must not make the lock fail.
    if (ftruncate(lock.descriptor_, 0) == 0) {
      dprintf(lock.descriptor_, "%d\n", static_cast<int>(getpid()));
    }
    return lock;
  }
}

bool FileLock::IsOnSideFile() const {
  struct stat mine{};
  struct stat there{};
  return fstat(descriptor_, &mine) == 0 && stat(side_.c_str(), &there) == 0 &&
         mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  // While it is still held: whoever opened the file before sees in Take that
  // it is gone.
  if (held_) unlink(side_.c_str());
  close(descriptor_);
}

}  // namespace sqlite
}  // namespace chat77::store
