// What each part of the core has at hand while it handles one event.
#pragma once

#include <cstdint>

#include "server/core/effect.h"
#include "server/core/ids.h"
#include "server/limits/moment.h"

namespace chat77::server {

enum class Stage : uint8_t {
  kServing,
  kStopping,  // something is still held; nobody gets in
  kStopped,   // the core has told everybody goodbye
};

struct Turn {
  const Moment& now;
  Effects& effects;  // what is to be done outside, in order
  Stage stage = Stage::kServing;
};

// A request that is still to be answered.
struct Asked {
  SessionId session;  // 0: nobody asked, nobody is answered
  uint64_t request_id = 0;
};

}  // namespace chat77::server
