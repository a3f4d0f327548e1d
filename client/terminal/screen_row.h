// Where the cursor stands while a line is edited.
#pragma once

#include <string_view>

namespace chat77::client {

// The rows below the prompt's first at which the cursor stands, after `prompt`
// (without escape sequences) and `before` (what is typed before the
// cursor) on a screen of `columns`: as libedit wraps them. Needs the locale's
// character widths.
int CursorRow(std::wstring_view prompt, std::wstring_view before, int columns);

}  // namespace chat77::client
