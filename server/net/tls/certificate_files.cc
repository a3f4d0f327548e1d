#include "server/net/tls/certificate_files.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/net/descriptor.h"

namespace chat77::server::tls {
namespace {

// A chain of a few certificates has some 10 KiB.
constexpr size_t kMostBytes = 1024 * 1024;
constexpr mode_t kGroupAndOthers = S_IRWXG | S_IRWXO;
constexpr mode_t kButGroupsReading = S_IWGRP | S_IRWXO;

absl::Status Refused(const std::string& path, const char* what) {
  return absl::UnavailableError(absl::StrCat(
      "The file ", path, " cannot be ", what, ": ", std::strerror(errno), "."));
}

absl::Status Unusable(const std::string& path, std::string_view what) {
  return absl::FailedPreconditionError(
      absl::StrCat("The file ", path, " ", std::string(what)));
}

absl::StatusOr<std::string> ReadAll(const std::string& path, int fd) {
  std::string text;
  std::array<char, 4096> piece;
  for (;;) {
    const ssize_t size = ::read(fd, piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Refused(path, "read");
    if (size == 0) return text;
    text.append(piece.data(), static_cast<size_t>(size));
    if (text.size() > kMostBytes) {
      return Unusable(path, "is far too large for certificates and keys.");
    }
  }
}

// `forbidden`: what its mode may not have, asked of the very file that is read.
absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     mode_t forbidden) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 && errno == ENOENT) {
    return absl::NotFoundError(absl::StrCat(
        "There is no file ", path,
        "; give the certificate and its key as --tls_certificate=FILE and "
        "--tls_key=FILE."));
  }
  struct stat about{};
  if (file.get() < 0 || ::fstat(file.get(), &about) != 0) {
    return Refused(path, "read");
  }
  if (!S_ISREG(about.st_mode)) return Unusable(path, "is no regular file.");
  if ((about.st_mode & forbidden) != 0) {
    return Unusable(
        path, absl::StrCat("holds a secret key and is open to others; close it "
                           "with `chmod 600 ",
                           path,
                           "`, and if others may have read it, have a new key "
                           "made."));
  }
  return ReadAll(path, file.get());
}

absl::Status WriteAll(const std::string& path, int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(fd, text.data(), text.size());
    if (size < 0 && errno != EINTR) return Refused(path, "written");
    if (size > 0) text.remove_prefix(static_cast<size_t>(size));
  }
  if (::fsync(fd) != 0) return Refused(path, "written");
  return absl::OkStatus();
}

absl::Status SyncFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder =
      slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor opened(
      ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0 || ::fsync(opened.get()) != 0) {
    return Refused(folder, "written");
  }
  return absl::OkStatus();
}

// Whole or not at all, and never over a file that is there: written under
// another name (mode 0600, mkstemp(3)), then linked to its own.
absl::Status CreateFile(const std::string& path, std::string_view text) {
  std::string other = path + ".XXXXXX";
  const Descriptor file(::mkostemp(other.data(), O_CLOEXEC));
  if (file.get() < 0) return Refused(path, "made");
  absl::Status status = WriteAll(path, file.get(), text);
  // Another server that starts here may have been faster: then its file counts.
  if (status.ok() && ::link(other.c_str(), path.c_str()) != 0 &&
      errno != EEXIST) {
    status = Refused(path, "made");
  }
  if (::unlink(other.c_str()) != 0 && status.ok()) {
    status = Refused(other, "removed");
  }
  return status.ok() ? SyncFolderOf(path) : status;
}

absl::StatusOr<Certificate> LoadOwn(const std::string& path) {
  const auto text = ReadFile(path, kGroupAndOthers);
  if (!text.ok()) return text.status();
  auto certificate = ReadCertificate({*text, path}, {*text, path});
  if (certificate.ok()) return certificate;
  return absl::FailedPreconditionError(absl::StrCat(
      std::string(certificate.status().message()),
      " Without a copy: move it away and a new one is made, which every client "
      "will have to accept anew."));
}

absl::StatusOr<Certificate> LoadOrMakeOwn(const std::string& path,
                                          absl::Time now) {
  auto there = LoadOwn(path);
  if (!absl::IsNotFound(there.status())) return there;
  const auto made = MakeSelfSigned(now);
  if (!made.ok()) return made.status();
  if (absl::Status status = CreateFile(path, *made); !status.ok()) {
    return status;
  }
  return LoadOwn(path);
}

absl::StatusOr<Certificate> LoadGiven(const CertificateFiles& files) {
  const bool one = files.certificate == files.key;
  const auto certificate =
      ReadFile(files.certificate, one ? kButGroupsReading : 0);
  if (!certificate.ok()) return certificate.status();
  const auto key = one ? certificate : ReadFile(files.key, kButGroupsReading);
  if (!key.ok()) return key.status();
  return ReadCertificate({*certificate, files.certificate}, {*key, files.key});
}

}  // namespace

absl::StatusOr<Certificate> LoadCertificate(const CertificateFiles& files,
                                            absl::Time now) {
  if (!files.certificate.empty()) {
    auto given = LoadGiven(files);
    if (!absl::IsNotFound(given.status())) return given;
    return absl::FailedPreconditionError(given.status().message());
  }
  if (!files.own.empty()) return LoadOrMakeOwn(files.own, now);
  const auto made = MakeSelfSigned(now);
  if (!made.ok()) return made.status();
  return ReadCertificate({*made, "memory:"}, {*made, "memory:"});
}

}  // namespace chat77::server::tls
