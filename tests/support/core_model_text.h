// What the parts of the model share.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace chat77::server {

inline std::string TextError(const std::string& text) {
  if (absl::StripAsciiWhitespace(text).empty()) return "error TEXT_EMPTY";
  return text.size() > 8192 ? "error TEXT_TOO_LONG" : "";
}

inline std::string ListLine(const char* name, std::vector<std::string> names) {
  if (names.empty()) return "";
  std::sort(names.begin(), names.end());
  return absl::StrCat(" ", name, "=[", absl::StrJoin(names, " "), "]");
}

template <class T>
T TakeAt(std::deque<T>& work, size_t index) {
  T taken = std::move(work[index]);
  work.erase(work.begin() + static_cast<std::ptrdiff_t>(index));
  return taken;
}

}  // namespace chat77::server
