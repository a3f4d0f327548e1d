// The lobby: talkers and readers.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "tests/bench/load/clock.h"
#include "tests/bench/load/meter.h"
#include "tests/bench/load/scenarios.h"

namespace chat77::bench {
namespace {

// Nothing moved for so long: it will not.
constexpr uint64_t kStuck = 5 * kSecond;

class Room {
 public:
  Room(const Options& options, Swarm& swarm)
      : options_(options),
        swarm_(swarm),
        payload_(Payload(options.size)),
        hear_each_(options.readers - options.stalled + options.talkers - 1),
        before_(swarm.counts().delivered) {}

  absl::Status Run(Report& report);

 private:
  absl::Status Talk(uint64_t now);
  absl::Status AwaitRest();
  absl::Status Check(uint64_t now);
  absl::Status Say(size_t messages);
  uint64_t delivered() const { return swarm_.counts().delivered - before_; }
  uint64_t owed() const { return said_ * hear_each_ - delivered(); }

  const Options& options_;
  Swarm& swarm_;
  std::string payload_;
  const uint64_t hear_each_;  // of one message
  const uint64_t before_;
  uint64_t said_ = 0;
  uint64_t due_ = 0;    // of the next message, by rate
  uint64_t last_ = 0;   // delivered() when something moved
  uint64_t moved_ = 0;  // when that was
  size_t next_ = 0;     // talker
};

// The next `messages`, by the talkers in turn: one write for each of them.
absl::Status Room::Say(size_t messages) {
  const size_t first = next_;
  const size_t writers = std::min<size_t>(messages, options_.talkers);
  Stamp(payload_, Now());
  for (size_t i = 0; i < messages; ++i) {
    std::string& out = swarm_.client(options_.readers + next_).out;
    options_.raw ? PutSaid(out, payload_) : chat77_wire::room(out, payload_);
    next_ = (next_ + 1) % options_.talkers;
  }
  said_ += messages;
  for (size_t i = 0; i < writers; ++i) {
    Client& talker =
        swarm_.client(options_.readers + (first + i) % options_.talkers);
    if (absl::Status status = swarm_.Flush(talker); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Room::Check(uint64_t now) {
  if (swarm_.counts().missed > 0) {
    return absl::DataLossError(
        "The server dropped messages for a reader: this machine is too slow "
        "for so many; give a smaller --window, --rate or --size.");
  }
  if (delivered() != last_ || owed() == 0) {
    last_ = delivered();
    moved_ = now;
  }
  if (now - moved_ < kStuck) return absl::OkStatus();
  return absl::DeadlineExceededError(
      absl::StrCat("For ", kStuck / kSecond, " seconds nothing came, and ",
                   owed(), " deliveries are missing."));
}

// What is to be said now, and then what comes.
absl::Status Room::Talk(uint64_t now) {
  int wait = 100;
  size_t messages = 0;
  if (options_.rate > 0) {
    const auto gap = static_cast<uint64_t>(kSecond / options_.rate);
    for (; due_ <= now; due_ += gap) ++messages;
    wait = static_cast<int>((due_ - now) / 1'000'000);
  } else {
    const uint64_t heard = delivered() / hear_each_;
    messages = heard + options_.window - said_;
  }
  if (messages > 0) {
    if (absl::Status status = Say(messages); !status.ok()) return status;
  }
  return swarm_.Pump(std::min(wait, 100));
}

absl::Status Room::AwaitRest() {
  while (owed() > 0) {
    if (absl::Status status = swarm_.Pump(20); !status.ok()) return status;
    if (absl::Status status = Check(Now()); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Room::Run(Report& report) {
  const uint64_t start = Now();
  const auto after = [start](double seconds) {
    return start + static_cast<uint64_t>(seconds * kSecond);
  };
  const uint64_t measure = after(options_.warmup);
  const uint64_t end = after(options_.warmup + options_.seconds);
  moved_ = due_ = start;
  Sample from;
  for (uint64_t now = start; now < end; now = Now()) {
    if (from.time == 0 && now >= measure) {
      swarm_.latency().Clear();
      from = TakeSample(swarm_, options_.pid);
    }
    if (absl::Status status = Talk(now); !status.ok()) return status;
    if (absl::Status status = Check(now); !status.ok()) return status;
  }
  const Sample to = TakeSample(swarm_, options_.pid);
  ReportDeliveries(from, to, options_.pid, report);
  if (absl::Status status = AwaitRest(); !status.ok()) return status;
  ReportLatency("", swarm_.latency(), report);
  return absl::OkStatus();
}

}  // namespace

absl::Status RunRoom(const Options& options, Swarm& swarm, Report& report) {
  if (absl::Status status = swarm.LogIn(options.connections()); !status.ok()) {
    return status;
  }
  report.Number("readers", options.readers);
  report.Number("stalled", options.stalled);
  report.Number("talkers", options.talkers);
  if (options.rate > 0) {
    report.Number("rate", options.rate, 1);
  } else {
    report.Number("window", options.window);
  }
  report.Number("size", options.size);
  return Room(options, swarm).Run(report);
}

}  // namespace chat77::bench
