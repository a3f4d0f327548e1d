#include "client/terminal/sanitize.h"

#include <utf8proc.h>

#include "absl/strings/str_format.h"

namespace chat77::client {
namespace {

// Marks on one character; more would paint over the lines around it.
constexpr int kMarks = 4;

// Invisible by themselves though their category says letter or mark.
bool IsFiller(utf8proc_int32_t c) {
  return c == 0x034f || c == 0x115f || c == 0x1160 || c == 0x17b4 ||
         c == 0x17b5 || (c >= 0x180b && c <= 0x180f) || c == 0x2800 ||
         c == 0x3164 || c == 0xffa0 || (c >= 0xfe00 && c <= 0xfe0d) ||
         (c >= 0xe0000 && c <= 0xe0fff);
}

bool IsHidden(utf8proc_int32_t c) {
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
      return true;
    default:
      return IsFiller(c);
  }
}

bool IsMark(utf8proc_int32_t c) {
  const utf8proc_category_t category = utf8proc_category(c);
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME;
}

void AppendVisible(utf8proc_int32_t c, std::string& out) {
  if (c < 0x20) {
    out += '^';
    out += static_cast<char>(c + 0x40);
  } else if (c == 0x7f) {
    out += "^?";
  } else {
    absl::StrAppendFormat(&out, "<U+%04X>", static_cast<unsigned>(c));
  }
}

}  // namespace

std::string SanitizeLine(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  int marks = 0;
  while (!text.empty()) {
    utf8proc_int32_t c = 0;
    const utf8proc_ssize_t size =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                         static_cast<utf8proc_ssize_t>(text.size()), &c);
    if (size <= 0) {
      out += "\xef\xbf\xbd";  // U+FFFD
      text.remove_prefix(1);
      continue;
    }
    const std::string_view character =
        text.substr(0, static_cast<size_t>(size));
    text.remove_prefix(character.size());
    marks = IsMark(c) ? marks + 1 : 0;
    if (c == '\t') {
      out += ' ';
    } else if (IsHidden(c) || marks > kMarks) {
      AppendVisible(c, out);
    } else {
      out += character;
    }
  }
  return out;
}

}  // namespace chat77::client
