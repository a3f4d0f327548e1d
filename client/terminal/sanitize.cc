#include "client/terminal/sanitize.h"

#include <utf8proc.h>

#include "absl/strings/str_format.h"

#include "proto/text_filter.h"

namespace chat77::client {
namespace {

// Of well-formed UTF-8.
template <class Each>
void ForEachCharacter(std::string_view text, Each each) {
  while (!text.empty()) {
    utf8proc_int32_t c = 0;
    const utf8proc_ssize_t size =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                         static_cast<utf8proc_ssize_t>(text.size()), &c);
    const size_t bytes = size > 0 ? static_cast<size_t>(size) : 1;
    each(c, text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
}

// A terminal may take it for wider than its neighbours' tables say.
bool HasNoWidth(utf8proc_int32_t c) {
  const utf8proc_category_t category = utf8proc_category(c);
  return category == UTF8PROC_CATEGORY_CN || category == UTF8PROC_CATEGORY_CO;
}

bool IsHidden(utf8proc_int32_t c, std::string_view character) {
  return c == 0x7f || (c >= 0x80 && wire::FilterLine(character) != character);
}

void AppendEscape(utf8proc_int32_t c, std::string& out) {
  const auto code = static_cast<unsigned>(c);
  if (code < 0x10000) {
    absl::StrAppendFormat(&out, "\\u%04x", code);
  } else {
    absl::StrAppendFormat(&out, "\\u%04x\\u%04x",
                          0xd800 + ((code - 0x10000) >> 10),
                          0xdc00 + ((code - 0x10000) & 0x3ff));
  }
}

}  // namespace

std::string SanitizeLine(std::string_view text) {
  const std::string filtered = wire::FilterText(text, wire::Replaced::kSpelled);
  std::string out;
  out.reserve(filtered.size());
  ForEachCharacter(filtered, [&](utf8proc_int32_t c, std::string_view bytes) {
    if (c == '\t') {
      out += ' ';
    } else if (c == '\n') {
      out += "^J";
    } else if (c >= 0x80 && HasNoWidth(c)) {
      absl::StrAppendFormat(&out, "<U+%04X>", static_cast<unsigned>(c));
    } else {
      out += bytes;
    }
  });
  return out;
}

std::string EscapeHidden(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  ForEachCharacter(json, [&](utf8proc_int32_t c, std::string_view bytes) {
    if (c >= 0 && IsHidden(c, bytes)) {
      AppendEscape(c, out);
    } else {
      out += bytes;
    }
  });
  return out;
}

}  // namespace chat77::client
