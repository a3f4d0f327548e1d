// The guard before an export writes over a file that is there.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace chat77::store {

// OK if nothing would be lost with the file: it is not there, empty, or has the
// original's format and no password in it. FailedPrecondition otherwise: the
// original's own file holds the only copy of its users' passwords until it is
// imported, and any other file is somebody else's.
absl::Status CheckReplaceable(const std::string& path);

}  // namespace chat77::store
