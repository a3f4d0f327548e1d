// Honest users who talk at a slow, steady pace on a thread of their own, and
// how long each message takes from one to each of the others.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/load/histogram.h"
#include "tests/hostile/honest_user.h"

namespace chat77::hostile {

// Of a phase.
struct Latency {
  double p50_ms = 0;
  double p99_ms = 0;
  uint64_t heard = 0;
  uint64_t complaints = 0;  // of all users, whatever for
};

class HonestRoom {
 public:
  // Each says something as often in a second.
  HonestRoom(const Ports& ports, uint32_t users, double per_second);
  ~HonestRoom();
  HonestRoom(const HonestRoom&) = delete;
  HonestRoom& operator=(const HonestRoom&) = delete;

  // Registers and logs in all; what went wrong, or "".
  std::string Enter();
  void Start();
  // What there was since the last call.
  Latency Take();
  // Nobody says anything more; what was said is waited for, for a minute.
  void Finish();

  // So many that were said have not been heard by somebody yet.
  bool IsBehind(uint64_t messages) const {
    return heard() + messages * (users_.size() - 1) < expected();
  }
  // Messages times listeners, and how many were heard.
  uint64_t expected() const { return said_ * (users_.size() - 1); }
  uint64_t heard() const { return heard_; }
  // The last thing that somebody had to complain about.
  std::string complaint() const;

 private:
  void Run();
  void SayWhatIsDue();
  void ReadAll();

  std::vector<std::unique_ptr<HonestUser>> users_;
  const uint64_t pause_;  // nanoseconds from one message to the next, of all
  uint64_t next_ = 0;
  size_t speaker_ = 0;
  std::atomic<bool> talk_ = true;
  std::atomic<bool> silent_ = false;  // nothing more will be said
  std::atomic<bool> stop_ = false;
  std::atomic<uint64_t> said_ = 0;
  std::atomic<uint64_t> heard_ = 0;
  mutable std::mutex mutex_;  // guards what follows
  bench::Histogram microseconds_;
  uint64_t complaints_ = 0;
  std::string complaint_;
  std::thread thread_;
};

}  // namespace chat77::hostile
