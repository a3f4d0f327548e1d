// The sentences for one refused write or a missing record, the same in every
// store.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"

namespace chat77::store {

absl::Status AliasTaken(std::string_view alias);
absl::Status NoSuchAccount(std::string_view key);
absl::Status NoSuchRoom(std::string_view room);
absl::Status NoOpenConnection(int64_t id);

}  // namespace chat77::store
