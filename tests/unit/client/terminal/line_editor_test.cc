// The line editor on a real pseudo-terminal: a child process edits, the test
// types and looks at the screen's bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/terminal/console.h"

namespace chat77::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Answers each line with "got LINE"; "secret" asks for a secret.
[[noreturn]] void RunChild() {
  setenv("TERM", "xterm", 1);
  unsetenv("LC_ALL");
  bool ended = false;
  std::unique_ptr<Console> console;
  console = MakeLineEditor({[&](const std::string& line) {
                              console->Print("got " + line + ".");
                              console->SetPrompt(
                                  line == "secret" ? "password: " : "> ",
                                  line == "secret");
                            },
                            [&] { ended = true; },
                            [](std::string_view before) {
                              if (before == "an") return Completion{"n ", {}};
                              return Completion{"", {"first", "second"}};
                            }});
  if (!console) _exit(3);
  console->SetPrompt("> ", false);
  char bytes[4096];
  while (!ended) {
    const ssize_t size = read(STDIN_FILENO, bytes, sizeof bytes);
    if (size <= 0) break;
    console->Receive({bytes, static_cast<size_t>(size)});
  }
  console.reset();
  _exit(0);
}

class LineEditorTest : public ::testing::Test {
 protected:
  LineEditorTest() {
    winsize size{};
    size.ws_row = 10;
    size.ws_col = 40;
    child_ = forkpty(&terminal_, nullptr, nullptr, &size);
    if (child_ == 0) RunChild();
    Await("> ");
  }

  ~LineEditorTest() override {
    close(terminal_);
    waitpid(child_, nullptr, 0);
  }

  void Type(const std::string& keys) {
    ASSERT_EQ(write(terminal_, keys.data(), keys.size()),
              static_cast<ssize_t>(keys.size()));
  }

  // What came on the screen up to `text`.
  std::string Await(const std::string& text) {
    while (screen_.find(text) == std::string::npos) {
      pollfd ready{terminal_, POLLIN, 0};
      char bytes[4096];
      const ssize_t size = poll(&ready, 1, 30'000) == 1
                               ? read(terminal_, bytes, sizeof bytes)
                               : 0;
      if (size <= 0) {
        ADD_FAILURE() << "no \"" << text << "\" in: " << screen_;
        break;
      }
      screen_.append(bytes, static_cast<size_t>(size));
    }
    const size_t end = screen_.find(text);
    if (end == std::string::npos) return std::exchange(screen_, {});
    const std::string seen = screen_.substr(0, end + text.size());
    screen_.erase(0, seen.size());
    return seen;
  }

  int terminal_ = -1;
  pid_t child_ = -1;
  std::string screen_;
};

TEST_F(LineEditorTest, GivesTheLine) {
  Type("hello w\xc3\xb6rld\r");
  Await("got hello w\xc3\xb6rld.");
}

TEST_F(LineEditorTest, EditsIt) {
  Type("helo\033[D\033[Dl\001>\005!\x7f?\r");
  Await("got >hello?.");
}

TEST_F(LineEditorTest, RemembersLines) {
  Type("one\r");
  Await("got one.");
  Type("\033[A\r");
  Await("got one.");
}

TEST_F(LineEditorTest, SecretIsNotShown) {
  Type("secret\r");
  Await("password: ");
  Type("x7y\x7fz\r");
  EXPECT_THAT(Await("got x7z."), Not(HasSubstr("x7y")));
  Await("> ");
  Type("\033[A\r");  // nor remembered
  Await("got secret.");
}

TEST_F(LineEditorTest, CompletesAtTheTab) {
  Type("an\tis here\r");
  Await("got ann is here.");
}

TEST_F(LineEditorTest, PrintingLeavesTheTypingWhole) {
  Type("half a line\t");  // lists candidates above it
  Await("first  second");
  Await("> half a line");
  Type("!\r");
  Await("got half a line!.");
}

TEST_F(LineEditorTest, PrintingErasesEveryRowOfTheTyping) {
  Type(std::string(100, 'x'));  // three rows of 40
  Type("\t");
  EXPECT_THAT(Await("first  second"), HasSubstr("\r\033[2A\033[J"));
}

TEST_F(LineEditorTest, EndOfInputOnAnEmptyLineOnly) {
  Type("ab\001\004\r");  // deletes the a
  Await("got b.");
  Type("\004");
  int status = -1;
  waitpid(child_, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace chat77::client
