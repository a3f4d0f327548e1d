// The subcommands for scripts. Each logs in, does one thing, logs out, and
// returns the exit code of the program; what went wrong is one sentence on
// standard error.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/client.h"
#include "client/terminal/exit_code.h"
#include "client/terminal/view.h"

namespace chat77::client {

struct ScriptOptions {
  ClientOptions client;
  Credentials credentials;
  ViewOptions view;
  bool json = false;
  uint64_t count = 0;  // of lines of `tail`; 0: until interrupted
};

// Says each text in the room, in order, and waits until all are confirmed. A
// text that may not be sent stops it before anything is.
ExitCode RunSend(ScriptOptions options, const std::vector<std::string>& texts);
// Prints what happens until interrupted or `count` lines were printed; connects
// again when the connection is lost.
ExitCode RunTail(ScriptOptions options);
// Prints who is online, a name on each line.
ExitCode RunOnline(ScriptOptions options);

}  // namespace chat77::client
