// The flags of chat77d, read and judged.
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "server/net/server.h"

namespace chat77::server {

struct Config {
  ServerOptions server;
  std::string compat_listen;  // empty: no text gateway
  size_t compat_connections = 0;
  std::string log_level;
};

// The text of --help.
std::string HelpText();

// From the command line; InvalidArgument with one sentence for what makes no
// sense.
absl::StatusOr<Config> ReadConfig(int argc, char** argv);

}  // namespace chat77::server
