// The whole: a server, honest users on it, one attack after the other, and what
// became of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/hostile/attacks.h"
#include "tests/hostile/honest_room.h"
#include "tests/hostile/tally.h"
#include "tests/hostile/watch.h"
#include "tests/support/server_process.h"

namespace chat77::hostile {

struct SiegeOptions {
  std::string store;
  uint32_t honest = 50;
  double says_per_second = 0.5;  // of each
  // Of quiet before the first attack and after each, as long as an attack.
  double attack_seconds = 20;
  uint64_t cycles = 1'000'000;
  double cycles_per_second = 4000;
  double pace = 1;
  // A worse one fails, and one that is so many times the worst of the quiet
  // times; 0: it is only reported.
  double p99_ms = 0;
  double p99_times = 0;
  size_t budget = 0;  // bytes
  // Whether the memory has to come back: not where a sanitizer keeps it.
  bool memory_returns = true;
  std::string only;  // attacks whose name has this in it; empty: all
};

class Siege {
 public:
  explicit Siege(const SiegeOptions& options);

  // Prints a table; true if the server stood it all.
  bool Run();

 private:
  using Assault = std::function<void(double seconds, Tally& tally)>;
  struct Outcome {
    Latency latency;
    Held after;
    size_t most_bytes = 0;
    std::string newcomer;
  };
  struct Row {
    std::string name;
    Latency latency;
  };

  bool Prepare();
  bool MakeAccounts();
  void Quiet();
  void Attack(const hostile::Attack& attack);
  double CycleSeconds() const;
  void AbortCycles();
  Outcome Observe(double seconds, const Assault& assault, Tally& tally);
  std::string Newcomer();
  void Report(const std::string& name, const Outcome& outcome,
              const Tally& tally, bool allowed);
  void ReportLatencies();
  Held Settled(size_t descriptors);
  size_t DescriptorsAtRest();
  bool GaveBack(const Held& now) const;
  Held AwaitReturn();
  void WarmUp();
  void AttackAgain();
  Held EndOfGrowth();
  void End();
  void Judge(bool good, const std::string& what);

  const SiegeOptions options_;
  test::ServerProcess server_;
  const Ports ports_;
  HonestRoom room_;
  std::vector<hostile::Attack> attacks_;
  std::vector<Latency> quiet_;
  std::vector<Row> rows_;
  Held start_;
  bool good_ = true;
};

}  // namespace chat77::hostile
