// What the load client is asked to do.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "tests/bench/load/wire.h"

namespace chat77::bench {

enum class Scenario : uint8_t {
  kRoom,      // talkers and readers in the lobby
  kPairs,     // private ping-pong
  kIdle,      // log in and sit
  kJoin,      // many log in at once
  kRegister,  // make the accounts, nothing else
};

struct Options {
  std::string host, port;
  std::string prefix;
  Scenario scenario = Scenario::kRoom;
  // kRoom; `stalled` of the readers never read.
  uint32_t readers = 0, talkers = 0, stalled = 0;
  uint32_t window = 0;  // messages on their way to all; 0: by rate
  double rate = 0;      // messages per second
  uint32_t count = 0;   // pairs, or clients of kIdle, kJoin, kRegister
  uint32_t size = 0;    // bytes of a text
  double seconds = 0, warmup = 0, timeout = 0;
  uint32_t login_par = 0;
  chat77_wire::Presence presence = chat77_wire::kNotices;
  bool tls = false;
  bool raw = false;  // against tests/bench/floor
  bool json = false;
  int pid = 0;  // the server's, if it runs on this machine

  uint32_t connections() const {
    if (scenario == Scenario::kRoom) return readers + talkers;
    return scenario == Scenario::kPairs ? 2 * count : count;
  }
};

// The text of --help.
std::string HelpText();

// From the command line; InvalidArgument with one sentence for what makes no
// sense.
absl::StatusOr<Options> ReadOptions(int argc, char** argv);

}  // namespace chat77::bench
