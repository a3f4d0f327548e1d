#include "tests/support/server_process.h"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace chat77::test {
namespace {

constexpr int kStartMs = 60'000;

// The number behind "NAME=ADDRESS:" in the line, or 0.
int PortOf(const std::string& line, const std::string& name) {
  const size_t at = line.find(name + "=");
  if (at == std::string::npos) return 0;
  const size_t end = line.find_first_of(" \n", at);
  const size_t colon = line.rfind(':', end);
  return colon == std::string::npos || colon < at
             ? 0
             : std::atoi(line.c_str() + colon + 1);
}

}  // namespace

ServerProcess::ServerProcess(std::vector<std::string> flags,
                             const std::string& program) {
  std::vector<std::string> words = {program.empty() ? CHAT77D : program};
  if (program.empty()) {
    words.insert(words.end(),
                 {"--listen=127.0.0.1:0", "--compat_listen=127.0.0.1:0",
                  "--password_cost=min", "--login_seconds=3600"});
  }
  words.insert(words.end(), flags.begin(), flags.end());
  char path[] = "/tmp/chat77-log-XXXXXX";
  const int log = ::mkstemp(path);
  log_path_ = path;
  int out[2];
  if (::pipe2(out, O_CLOEXEC) != 0) return;
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(out[1]);
  ::close(log);
  ReadReadyLine(out[0]);
  ::close(out[0]);
}

void ServerProcess::ReadReadyLine(int fd) {
  std::string line;
  while (line.find('\n') == std::string::npos) {
    pollfd waiting{fd, POLLIN, 0};
    char c;
    if (::poll(&waiting, 1, kStartMs) <= 0 || ::read(fd, &c, 1) <= 0) return;
    line.push_back(c);
  }
  port_ = PortOf(line, "native");
  compat_port_ = PortOf(line, "compat");
}

ServerProcess::~ServerProcess() {
  if (pid_ > 0) {
    Signal(SIGKILL);
    Wait();
  }
  ::unlink(log_path_.c_str());
}

void ServerProcess::Signal(int signal) {
  if (pid_ > 0) ::kill(pid_, signal);
}

int ServerProcess::Wait(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (pid_ > 0 && std::chrono::steady_clock::now() < until) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return -1;
}

std::string ServerProcess::Log() const {
  std::ifstream file(log_path_);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace chat77::test
