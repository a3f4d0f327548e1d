#include "client/text_check.h"

#include <algorithm>
#include <utf8proc.h>

#include "absl/strings/str_cat.h"

#include "proto/limits.h"

namespace chat77::client {

bool IsUtf8(std::string_view text) {
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    utf8proc_int32_t character;
    const utf8proc_ssize_t size = utf8proc_iterate(at, left, &character);
    if (size <= 0) return false;
    at += size;
    left -= size;
  }
  return true;
}

absl::Status CheckText(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos) {
    return absl::InvalidArgumentError("There is no text to send.");
  }
  if (text.size() > wire::kTextBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "Not sent: the text has ", text.size(), " bytes and a message may ",
        "have ", wire::kTextBytes, "; please send it in parts."));
  }
  const size_t lines = wire::CountLines(text);
  if (lines > wire::kTextLines) {
    return absl::InvalidArgumentError(absl::StrCat(
        "Not sent: the text has ", lines, " lines and a message may have ",
        wire::kTextLines, "; please send it in parts."));
  }
  if (!IsUtf8(text)) {
    return absl::InvalidArgumentError(
        "Not sent: the text is not UTF-8; please convert it first, for "
        "example with iconv.");
  }
  return absl::OkStatus();
}

}  // namespace chat77::client
