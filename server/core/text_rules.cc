#include "server/core/text_rules.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "proto/limits.h"
#include "proto/text_filter.h"

namespace chat77::server {
namespace {

// Unicode's White_Space above ASCII.
constexpr std::string_view kWideBlanks[] = {
    "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
    "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
    "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

// Bytes of the white space that `text` begins with; 0: none.
size_t BlankBytes(std::string_view text) {
  if (absl::ascii_isspace(static_cast<unsigned char>(text[0]))) return 1;
  for (const std::string_view blank : kWideBlanks) {
    if (text.starts_with(blank)) return blank.size();
  }
  return 0;
}

bool IsBlank(std::string_view text) {
  while (!text.empty()) {
    const size_t bytes = BlankBytes(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

}  // namespace

TextVerdict JudgeText(std::string_view text) {
  if (IsBlank(text)) {
    return {chat77::v1::TEXT_EMPTY, "There is nothing in that message."};
  }
  if (text.size() > wire::kTextBytes) {
    return {
        chat77::v1::TEXT_TOO_LONG,
        absl::StrCat("A message has at most ", wire::kTextBytes,
                     " bytes; this one has ", text.size(), "."),
    };
  }
  if (const size_t lines = wire::CountLines(text); lines > wire::kTextLines) {
    return {chat77::v1::TEXT_TOO_LONG,
            absl::StrCat("A message has at most ", wire::kTextLines,
                         " lines; this one has ", lines, ".")};
  }
  return {};
}

std::string CleanText(std::string_view text) {
  return wire::IsPlainText(text) ? std::string(text) : wire::FilterText(text);
}

std::string CleanLine(std::string_view text, size_t bytes) {
  std::string line = wire::FilterLine(text.substr(0, 4 * bytes));
  if (line.size() <= bytes) return line;
  // Not within a character.
  while (bytes > 0 && (line[bytes] & 0xc0) == 0x80) --bytes;
  line.resize(bytes);
  return line;
}

bool IsPassword(std::string_view text) {
  return !text.empty() && text.size() <= wire::kPasswordBytes;
}

std::string PasswordRule() {
  return absl::StrCat("A password has 1 to ", wire::kPasswordBytes, " bytes.");
}

}  // namespace chat77::server
