// A store is its owner's alone: it holds what passwords can be guessed from.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace chat77::store::sqlite {

// FailedPrecondition, with the command that mends it, if the file or one of its
// side files can be read or written by the group or others, or everybody may
// put a file in its place: its folder is world-writable and not sticky. What is
// not there is fine.
absl::Status CheckPrivate(const std::string& path);

}  // namespace chat77::store::sqlite
