// Other people's text made safe for a terminal: what could move the cursor,
// change colours, reverse the direction of reading or hide is shown as
// visible characters instead of being sent.
#pragma once

#include <string>
#include <string_view>

namespace chat77::client {

// One line, always. Controls become `^X`, invisible and direction characters
// `<U+202E>`, line ends `^J`, bytes that are no UTF-8 U+FFFD; a tab becomes a
// space. What was visible stays as it is.
std::string SanitizeLine(std::string_view text);

}  // namespace chat77::client
