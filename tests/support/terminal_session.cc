#include "tests/support/terminal_session.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "tests/support/finished_program.h"

namespace chat77::test {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

TerminalSession::TerminalSession(std::vector<std::string> flags) {
  winsize size{};
  size.ws_row = 40;
  size.ws_col = kColumns;
  ProgramWords words(std::move(flags));
  pid_ = ::forkpty(&terminal_, nullptr, nullptr, &size);
  if (pid_ == 0) words.Execute();
  // A program started later must not keep this terminal alive.
  ::fcntl(terminal_, F_SETFD, FD_CLOEXEC);
  ::fcntl(terminal_, F_SETFL, O_NONBLOCK);
}

TerminalSession::~TerminalSession() {
  if (pid_ > 0) {
    Signal(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(terminal_);
}

bool TerminalSession::Look(milliseconds patience) {
  pollfd ready{terminal_, POLLIN, 0};
  if (::poll(&ready, 1, static_cast<int>(patience.count())) != 1) return true;
  char bytes[16 * 1024];
  const ssize_t size = ::read(terminal_, bytes, sizeof bytes);
  if (size < 0 && errno == EAGAIN) return true;
  if (size <= 0) return false;
  const std::string_view came(bytes, static_cast<size_t>(size));
  screen_.Receive(came);
  bytes_ += came;
  return true;
}

void TerminalSession::Type(const std::string& keys) {
  std::string_view rest = keys;
  const auto until = steady_clock::now() + kPatience;
  while (!rest.empty() && !ended_ && steady_clock::now() < until) {
    const ssize_t size = ::write(terminal_, rest.data(), rest.size());
    if (size > 0) rest.remove_prefix(static_cast<size_t>(size));
    if (!rest.empty()) ended_ = !Look(milliseconds(20));
  }
}

bool TerminalSession::AwaitThat(const std::function<bool()>& seen) {
  const auto until = steady_clock::now() + kPatience;
  while (!seen()) {
    if (ended_ || steady_clock::now() > until) return false;
    ended_ = !Look(milliseconds(100));
  }
  return true;
}

bool TerminalSession::Await(const std::string& text, int times) {
  return AwaitThat([&] {
    const std::string screen = Screen();
    size_t at = 0;
    for (int i = 0; i < times; ++i) {
      at = screen.find(text, at);
      if (at == std::string::npos) return false;
      at += text.size();
    }
    return true;
  });
}

bool TerminalSession::AwaitCursorLine(const std::string& line) {
  return AwaitThat([&] { return screen_.CursorLine() == line; });
}

void TerminalSession::Resize(unsigned short columns) {
  winsize size{};
  size.ws_row = 40;
  size.ws_col = columns;
  ::ioctl(terminal_, TIOCSWINSZ, &size);
}

void TerminalSession::Signal(int signal) {
  if (pid_ > 0) ::kill(pid_, signal);
}

int TerminalSession::Wait() {
  const auto until = steady_clock::now() + kPatience;
  while (pid_ > 0 && steady_clock::now() < until) {
    if (!ended_) ended_ = !Look(milliseconds(20));
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      while (!ended_) ended_ = !Look(milliseconds(20));  // its last words
      pid_ = -1;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (ended_) std::this_thread::sleep_for(milliseconds(5));
  }
  return -1;
}

}  // namespace chat77::test
