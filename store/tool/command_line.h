// Abseil flags read in our way: one sentence for a mistake, not a process that
// ends with Abseil's own text and code.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace chat77::store {

// Sets the flags in `arguments` (without the program's name) and returns the
// other words in their order; after "--" everything is a word. Both
// --name=value and --name value; no abbreviations. InvalidArgument for a flag
// that is unknown, lacks its value, or has one that it cannot take.
absl::StatusOr<std::vector<std::string>> ParseCommandLine(
    const std::vector<std::string>& arguments);

}  // namespace chat77::store
