// chat77_crash: kills the real server again and again under real clients and
// looks whether a promise was broken (PROTOCOL.md, "What the server
// promises"). Exit code 0: none was.

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <random>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"

#include "tests/crash/chaos.h"

ABSL_FLAG(int, kills, 200, "SIGKILLs");
ABSL_FLAG(int, clients, 8, "clients; an even number");
ABSL_FLAG(uint64_t, seed, 1, "chooses when and what; the timing stays free");
ABSL_FLAG(std::string, server, CHAT77D, "the chat77d to be killed");
ABSL_FLAG(int, start_ms, 0,
          "fail when a start takes longer (2000: what PROTOCOL.md promises); "
          "0: the longest is only reported");
ABSL_FLAG(bool, verbose, false, "tell each kill, stop and broken link");
ABSL_FLAG(bool, keep, false, "leave the store in place and say where it is");

namespace {

std::filesystem::path NewFolder() {
  std::random_device random;
  auto folder = std::filesystem::temp_directory_path() /
                ("chat77-crash-" + std::to_string(random()));
  std::filesystem::create_directory(folder);
  return folder;
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("chat77_crash [--kills=200] [--seed=1]");
  absl::ParseCommandLine(argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  const std::filesystem::path folder = NewFolder();
  chat77::crash::ChaosOptions options;
  options.server = absl::GetFlag(FLAGS_server);
  options.store = folder / "chat77.db";
  options.kills = absl::GetFlag(FLAGS_kills);
  options.clients = absl::GetFlag(FLAGS_clients) & ~1;
  options.start_limit =
      std::chrono::milliseconds(absl::GetFlag(FLAGS_start_ms));
  options.verbose = absl::GetFlag(FLAGS_verbose);
  options.seed = absl::GetFlag(FLAGS_seed);
  const bool clean = chat77::crash::Chaos(options).Run();
  if (absl::GetFlag(FLAGS_keep)) {
    std::printf("store           %s\n", options.store.c_str());
  } else {
    std::filesystem::remove_all(folder);
  }
  return clean ? 0 : 1;
}
