// A stretch of a run: two samples, and what lies between them.
#pragma once

#include <cstdint>

#include "tests/bench/load/process.h"
#include "tests/bench/load/report.h"
#include "tests/bench/load/swarm.h"

namespace chat77::bench {

struct Sample {
  uint64_t time = 0;
  Counts counts;
  Usage server, self;
};

// `server_pid` 0: nothing is known of the server.
Sample TakeSample(const Swarm& swarm, int server_pid);

// Deliveries per second, the server's CPU time for each, and so on.
void ReportDeliveries(const Sample& from, const Sample& to, int server_pid,
                      Report& report);
// "<name>_p50_us", "_p99_us", "_max_us".
void ReportLatency(const char* name, const Histogram& latency, Report& report);

double SecondsBetween(const Sample& from, const Sample& to);
double ServerCpuNs(const Sample& from, const Sample& to);

}  // namespace chat77::bench
