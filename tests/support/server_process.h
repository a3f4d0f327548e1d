// A real chat77d (or another of our programs) as a child process.
#pragma once

#include <chrono>
#include <string>
#include <sys/types.h>
#include <vector>

namespace chat77::test {

class ServerProcess {
 public:
  // Starts `chat77d` on free ports with these further flags and waits for its
  // line. `program` defaults to the chat77d of this build. Logins may take as
  // long as they like unless a flag says otherwise: tests may be slow.
  explicit ServerProcess(std::vector<std::string> flags,
                         const std::string& program = "");
  // SIGKILL if it still runs.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  bool ready() const { return port_ > 0 || compat_port_ > 0; }
  int port() const { return port_; }
  int compat_port() const { return compat_port_; }
  pid_t pid() const { return pid_; }

  void Signal(int signal);
  // Waits for the end; the exit code, or 128 + the signal, or -1.
  int Wait(std::chrono::milliseconds patience = std::chrono::seconds(60));
  // What it wrote to standard error so far.
  std::string Log() const;

 private:
  void ReadReadyLine(int fd);

  pid_t pid_ = -1;
  int port_ = 0;
  int compat_port_ = 0;
  std::string log_path_;
};

}  // namespace chat77::test
