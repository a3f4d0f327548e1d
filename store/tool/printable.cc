#include "store/tool/printable.h"

#include <utf8proc.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace chat77::store {
namespace {

bool IsHarmless(utf8proc_int32_t character) {
  switch (utf8proc_category(character)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return false;
    default:
      return true;
  }
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    utf8proc_int32_t character = 0;
    const utf8proc_ssize_t used = utf8proc_iterate(
        reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
        static_cast<utf8proc_ssize_t>(text.size()), &character);
    const auto size = static_cast<size_t>(used > 0 ? used : 1);
    const std::string bytes(text.substr(0, size));
    if (used > 0 && IsHarmless(character)) {
      absl::StrAppend(&shown, bytes);
    } else {
      for (const char byte : bytes) {
        absl::StrAppend(
            &shown, "\\x",
            absl::Hex(static_cast<unsigned char>(byte), absl::kZeroPad2));
      }
    }
    text.remove_prefix(size);
  }
  return shown;
}

}  // namespace chat77::store
