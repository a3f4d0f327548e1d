// Debian's Abseil is built for C++14, where absl::string_view is a type of its
// own that a std::string_view does not convert to.
#pragma once

#include <string_view>

#include "absl/strings/string_view.h"

namespace chat77::store {

inline absl::string_view ToAbseil(std::string_view text) {
  return absl::string_view(text.data(), text.size());
}

}  // namespace chat77::store
