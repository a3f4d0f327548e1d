// Judging what a flag was given: each refuses with one sentence that names the
// flag, its value and what it wants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "proto/network.h"

namespace chat77::server {

absl::Status BadFlag(const std::string& name, const std::string& value,
                     const std::string& wanted);
absl::StatusOr<size_t> InRange(const std::string& name, int32_t value,
                               int32_t least, int32_t most);
// `yes` or `no`, as a word.
absl::StatusOr<bool> Choice(const std::string& name, const std::string& value,
                            const std::string& yes, const std::string& no);
absl::StatusOr<wire::NetworkList> Networks(const std::string& name,
                                           const std::string& value);

}  // namespace chat77::server
