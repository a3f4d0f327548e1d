// Files that are read and written as a whole.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace chat77::store {

// NotFound, Unavailable if it cannot be read, InvalidArgument if it holds more
// than `limit` bytes.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path,
                                          size_t limit);

// Puts `content` in the place of `path`: a reader sees the old file or the new
// one, also after a loss of power. Written to ".NAME.PID-new" in the same
// folder first. The new file has the old one's permissions, or what the umask
// leaves of 0666. Unavailable on failure; the old file is then as it was.
absl::Status WriteFileAtomically(const std::string& path,
                                 std::string_view content);

}  // namespace chat77::store
