// One connection of the load client, with the bytes on their way.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/bench/load/secure.h"

namespace chat77::bench {

enum class Stage : uint8_t {
  kLoggingIn,
  kPausing,  // the server was busy; to ask again soon
  kIn,
  kStalled,  // in, and never reads again
  kDone,     // has its account (kRegister), is closed
};

struct Client {
  int fd = -1;
  std::unique_ptr<Secure> secure;  // nullptr without --tls
  uint32_t id = 0;
  Stage stage = Stage::kLoggingIn;
  bool writing = false;  // waits for the socket to take more
  int step = 0;          // chat77_wire::Step
  uint64_t sent_at = 0;  // of its last private text
  std::string in;        // the beginning of a frame
  std::string out;       // what the socket has not taken
};

}  // namespace chat77::bench
