// How all our programs read their command line: Abseil's flags, but a mistake
// is one sentence for the caller to print and not a usage text and exit code 1.
// Here because this folder is the only one that every program sees.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace chat77::wire {

// Sets the flags and returns the other words, without the program's name. Both
// --name=value and --name value, `-` for `_` in names, --flagfile=PATH; a lone
// `-` is a word, and after `--` everything is. InvalidArgument with one
// sentence: a flag that does not exist, has no value, or a bad one.
absl::StatusOr<std::vector<std::string>> ParseCommandLine(int argc,
                                                          char** argv);

// The first half of it, apart for its tests: the arguments with the names of
// flags spelled as Abseil wants them, or why not. Tries the values on the
// flags.
absl::StatusOr<std::vector<std::string>> CheckFlags(
    const std::vector<std::string>& arguments);

// True if --help, -h or help is among the arguments.
bool WantsHelp(int argc, char** argv);

}  // namespace chat77::wire
