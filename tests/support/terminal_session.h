// A person at a terminal: the program `chat77` on a pseudo-terminal, the keys
// that are typed, and what the screen shows.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "tests/support/terminal_screen.h"

namespace chat77::test {

class TerminalSession {
 public:
  // Long: the machine may be busy. Nothing waits when all is well.
  static constexpr std::chrono::seconds kPatience{60};
  static constexpr unsigned short kColumns = 160;

  // Starts `chat77 FLAGS...`, TERM=xterm, without colours.
  explicit TerminalSession(std::vector<std::string> flags);
  // SIGKILL if it still runs.
  ~TerminalSession();
  TerminalSession(const TerminalSession&) = delete;
  TerminalSession& operator=(const TerminalSession&) = delete;

  // Types the keys, looking at the screen meanwhile; Enter is '\r'.
  void Type(const std::string& keys);
  void Enter(const std::string& line) { Type(line + "\r"); }
  // Until the screen shows the text anywhere, so many times; false after
  // kPatience.
  bool Await(const std::string& text, int times = 1);
  // Until the row with the cursor is just this.
  bool AwaitCursorLine(const std::string& line);
  void Resize(unsigned short columns);
  void Signal(int signal);
  // Waits for the end; the exit code, or 128 + the signal, or -1.
  int Wait();

  // All rows so far, and the same as the bytes that came.
  std::string Screen() const { return screen_.Text(); }
  const std::string& bytes() const { return bytes_; }
  const TerminalScreen& screen() const { return screen_; }

 private:
  bool AwaitThat(const std::function<bool()>& seen);
  // Takes what came within `patience`; false at the end of the output.
  bool Look(std::chrono::milliseconds patience);

  int terminal_ = -1;
  pid_t pid_ = -1;
  bool ended_ = false;
  TerminalScreen screen_{kColumns};
  std::string bytes_;
};

}  // namespace chat77::test
