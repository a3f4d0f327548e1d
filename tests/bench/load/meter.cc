#include "tests/bench/load/meter.h"

#include <string>
#include <unistd.h>

#include "tests/bench/load/clock.h"

namespace chat77::bench {

Sample TakeSample(const Swarm& swarm, int server_pid) {
  return {Now(), swarm.counts(), UsageOf(server_pid), UsageOf(getpid())};
}

double SecondsBetween(const Sample& from, const Sample& to) {
  return static_cast<double>(to.time - from.time) / kSecond;
}

double ServerCpuNs(const Sample& from, const Sample& to) {
  return static_cast<double>(to.server.cpu_ns - from.server.cpu_ns);
}

void ReportDeliveries(const Sample& from, const Sample& to, int server_pid,
                      Report& report) {
  const double seconds = SecondsBetween(from, to);
  const auto count = [&](uint64_t Counts::* what) {
    return static_cast<double>(to.counts.*what - from.counts.*what);
  };
  const double delivered = count(&Counts::delivered);
  report.Number("seconds", seconds, 2);
  report.Number("deliveries", delivered);
  if (delivered == 0) return;
  report.Number("deliveries_per_s", delivered / seconds);
  report.Number("deliveries_per_recv", delivered / count(&Counts::reads), 2);
  report.Number("bytes_per_delivery", count(&Counts::bytes) / delivered, 1);
  report.Number("client_cpu_pct",
                static_cast<double>(to.self.cpu_ns - from.self.cpu_ns) /
                    (seconds * kSecond) * 100,
                1);
  if (server_pid == 0) return;
  const double cpu = ServerCpuNs(from, to);
  report.Number("server_cpu_pct", cpu / (seconds * kSecond) * 100, 1);
  report.Number("server_cpu_ns_per_delivery", cpu / delivered, 1);
  report.Number("server_rss_kb",
                static_cast<double>(to.server.resident_bytes) / 1024);
}

void ReportLatency(const char* name, const Histogram& latency, Report& report) {
  if (latency.total() == 0) return;
  const auto add = [&](const char* what, uint64_t nanoseconds) {
    report.Number(std::string(name) + what,
                  static_cast<double>(nanoseconds) / 1000, 1);
  };
  add("p50_us", latency.At(0.5));
  add("p99_us", latency.At(0.99));
  add("max_us", latency.max());
}

}  // namespace chat77::bench
