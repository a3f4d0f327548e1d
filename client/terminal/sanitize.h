// Other people's text made safe for a terminal: what could move the cursor,
// change colours, reverse the direction of reading or hide is shown as
// visible characters or taken out (proto/text_filter.h) instead of being sent.
#pragma once

#include <string>
#include <string_view>

namespace chat77::client {

// One line, always. Controls become `^X`, direction characters and those
// whose width a terminal may not know (unassigned, private) `<U+202E>`, line
// ends `^J`, bytes that are no UTF-8 U+FFFD; a tab becomes a space; invisible
// characters go. What was visible stays as it is.
std::string SanitizeLine(std::string_view text);

// JSON in which everything a terminal may obey or hide is written as \uXXXX:
// the same value to a program, harmless to a person.
std::string EscapeHidden(std::string_view json);

}  // namespace chat77::client
