#include "client/wifi_around.h"

#include <array>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

extern char** environ;

namespace chat77::client {
namespace {

constexpr size_t kOutputBytes = 1024 * 1024;
constexpr absl::Duration kTimeLimit = absl::Seconds(30);

using Arguments = std::vector<std::string>;

std::optional<std::string> Find(const std::string& path,
                                const std::string& tool) {
  for (const std::string& folder :
       std::vector<std::string>(absl::StrSplit(path, ':'))) {
    if (folder.empty()) continue;
    std::string file = absl::StrCat(folder, "/", tool);
    struct stat status;
    if (stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
        access(file.c_str(), X_OK) == 0) {
      return file;
    }
  }
  return std::nullopt;
}

// Starts `file` with its output in the pipe's writing end.
absl::StatusOr<pid_t> Spawn(const std::string& file, Arguments arguments,
                            const std::array<int, 2>& pipe) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                   O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDERR_FILENO);
  pid_t child;
  const int error = posix_spawn(&child, file.c_str(), &actions, nullptr,
                                argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return absl::UnavailableError(absl::StrCat("Cannot run ", file, "."));
  }
  return child;
}

// Reads until the end, the limit or the time is reached. False: not the end.
bool ReadAll(int from, std::string& output) {
  const absl::Time by = absl::Now() + kTimeLimit;
  char bytes[4096];
  while (output.size() < kOutputBytes) {
    const int64_t left = absl::ToInt64Milliseconds(by - absl::Now());
    pollfd input{from, POLLIN, 0};
    if (left <= 0 || poll(&input, 1, static_cast<int>(left)) == 0) return false;
    const ssize_t size = read(from, bytes, sizeof bytes);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return size == 0;
    output.append(bytes, static_cast<size_t>(size));
  }
  return false;
}

absl::StatusOr<std::string> Run(const std::string& file,
                                const Arguments& arguments) {
  std::array<int, 2> pipe;
  if (pipe2(pipe.data(), O_CLOEXEC) != 0) {
    return absl::UnavailableError(absl::StrCat("Cannot run ", file, "."));
  }
  const absl::StatusOr<pid_t> child = Spawn(file, arguments, pipe);
  close(pipe[1]);
  std::string output;
  const bool whole = child.ok() && ReadAll(pipe[0], output);
  close(pipe[0]);
  if (!child.ok()) return child.status();
  if (!whole) kill(*child, SIGKILL);
  int status = 0;
  while (waitpid(*child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!whole || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    const std::string first = output.substr(0, output.find('\n'));
    return absl::UnavailableError(
        absl::StrCat(file, " could not list the Wi-Fi networks",
                     first.empty() ? "." : ": ", first));
  }
  return output;
}

// iw must be told which interface; the first that it names will do.
absl::StatusOr<std::string> RunIw(const std::string& file) {
  const absl::StatusOr<std::string> interfaces = Run(file, {"iw", "dev"});
  if (!interfaces.ok()) return interfaces.status();
  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(*interfaces, '\n'))) {
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    if (words.size() == 2 && words[0] == "Interface") {
      return Run(file, {"iw", "dev", words[1], "scan"});
    }
  }
  return absl::UnavailableError("This computer has no Wi-Fi interface.");
}

}  // namespace

absl::StatusOr<std::string> WifiAround(const std::string& path) {
  const std::vector<Arguments> tools = {
      {"netsh", "wlan", "show", "network"},
      {"nmcli", "device", "wifi", "list"},
      {"iw"},
      {"system_profiler", "SPAirPortDataType"},
  };
  for (const Arguments& tool : tools) {
    const std::optional<std::string> file = Find(path, tool[0]);
    if (!file) continue;
    return tool.size() == 1 ? RunIw(*file) : Run(*file, tool);
  }
  return absl::NotFoundError(
      "No tool that lists Wi-Fi networks is installed: nmcli (package "
      "network-manager) or iw will do on Linux.");
}

}  // namespace chat77::client
