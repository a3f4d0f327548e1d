// `chat77` run to its end, as a script does: what it was given, what it wrote.
#pragma once

#include <string>
#include <vector>

namespace chat77::test {

// The command line of this build's chat77, made before a fork.
class ProgramWords {
 public:
  explicit ProgramWords(std::vector<std::string> arguments);
  ProgramWords(const ProgramWords&) = delete;
  ProgramWords& operator=(const ProgramWords&) = delete;

  // In the child: becomes the program, or exits with 127.
  [[noreturn]] void Execute();

 private:
  std::vector<std::string> words_;
  std::vector<char*> argv_;
  std::vector<std::string> environment_;
  std::vector<char*> envp_;
};

struct FinishedProgram {
  int code = -1;  // the exit code, or 128 + the signal that ended it
  std::string out;
  std::string err;
};

// Runs `chat77 ARGUMENTS...` with `input` as its standard input; killed after
// 60 seconds. Descriptor 7 holds `descriptor7`, if that is not empty.
FinishedProgram RunChat77(std::vector<std::string> arguments,
                          const std::string& input = "",
                          const std::string& descriptor7 = "");

}  // namespace chat77::test
