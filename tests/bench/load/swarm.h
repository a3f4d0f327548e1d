// All connections of the load client: one thread, one epoll.
//
//   Swarm swarm(options, address);
//   swarm.LogIn(1001);                         // or RegisterAll
//   chat77_wire::room(swarm.client(7).out, text); swarm.Flush(swarm.client(7));
//   swarm.Pump(100);                           // until counts() says enough
//
// Every call returns the first thing that went wrong: a server that closes a
// connection or refuses a request ends the run.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "tests/bench/load/address.h"
#include "tests/bench/load/client.h"
#include "tests/bench/load/histogram.h"
#include "tests/bench/load/options.h"

namespace chat77::bench {

struct Counts {
  uint64_t delivered = 0;  // messages, private or not
  uint64_t bytes = 0, reads = 0;
  uint64_t notices = 0;  // Joined and Left
  uint64_t batches = 0;  // PresenceChanged
  uint64_t names = 0;    // in notices and batches
  uint64_t missed = 0;   // Missed: the server dropped something for a reader
};

class Swarm {
 public:
  Swarm(const Options& options, Address address);
  ~Swarm();
  Swarm(const Swarm&) = delete;
  Swarm& operator=(const Swarm&) = delete;

  // Opens clients up to `count` and returns when all are in (--raw: connected)
  // and nothing more comes. Those below options.stalled stop reading.
  absl::Status LogIn(uint32_t count);
  // The same, but only makes the accounts, and closes.
  absl::Status RegisterAll(uint32_t count);

  // Waits at most so long for something to come and deals with all of it.
  absl::Status Pump(int milliseconds);
  // Until nothing came for so long; `most_seconds` at most.
  absl::Status Drain(int quiet_milliseconds, double most_seconds);
  // Sends what is in client.out.
  absl::Status Flush(Client& client);

  Client& client(size_t index) { return *clients_[index]; }
  const Counts& counts() const { return counts_; }
  // From the stamps of what was delivered, in nanoseconds.
  Histogram& latency() { return latency_; }
  // When the last of them was in, and when something last came.
  uint64_t all_in_at() const { return all_in_at_; }
  uint64_t read_at() const { return read_at_; }
  // Called after each read that brought `messages` of them.
  void set_on_delivered(std::function<void(Client&, uint64_t messages)> call) {
    on_delivered_ = std::move(call);
  }

 private:
  absl::Status BringIn(uint32_t count);
  absl::Status OpenOne();
  absl::Status RepeatPaused();
  absl::Status Read(Client& client);
  size_t TakeFrames(Client& client, std::string_view bytes);
  void OnFrame(Client& client, std::string_view frame);
  void OnLoginFrame(Client& client, uint32_t field, std::string_view body);
  void OnPresence(std::string_view body);
  void Arrived(Client& client, Stage stage);
  void Fail(const Client& client, uint32_t field, std::string_view body);
  void Watch(Client& client, int operation);

  const Options& options_;
  const Address address_;
  const int epoll_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<char> buffer_;
  std::multimap<uint64_t, Client*> paused_;  // by the time to ask again
  size_t arrived_ = 0;                       // of clients_
  uint64_t all_in_at_ = 0;
  uint64_t read_at_ = 0;
  uint64_t messages_ = 0;  // in this read
  bool progress_ = false;  // something came in this Pump
  absl::Status failure_;
  Counts counts_;
  Histogram latency_;
  std::function<void(Client&, uint64_t)> on_delivered_;
};

}  // namespace chat77::bench
