// Whether a text may be sent, judged before it leaves: a mistake then costs a
// sentence, not a connection.
#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace chat77::client {

// True if every byte belongs to well-formed UTF-8.
bool IsUtf8(std::string_view text);

// InvalidArgument with one sentence: empty, not UTF-8, too long, too many
// lines.
absl::Status CheckText(std::string_view text);

}  // namespace chat77::client
