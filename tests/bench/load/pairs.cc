// Private ping-pong: the even client of a pair speaks first, each answers.

#include <string>

#include "tests/bench/load/clock.h"
#include "tests/bench/load/meter.h"
#include "tests/bench/load/scenarios.h"

namespace chat77::bench {

absl::Status RunPairs(const Options& options, Swarm& swarm, Report& report) {
  if (absl::Status status = swarm.LogIn(options.connections()); !status.ok()) {
    return status;
  }
  std::string payload = Payload(options.size);
  Histogram trips;
  const auto speak = [&](Client& client) {
    client.sent_at = Now();
    Stamp(payload, client.sent_at);
    if (options.raw) return PutPrivateSaid(client.out, payload);
    chat77_wire::direct(client.out, client.id ^ 1, payload);
  };
  swarm.set_on_delivered([&](Client& client, uint64_t) {
    if (client.id % 2 == 0) trips.Add(Now() - client.sent_at);
    speak(client);  // sent when all of the read is dealt with
  });
  for (uint32_t i = 0; i < options.connections(); i += 2) {
    speak(swarm.client(i));
    if (absl::Status status = swarm.Flush(swarm.client(i)); !status.ok()) {
      return status;
    }
  }
  const uint64_t start = Now();
  const uint64_t measure =
      start + static_cast<uint64_t>(options.warmup * kSecond);
  const uint64_t end =
      measure + static_cast<uint64_t>(options.seconds * kSecond);
  Sample from;
  for (uint64_t now = start; now < end; now = Now()) {
    if (from.time == 0 && now >= measure) {
      trips.Clear();
      from = TakeSample(swarm, options.pid);
    }
    if (absl::Status status = swarm.Pump(100); !status.ok()) return status;
  }
  const Sample to = TakeSample(swarm, options.pid);
  swarm.set_on_delivered(nullptr);
  if (to.counts.delivered == from.counts.delivered) {
    return absl::DeadlineExceededError("Not one private message came back.");
  }
  report.Number("pairs", options.count);
  report.Number("size", options.size);
  ReportDeliveries(from, to, options.pid, report);
  ReportLatency("trip_", trips, report);
  return absl::OkStatus();
}

}  // namespace chat77::bench
