// What people wrote, for an operator's terminal.
#pragma once

#include <string>
#include <string_view>

namespace chat77::store {

// The text with control characters, line breaks, and what turns or hides text
// (bidi controls, zero-width characters) as \x..: harmless, and on one line.
std::string Printable(std::string_view text);

}  // namespace chat77::store
