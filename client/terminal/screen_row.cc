#include "client/terminal/screen_row.h"

#include <algorithm>
#include <wchar.h>

namespace chat77::client {

int CursorRow(std::wstring_view prompt, std::wstring_view before, int columns) {
  columns = std::max(columns, 2);
  int row = 0;
  int column = 0;
  const auto add = [&](wchar_t c) {
    // A control character is shown as ^X.
    const int width = c < 0x20 || c == 0x7f ? 2 : std::max(wcwidth(c), 0);
    // A wide character is not split.
    if (width == 2 && c >= 0x80 && column + width > columns) {
      ++row;
      column = 0;
    }
    column += width;
    if (column >= columns) {
      ++row;
      column -= columns;
    }
  };
  std::for_each(prompt.begin(), prompt.end(), add);
  std::for_each(before.begin(), before.end(), add);
  return row;
}

}  // namespace chat77::client
