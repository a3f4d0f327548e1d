// Judges the arguments before Abseil parses them, which would end the program
// with a usage text and exit code 1.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace chat77::client {

// The arguments with `-` in the names of flags written as `_` (`--no-color` is
// `--no_color`), or InvalidArgument with one sentence: a flag that does not
// exist, has no value, or a bad one. A lone `-` is no flag; after `--` nothing
// is. Does not change the arguments' order. Values are tried on the flags.
absl::StatusOr<std::vector<std::string>> CheckFlags(
    const std::vector<std::string>& arguments);

}  // namespace chat77::client
