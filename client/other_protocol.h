// Who answers on a wrong port, told from the first bytes: chat77's frames
// begin with none of these.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chat77::client {

// A sentence that names the port one meant, or nothing if the bytes may be
// the beginning of a chat77 frame.
std::optional<std::string> OtherProtocol(std::string_view first_bytes);

}  // namespace chat77::client
