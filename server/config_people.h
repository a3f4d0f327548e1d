// The flags of chat77d about people: who may make an account, and how much each
// may ask for.
#pragma once

#include "absl/status/status.h"

#include "server/config.h"

namespace chat77::server {

// Into `config`; InvalidArgument with one sentence for what makes no sense.
absl::Status ReadPeople(Config& config);

}  // namespace chat77::server
