#include "client/known_hosts.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "client/key_fingerprint.h"
#include "client/server_trust.h"

namespace chat77::client {
namespace {

// Far above what anybody meets; a file beyond it is none of ours.
constexpr size_t kFileBytes = 4 * 1024 * 1024;

absl::Status Failed(const char* what, const std::string& path) {
  const int error = errno;
  return absl::UnavailableError(absl::StrCat("The file of known hosts, ", path,
                                             ", cannot be ", what, ": ",
                                             strerror(error), "."));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::filesystem::path FolderOf(const std::string& path) {
  const std::filesystem::path folder =
      std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder;
}

// An empty text where there is no file.
absl::StatusOr<std::string> ReadAll(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) {
    if (errno == ENOENT || errno == ENOTDIR) return "";
    return Failed("read", path);
  }
  std::string text;
  char bytes[4096];
  while (text.size() <= kFileBytes) {
    const ssize_t size = read(file.get(), bytes, sizeof bytes);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Failed("read", path);
    if (size == 0) return text;
    text.append(bytes, static_cast<size_t>(size));
  }
  errno = EFBIG;
  return Failed("read", path);
}

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = write(fd, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return false;
    text.remove_prefix(static_cast<size_t>(size));
  }
  return true;
}

absl::Status Replace(const std::string& path, std::string_view text) {
  const std::string fresh = absl::StrCat(path, ".new");
  const Descriptor file(
      open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.ok() || fchmod(file.get(), 0600) != 0 ||
      !WriteAll(file.get(), text) || fsync(file.get()) != 0 ||
      rename(fresh.c_str(), path.c_str()) != 0) {
    return Failed("written", path);
  }
  const Descriptor place(
      open(FolderOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!place.ok() || fsync(place.get()) != 0) return Failed("written", path);
  return absl::OkStatus();
}

absl::Status MakeFolder(const std::string& path) {
  const std::filesystem::path folder = FolderOf(path);
  // Those above it as the system makes them; its own for the owner only.
  std::error_code error;
  if (folder.has_parent_path()) {
    std::filesystem::create_directories(folder.parent_path(), error);
  }
  if (!error && mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return Failed("written", path);
  }
  if (error) {
    errno = error.value();
    return Failed("written", path);
  }
  return absl::OkStatus();
}

// One line of the file; `server` is empty for one that is only kept.
struct Line {
  std::string text;
  std::string server;
  std::string value;
};

std::optional<Line> ParseLine(std::string text) {
  const absl::string_view stripped = absl::StripAsciiWhitespace(text);
  if (stripped.empty() || stripped[0] == '#')
    return Line{std::move(text), "", ""};
  const std::vector<std::string> words =
      absl::StrSplit(stripped, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (words.size() != 2 || words[0].rfind(':') == std::string::npos) {
    return std::nullopt;
  }
  if (words[1] != kVerified && !IsFingerprint(words[1])) return std::nullopt;
  return Line{std::move(text), words[0], words[1]};
}

const Line* FindLine(const std::vector<Line>& lines,
                     const std::string& server) {
  for (const Line& line : lines) {
    if (line.server == server) return &line;
  }
  return nullptr;
}

absl::StatusOr<std::vector<Line>> ReadLines(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadAll(path);
  if (!text.ok()) return text.status();
  std::vector<Line> lines;
  std::vector<std::string> texts = absl::StrSplit(*text, '\n');
  if (texts.back().empty()) texts.pop_back();
  for (size_t i = 0; i < texts.size(); ++i) {
    std::optional<Line> line = ParseLine(std::move(texts[i]));
    const bool twice =
        line && !line->server.empty() && FindLine(lines, line->server);
    if (!line || twice) {
      return absl::FailedPreconditionError(absl::StrCat(
          "Line ", i + 1, " of ", path, " ",
          twice ? "names a server that an earlier line names"
                : "is neither \"HOST:PORT SHA256:...\" nor \"HOST:PORT "
                  "verified\"",
          "; please mend or remove that line (nothing was changed)."));
    }
    lines.push_back(*std::move(line));
  }
  return lines;
}

std::string TextOf(const std::vector<Line>& lines) {
  std::string text;
  for (const Line& line : lines) absl::StrAppend(&text, line.text, "\n");
  return text;
}

// Held until it is closed; programs that share the file wait here.
int Lock(const std::string& path) {
  const int fd = open(absl::StrCat(path, ".lock").c_str(),
                      O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  while (fd >= 0 && flock(fd, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  return fd;
}

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

absl::StatusOr<std::string> KnownHosts::DefaultPath() {
  if (std::string path = Variable("CHAT77_KNOWN_HOSTS"); !path.empty()) {
    return path;
  }
  if (const std::string config = Variable("XDG_CONFIG_HOME"); !config.empty()) {
    return config + "/chat77/known_hosts";
  }
  if (const std::string home = Variable("HOME"); !home.empty()) {
    return home + "/.config/chat77/known_hosts";
  }
  return absl::FailedPreconditionError(
      "There is no place to remember the keys of servers: please set "
      "CHAT77_KNOWN_HOSTS to the path of a file, or HOME.");
}

absl::StatusOr<std::optional<std::string>> KnownHosts::Find(
    const std::string& server) const {
  const absl::StatusOr<std::vector<Line>> lines = ReadLines(path_);
  if (!lines.ok()) return lines.status();
  const Line* line = FindLine(*lines, server);
  if (line == nullptr) return std::nullopt;
  return line->value;
}

absl::Status KnownHosts::Remember(const std::string& server,
                                  const std::string& value,
                                  const std::optional<std::string>& before) {
  if (absl::Status made = MakeFolder(path_); !made.ok()) return made;
  const Descriptor lock(Lock(path_));
  if (!lock.ok()) return Failed("locked", path_);
  absl::StatusOr<std::vector<Line>> lines = ReadLines(path_);
  if (!lines.ok()) return lines.status();
  const Line* found = FindLine(*lines, server);
  if ((found != nullptr) != before.has_value() ||
      (found != nullptr && found->value != *before)) {
    return absl::AbortedError(absl::StrCat(
        "What is known of ", server,
        " was changed by another program just now; please try again."));
  }
  Line line{absl::StrCat(server, " ", value), server, value};
  if (found != nullptr) {
    (*lines)[static_cast<size_t>(found - lines->data())] = std::move(line);
  } else {
    lines->push_back(std::move(line));
  }
  return Replace(path_, TextOf(*lines));
}

absl::Status KnownHosts::Forget(const std::string& server) {
  absl::Status unknown = absl::NotFoundError(
      absl::StrCat("Nothing is known of ", server, " in ", path_, "."));
  std::error_code ignored;
  if (!std::filesystem::exists(path_, ignored)) return unknown;
  const Descriptor lock(Lock(path_));
  if (!lock.ok()) return Failed("locked", path_);
  absl::StatusOr<std::vector<Line>> lines = ReadLines(path_);
  if (!lines.ok()) return lines.status();
  const Line* found = FindLine(*lines, server);
  if (found == nullptr) return unknown;
  lines->erase(lines->begin() + (found - lines->data()));
  return Replace(path_, TextOf(*lines));
}

}  // namespace chat77::client
