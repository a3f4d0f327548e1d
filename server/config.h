// The flags of chat77d, read and judged.
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "proto/network.h"
#include "proto/stranger_pool.h"
#include "server/net/server.h"

namespace chat77::server {

struct Config {
  ServerOptions server;
  std::string compat_listen;  // empty: no text gateway
  size_t compat_connections = 0;
  wire::NetworkList compat_allow;
  std::string compat_allow_text;  // as it was given, for the log
  wire::StrangerLimits compat_strangers;
  std::string user;  // to become; empty: stay who it is
  std::string log_level;
};

// The text of --help.
std::string HelpText();

// From the command line; InvalidArgument with one sentence for what makes no
// sense.
absl::StatusOr<Config> ReadConfig(int argc, char** argv);

}  // namespace chat77::server
