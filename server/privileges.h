// Being somebody who may do less.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace chat77::server {

// Becomes the user `name`, with their groups and no way back, and gives up that
// any program it might start has more. For the main thread while there is no
// other. Nothing to do for who is that user already. PermissionDenied,
// NotFound or Internal with one sentence when it cannot be done or does not
// hold; the process must not go on then.
absl::Status BecomeUser(const std::string& name);

bool IsRoot();

}  // namespace chat77::server
