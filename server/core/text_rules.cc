#include "server/core/text_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "proto/limits.h"

namespace chat77::server {

TextVerdict JudgeText(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return {chat77::v1::TEXT_EMPTY, "There is nothing in that message."};
  }
  if (text.size() > wire::kTextBytes) {
    return {
        chat77::v1::TEXT_TOO_LONG,
        absl::StrCat("A message has at most ", wire::kTextBytes,
                     " bytes; this one has ", text.size(), "."),
    };
  }
  const auto breaks = std::count(text.begin(), text.end(), '\n');
  if (static_cast<size_t>(breaks) >= wire::kTextLines) {
    return {chat77::v1::TEXT_TOO_LONG,
            absl::StrCat("A message has at most ", wire::kTextLines,
                         " lines; this one has ", breaks + 1, ".")};
  }
  return {};
}

}  // namespace chat77::server
