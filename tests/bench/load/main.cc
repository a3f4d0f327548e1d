// The project's load client; see load --help.

#include <csignal>
#include <cstdio>
#include <string>
#include <sys/resource.h>

#include "absl/strings/str_cat.h"

#include "proto/command_line.h"
#include "tests/bench/load/options.h"
#include "tests/bench/load/report.h"
#include "tests/bench/load/scenarios.h"
#include "tests/bench/load/swarm.h"

namespace chat77::bench {
namespace {

// Each connection is a descriptor.
absl::Status RaiseDescriptorLimit(uint32_t connections) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  constexpr uint32_t kOthers = 16;
  if (limit.rlim_cur >= connections + kOthers) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      connections, " connections are more than the ", limit.rlim_cur,
      " descriptors this process may have; raise `ulimit -Hn` or ask for "
      "fewer."));
}

absl::Status Run(const Options& options, Report& report) {
  if (absl::Status status = RaiseDescriptorLimit(options.connections());
      !status.ok()) {
    return status;
  }
  const absl::StatusOr<Address> address = Resolve(options.host, options.port);
  if (!address.ok()) return address.status();
  Swarm swarm(options, *address);
  switch (options.scenario) {
    case Scenario::kRoom:
      report.Text("scenario", "room");
      return RunRoom(options, swarm, report);
    case Scenario::kPairs:
      report.Text("scenario", "pairs");
      return RunPairs(options, swarm, report);
    case Scenario::kIdle:
      report.Text("scenario", "idle");
      return RunIdle(options, swarm, report);
    case Scenario::kJoin:
      report.Text("scenario", "join");
      return RunJoin(options, swarm, report);
    case Scenario::kRegister:
      report.Text("scenario", "register");
      return RunRegister(options, swarm, report);
  }
  return absl::OkStatus();
}

int Fail(const absl::Status& status, int exit_code) {
  std::fprintf(stderr, "load: %s\n", std::string(status.message()).c_str());
  return exit_code;
}

}  // namespace

int Main(int argc, char** argv) {
  if (wire::WantsHelp(argc, argv)) {
    std::fputs(HelpText().c_str(), stdout);
    return 0;
  }
  const absl::StatusOr<Options> options = ReadOptions(argc, argv);
  if (!options.ok()) return Fail(options.status(), 2);
  std::signal(SIGPIPE, SIG_IGN);
  SetPrefix(options->prefix);
  Report report;
  if (absl::Status status = Run(*options, report); !status.ok()) {
    return Fail(status, 1);
  }
  const std::string text = options->json ? report.Json() : report.Table();
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace chat77::bench

int main(int argc, char** argv) { return chat77::bench::Main(argc, argv); }
