// A chat77d that is started and killed over and over on one store and port.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace chat77::crash {

class Victim {
 public:
  // `flags` without --listen; the port is one that was free just now.
  Victim(std::string program, std::vector<std::string> flags);
  // SIGKILL if it still runs.
  ~Victim();
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }

  // Starts it and does not wait.
  void Start();
  // Waits for its line; false if it ended or took longer. How long it took
  // since Start is start_time().
  bool AwaitReady(std::chrono::milliseconds patience);
  std::chrono::milliseconds start_time() const { return start_time_; }

  // Sends the signal and waits for the end: its exit code, 128 + signal, or -1
  // if it is still there after 20 s.
  int End(int signal);

 private:
  std::vector<std::string> words_;
  uint16_t port_ = 0;
  pid_t pid_ = -1;
  int out_ = -1;  // its standard output
  std::chrono::steady_clock::time_point started_;
  std::chrono::milliseconds start_time_{0};
};

}  // namespace chat77::crash
