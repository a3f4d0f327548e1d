// The flags of chat77d that say how much: who may connect, how fast, and how
// much memory there is.
#pragma once

#include "absl/status/status.h"

#include "server/config.h"

namespace chat77::server {

// Into `config`; InvalidArgument with one sentence for what makes no sense.
absl::Status ReadLimits(Config& config);

}  // namespace chat77::server
