// Nearby Wi-Fi networks, as the operating system's own tool prints them.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace chat77::client {

// Runs the first of netsh, nmcli, iw and system_profiler that a folder of
// `path` (separated by colons, as in PATH) has, without a shell, and returns
// what it prints (at most 1 MiB). NotFound if there is none, Unavailable if it
// failed or took longer than 30 s; one sentence each. Blocks meanwhile. The
// names of networks are other people's text: to be sanitized.
absl::StatusOr<std::string> WifiAround(const std::string& path);

}  // namespace chat77::client
