// Logging in: what it costs, what it leaves behind, what others hear of it.

#include "tests/bench/load/clock.h"
#include "tests/bench/load/meter.h"
#include "tests/bench/load/scenarios.h"

namespace chat77::bench {
namespace {

// Until then the server has put away what the logins needed.
constexpr double kSettleSeconds = 1;

absl::Status Sit(Swarm& swarm, double seconds) {
  const uint64_t end = Now() + static_cast<uint64_t>(seconds * kSecond);
  while (Now() < end) {
    if (absl::Status status = swarm.Pump(50); !status.ok()) return status;
  }
  return absl::OkStatus();
}

double ResidentPerClient(const Sample& before, const Sample& after,
                         uint32_t clients) {
  return (static_cast<double>(after.server.resident_bytes) -
          static_cast<double>(before.server.resident_bytes)) /
         clients;
}

void ReportLogins(const Options& options, const Sample& before,
                  const Sample& after, double seconds, Report& report) {
  report.Number("login_seconds", seconds, 3);
  report.Number("logins_per_s", options.count / seconds);
  if (options.pid == 0) return;
  report.Number("login_server_cpu_us",
                ServerCpuNs(before, after) / 1000 / options.count, 1);
}

}  // namespace

absl::Status RunIdle(const Options& options, Swarm& swarm, Report& report) {
  const Sample before = TakeSample(swarm, options.pid);
  if (absl::Status status = swarm.LogIn(options.count); !status.ok()) {
    return status;
  }
  const Sample in = TakeSample(swarm, options.pid);
  if (absl::Status status = Sit(swarm, kSettleSeconds); !status.ok()) {
    return status;
  }
  const Sample settled = TakeSample(swarm, options.pid);
  if (absl::Status status = Sit(swarm, options.seconds); !status.ok()) {
    return status;
  }
  const Sample after = TakeSample(swarm, options.pid);
  report.Number("connections", options.count);
  ReportLogins(options, before, in,
               static_cast<double>(swarm.all_in_at() - before.time) / kSecond,
               report);
  if (options.pid == 0) return absl::OkStatus();
  report.Number("rss_kb_before",
                static_cast<double>(before.server.resident_bytes) / 1024);
  report.Number("rss_kb_after",
                static_cast<double>(after.server.resident_bytes) / 1024);
  report.Number("rss_per_conn",
                ResidentPerClient(before, after, options.count));
  report.Number("idle_cpu_pct",
                ServerCpuNs(settled, after) /
                    (SecondsBetween(settled, after) * kSecond) * 100,
                2);
  return absl::OkStatus();
}

absl::Status RunJoin(const Options& options, Swarm& swarm, Report& report) {
  const Sample before = TakeSample(swarm, options.pid);
  if (absl::Status status = swarm.LogIn(options.count); !status.ok()) {
    return status;
  }
  const Sample after = TakeSample(swarm, options.pid);
  report.Number("clients", options.count);
  ReportLogins(options, before, after,
               static_cast<double>(swarm.all_in_at() - before.time) / kSecond,
               report);
  report.Number("quiet_after_s",
                static_cast<double>(swarm.read_at() - before.time) / kSecond,
                3);
  report.Number("bytes_received", static_cast<double>(after.counts.bytes));
  report.Number("notices", static_cast<double>(after.counts.notices));
  report.Number("batches", static_cast<double>(after.counts.batches));
  report.Number("names_heard", static_cast<double>(after.counts.names));
  report.Number("missed", static_cast<double>(after.counts.missed));
  if (options.pid == 0) return absl::OkStatus();
  report.Number("server_cpu_s", ServerCpuNs(before, after) / kSecond, 2);
  report.Number("rss_per_conn",
                ResidentPerClient(before, after, options.count));
  return absl::OkStatus();
}

absl::Status RunRegister(const Options& options, Swarm& swarm, Report& report) {
  const Sample before = TakeSample(swarm, options.pid);
  if (absl::Status status = swarm.RegisterAll(options.count); !status.ok()) {
    return status;
  }
  const Sample after = TakeSample(swarm, options.pid);
  report.Number("accounts", options.count);
  report.Number("seconds", SecondsBetween(before, after), 2);
  return absl::OkStatus();
}

}  // namespace chat77::bench
