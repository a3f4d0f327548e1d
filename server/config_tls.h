// The flags about encryption.
#pragma once

#include "absl/status/status.h"

#include "server/config.h"

namespace chat77::server {

// InvalidArgument with one sentence for what makes no sense.
absl::Status ReadTlsFlags(Config& config);

}  // namespace chat77::server
