// The run: clients that talk, a server that is killed and killed again, and
// what is looked at in between.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "tests/crash/audit.h"
#include "tests/crash/proxy.h"
#include "tests/crash/talker.h"
#include "tests/crash/victim.h"

namespace chat77::crash {

struct ChaosOptions {
  std::string server;  // the program
  std::string store;   // its file, which does not exist yet
  int kills = 200;
  int clients = 8;  // even
  uint64_t seed = 1;
  bool verbose = false;  // tells what is done to the server
  // A start that takes longer is a fault; 0: it is only reported.
  std::chrono::milliseconds start_limit{0};
};

class Chaos {
 public:
  explicit Chaos(const ChaosOptions& options);
  ~Chaos();
  Chaos(const Chaos&) = delete;
  Chaos& operator=(const Chaos&) = delete;

  // True if nothing was found. Prints what was done.
  bool Run();

 private:
  static constexpr int kKillsBetweenChecks = 50;

  // Runs it on the clients' thread and waits.
  void OnIo(const std::function<void()>& call);
  bool Chance(double probability);
  void Pause(int least_ms, int most_ms);
  // Polls on the clients' thread.
  bool Await(const std::function<bool()>& condition);

  bool Begin();
  void Disturb();
  void Note(const char* what);
  void Kill();
  void Stop();
  bool Restart();
  void BreakLinks();
  bool Check(bool last);
  bool AllSettled() const;
  bool Settle();
  std::vector<pb::ListPrivateReply> PrivateStates();
  void CheckLinks();
  void Report();

  const ChaosOptions options_;
  std::mt19937_64 random_;
  Victim victim_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type>
      work_;
  Scene scene_;
  std::unique_ptr<Proxy> proxy_;
  std::vector<std::unique_ptr<Talker>> talkers_;
  std::thread thread_;
  int kills_ = 0, early_kills_ = 0, stops_ = 0, cuts_ = 0;
  std::chrono::milliseconds longest_start_{0};
  std::chrono::steady_clock::time_point began_;
};

}  // namespace chat77::crash
