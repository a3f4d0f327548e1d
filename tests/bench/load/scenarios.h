// What the load client can do to a server. Each logs in what it needs, runs
// for options.seconds, and adds what it found to the report.
#pragma once

#include "absl/status/status.h"

#include "tests/bench/load/options.h"
#include "tests/bench/load/report.h"
#include "tests/bench/load/swarm.h"

namespace chat77::bench {

// Talkers and readers in the lobby, by window or by rate.
absl::Status RunRoom(const Options& options, Swarm& swarm, Report& report);
// Private ping-pong.
absl::Status RunPairs(const Options& options, Swarm& swarm, Report& report);
// What logins cost, and what connections that do nothing.
absl::Status RunIdle(const Options& options, Swarm& swarm, Report& report);
// Everybody logs in at once, and hears of the others as --presence says.
absl::Status RunJoin(const Options& options, Swarm& swarm, Report& report);
absl::Status RunRegister(const Options& options, Swarm& swarm, Report& report);

}  // namespace chat77::bench
