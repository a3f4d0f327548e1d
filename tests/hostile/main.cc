// chat77_hostile: the real server under attack while honest users talk. Exit
// code 0: it stood it, however slow the machine. What is attacked and judged:
// README.md.

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <random>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"

#include "tests/hostile/siege.h"

#ifndef CHAT77_MEMORY_BUDGET
#define CHAT77_MEMORY_BUDGET 128
#endif

ABSL_FLAG(bool, short, false, "two seconds of each attack, 20000 cycles");
ABSL_FLAG(int64_t, cycles, -1,
          "how often to connect and abort; -1: a million, or 20000 if short");
ABSL_FLAG(double, cycle_rate, 2500, "of these in a second, at most");
ABSL_FLAG(double, seconds, 0, "of each attack; 0: 20, or 2 if short");
ABSL_FLAG(double, pace, 1,
          "all rates of the attacks times this: attackers share their "
          "processors with the server");
ABSL_FLAG(double, p99_ms, 0,
          "fail when an honest user hears 1 of 100 messages later than this; "
          "0: report it only");
ABSL_FLAG(double, p99_times, 0,
          "fail when p99 is more than so many times the worst of the quiet "
          "times; 0: report it only");
ABSL_FLAG(std::string, folder, "",
          "where the store is; empty: the folder for temporary files");
ABSL_FLAG(std::string, only, "", "attacks with this in their names");

namespace {

std::filesystem::path NewFolder() {
  std::random_device random;
  const std::string given = absl::GetFlag(FLAGS_folder);
  auto folder = (given.empty() ? std::filesystem::temp_directory_path()
                               : std::filesystem::path(given)) /
                ("chat77-hostile-" + std::to_string(random()));
  std::filesystem::create_directory(folder);
  return folder;
}

chat77::hostile::SiegeOptions Options(const std::filesystem::path& folder) {
  const bool brief = absl::GetFlag(FLAGS_short);
  chat77::hostile::SiegeOptions options;
  options.store = folder / "chat77.db";
  options.budget = size_t{CHAT77_MEMORY_BUDGET} * 1024 * 1024;
  options.memory_returns = CHAT77_MEMORY_BUDGET == 128;
  options.pace = absl::GetFlag(FLAGS_pace);
  options.p99_ms = absl::GetFlag(FLAGS_p99_ms);
  options.cycles_per_second = absl::GetFlag(FLAGS_cycle_rate);
  options.only = absl::GetFlag(FLAGS_only);
  options.p99_times = absl::GetFlag(FLAGS_p99_times);
  if (brief) {
    options.attack_seconds = 2;
    options.cycles = 20'000;
  }
  if (const double seconds = absl::GetFlag(FLAGS_seconds); seconds > 0) {
    options.attack_seconds = seconds;
  }
  if (const int64_t cycles = absl::GetFlag(FLAGS_cycles); cycles >= 0) {
    options.cycles = static_cast<uint64_t>(cycles);
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "chat77_hostile [--short] [--cycles=1000000]\n\n"
      "Attacks a real server while honest users talk. Latencies are reported;\n"
      "they fail only with --p99_ms or --p99_times.");
  absl::ParseCommandLine(argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  const std::filesystem::path folder = NewFolder();
  const bool stood = chat77::hostile::Siege(Options(folder)).Run();
  std::filesystem::remove_all(folder);
  std::printf("%s\n", stood ? "the server stood it" : "FAILED");
  return stood ? 0 : 1;
}
