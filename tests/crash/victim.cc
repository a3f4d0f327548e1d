#include "tests/crash/victim.h"

#include <csignal>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace chat77::crash {
namespace {

using Clock = std::chrono::steady_clock;

uint16_t FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  const bool ok =
      ::bind(fd, any, size) == 0 && ::getsockname(fd, any, &size) == 0;
  ::close(fd);
  return ok ? ntohs(address.sin_port) : 0;
}

}  // namespace

Victim::Victim(std::string program, std::vector<std::string> flags)
    : port_(FreePort()) {
  words_.push_back(std::move(program));
  words_.push_back("--listen=127.0.0.1:" + std::to_string(port_));
  words_.insert(words_.end(), flags.begin(), flags.end());
}

Victim::~Victim() {
  if (pid_ > 0) End(SIGKILL);
  if (out_ >= 0) ::close(out_);
}

void Victim::Start() {
  int out[2];
  if (::pipe2(out, O_CLOEXEC) != 0) return;
  if (out_ >= 0) ::close(out_);
  out_ = out[0];
  started_ = Clock::now();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    // A connection that is closed here must not live on in there.
    ::close_range(STDERR_FILENO + 1, ~0u, 0);
    std::vector<char*> argv;
    for (std::string& word : words_) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(out[1]);
}

bool Victim::AwaitReady(std::chrono::milliseconds patience) {
  const auto until = Clock::now() + patience;
  for (char c = 0; c != '\n';) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - Clock::now());
    pollfd waiting{out_, POLLIN, 0};
    if (left.count() <= 0 ||
        ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0 ||
        ::read(out_, &c, 1) <= 0) {
      return false;
    }
  }
  start_time_ = std::chrono::duration_cast<std::chrono::milliseconds>(
      Clock::now() - started_);
  return true;
}

int Victim::End(int signal) {
  ::kill(pid_, signal);
  const auto until = Clock::now() + std::chrono::seconds(300);
  while (Clock::now() < until) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return -1;
}

}  // namespace chat77::crash
