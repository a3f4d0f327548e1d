// What may be written to a terminal, judged by a table of its own and not by
// the filter's.
#pragma once

#include <string_view>
#include <utf8proc.h>

namespace chat77::support {

// Well-formed UTF-8 without controls (but '\n'), without what changes the
// direction of reading, and without what cannot be seen.
inline bool IsHarmless(std::string_view text) {
  while (!text.empty()) {
    utf8proc_int32_t c = 0;
    const utf8proc_ssize_t size =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                         static_cast<utf8proc_ssize_t>(text.size()), &c);
    if (size <= 0) return false;
    text.remove_prefix(static_cast<size_t>(size));
    const bool control = (c < 0x20 && c != '\n') || (c >= 0x7f && c <= 0x9f);
    const bool direction = c == 0x061c || c == 0x200e || c == 0x200f ||
                           (c >= 0x202a && c <= 0x202e) ||
                           (c >= 0x2066 && c <= 0x2069);
    const bool hidden = c == 0xad || c == 0x200b || c == 0xfeff ||
                        (c >= 0x2028 && c <= 0x2029) ||
                        (c >= 0x2060 && c <= 0x206f) ||
                        (c >= 0xe0000 && c <= 0xe0fff);
    if (control || direction || hidden) return false;
  }
  return true;
}

}  // namespace chat77::support
