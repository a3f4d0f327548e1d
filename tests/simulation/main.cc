// chat77_simulation: runs seeds of the deterministic simulation and says how
// many, how fast and what they met; at the first broken invariant it prints the
// seed, the last lines of the run, and the invariant. See README.md.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "tests/simulation/world.h"

namespace {

using chat77::simulation::Outcome;
using chat77::simulation::World;

struct Settings {
  uint64_t first = 1;
  uint64_t seeds = 100;
  World::Options run;
};

[[noreturn]] void Usage() {
  std::fputs(
      "usage: chat77_simulation [--seeds N] [--first S] [--steps N]\n"
      "                         [--seed N [--trace]]\n",
      stderr);
  std::exit(2);
}

Settings Parse(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--trace") {
      settings.run.trace = true;
      continue;
    }
    uint64_t value = 0;
    if (++i == argc || !absl::SimpleAtoi(argv[i], &value)) Usage();
    if (flag == "--seeds") {
      settings.seeds = value;
    } else if (flag == "--first") {
      settings.first = value;
    } else if (flag == "--steps") {
      settings.run.most_steps = value;
    } else if (flag == "--seed") {
      settings.first = value;
      settings.seeds = 1;
    } else {
      Usage();
    }
  }
  return settings;
}

void PrintFailure(uint64_t seed, const Outcome& outcome) {
  for (const std::string& line : outcome.last_lines) std::puts(line.c_str());
  std::printf(
      "\nFAILED: seed %llu, step %llu, virtual time %s\n%s\n"
      "again, with all of it: chat77_simulation --seed %llu --trace\n",
      static_cast<unsigned long long>(seed),
      static_cast<unsigned long long>(outcome.steps),
      absl::FormatDuration(outcome.lasted).c_str(), outcome.failure.c_str(),
      static_cast<unsigned long long>(seed));
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings = Parse(argc, argv);
  const auto start = std::chrono::steady_clock::now();
  std::map<std::string, uint64_t> counts;
  absl::Duration lasted;
  uint64_t steps = 0;
  for (uint64_t i = 0; i < settings.seeds; ++i) {
    World::Options options = settings.run;
    options.seed = settings.first + i;
    const Outcome outcome = World(options).Run();
    lasted += outcome.lasted;
    steps += outcome.steps;
    for (const auto& [what, count] : outcome.counts) counts[what] += count;
    if (outcome.failure.empty()) continue;
    // Once more, with all that happened before it.
    options.narrate = true;
    PrintFailure(options.seed, options.trace ? outcome : World(options).Run());
    std::printf("after %llu seeds\n", static_cast<unsigned long long>(i + 1));
    return 1;
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  std::printf(
      "%llu seeds from %llu: all invariants held; %.1f seeds/s, %llu steps, "
      "%s of virtual time\n",
      static_cast<unsigned long long>(settings.seeds),
      static_cast<unsigned long long>(settings.first),
      static_cast<double>(settings.seeds) / seconds,
      static_cast<unsigned long long>(steps),
      absl::FormatDuration(absl::Trunc(lasted, absl::Seconds(1))).c_str());
  for (const auto& [what, count] : counts) {
    std::printf("  %-24s %llu\n", what.c_str(),
                static_cast<unsigned long long>(count));
  }
  return 0;
}
