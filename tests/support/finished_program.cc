#include "tests/support/finished_program.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

extern char** environ;

namespace chat77::test {
namespace {

constexpr std::chrono::seconds kPatience{60};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

// A file without a name that holds the text, read from its beginning.
File FileOf(const std::string& text) {
  File file(std::tmpfile());
  std::fwrite(text.data(), 1, text.size(), file.get());
  std::rewind(file.get());
  return file;
}

std::string Contents(std::FILE* file) {
  std::rewind(file);
  std::string text;
  char bytes[4096];
  for (size_t size; (size = std::fread(bytes, 1, sizeof bytes, file)) > 0;) {
    text.append(bytes, size);
  }
  return text;
}

std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

int AwaitEnd(pid_t pid) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  int status = 0;
  while (::waitpid(pid, &status, WNOHANG) != pid) {
    if (std::chrono::steady_clock::now() > until) ::kill(pid, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

ProgramWords::ProgramWords(std::vector<std::string> arguments)
    : words_(std::move(arguments)) {
  words_.insert(words_.begin(), CHAT77);
  for (char** variable = environ; *variable != nullptr; ++variable) {
    environment_.emplace_back(*variable);
  }
  std::erase_if(environment_, [](const std::string& variable) {
    return variable.starts_with("TERM=") || variable.starts_with("LC_ALL=") ||
           variable.starts_with("TZ=");
  });
  environment_.insert(environment_.end(),
                      {"TERM=xterm", "TZ=UTC", "NO_COLOR=1"});
  argv_ = Pointers(words_);
  envp_ = Pointers(environment_);
}

void ProgramWords::Execute() {
  ::execve(argv_[0], argv_.data(), envp_.data());
  ::_exit(127);
}

FinishedProgram RunChat77(std::vector<std::string> arguments,
                          const std::string& input,
                          const std::string& descriptor7) {
  ProgramWords words(std::move(arguments));
  const File in = FileOf(input), out = FileOf(""), err = FileOf("");
  const File extra = FileOf(descriptor7);
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (!descriptor7.empty()) ::dup2(::fileno(extra.get()), 7);
    ::dup2(::fileno(in.get()), STDIN_FILENO);
    ::dup2(::fileno(out.get()), STDOUT_FILENO);
    ::dup2(::fileno(err.get()), STDERR_FILENO);
    words.Execute();
  }
  const int code = AwaitEnd(pid);
  return {code, Contents(out.get()), Contents(err.get())};
}

}  // namespace chat77::test
