// The original's client_connections.json, written for whoever still reads it.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"

#include "store/model.h"

namespace chat77::store {

// The text of such a file, byte for byte in the original's style: indented by
// four, ASCII with \uXXXX escapes, local times of whole seconds, no newline at
// the end. Every "password" is empty: never a password, never a hash.
// A connection that has no logout, or one imported without, has null.
std::string FormatLegacyJson(
    const std::vector<Account>& accounts,
    const std::vector<Connection>& connections,
    const absl::TimeZone& zone = absl::LocalTimeZone());

}  // namespace chat77::store
