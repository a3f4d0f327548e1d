#include "proto/text_filter.h"

#include <algorithm>
#include <utf8proc.h>
#include <utility>

#include "absl/strings/str_format.h"

namespace chat77::wire {
namespace {

constexpr int kMarks = 8;
constexpr utf8proc_int32_t kBad = -1;  // no UTF-8, or the end
constexpr utf8proc_int32_t kZwnj = 0x200c;
constexpr utf8proc_int32_t kZwj = 0x200d;

struct Character {
  utf8proc_int32_t code = kBad;
  size_t size = 1;
};

Character First(std::string_view text) {
  Character first;
  const utf8proc_ssize_t size =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                       static_cast<utf8proc_ssize_t>(text.size()), &first.code);
  if (size <= 0) return {};
  first.size = static_cast<size_t>(size);
  return first;
}

constexpr bool In(utf8proc_int32_t c, utf8proc_int32_t first,
                  utf8proc_int32_t last) {
  return c >= first && c <= last;
}

bool IsLineEnd(utf8proc_int32_t c) {
  return c == '\r' || c == '\n' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

bool IsControl(utf8proc_int32_t c) {
  return c < 0x20 ? c != '\n' && c != '\t' : In(c, 0x7f, 0x9f);
}

bool IsDirection(utf8proc_int32_t c) {
  return In(c, 0x202a, 0x202e) || In(c, 0x2066, 0x2069) || c == 0x200e ||
         c == 0x200f || c == 0x061c;
}

// Signs that enclose or precede digits: format characters only by category.
bool IsVisibleFormat(utf8proc_int32_t c) {
  return In(c, 0x0600, 0x0605) || c == 0x06dd || c == 0x070f ||
         In(c, 0x0890, 0x0891) || c == 0x08e2 || c == 0x110bd || c == 0x110cd;
}

// Invisible though their category says letter, mark or nothing at all.
bool IsIgnorable(utf8proc_int32_t c) {
  return c == 0x034f || In(c, 0x115f, 0x1160) || In(c, 0x17b4, 0x17b5) ||
         In(c, 0x180b, 0x180f) || c == 0x2065 || c == 0x3164 || c == 0xffa0 ||
         In(c, 0xfe00, 0xfe0d) || In(c, 0xfff0, 0xfff8) ||
         In(c, 0xe0000, 0xe0fff) || (c & 0xfffe) == 0xfffe;
}

bool IsInvisible(utf8proc_int32_t c) {
  return IsIgnorable(c) ||
         (utf8proc_category(c) == UTF8PROC_CATEGORY_CF && !IsVisibleFormat(c));
}

bool IsMark(utf8proc_int32_t c) {
  const utf8proc_category_t category = utf8proc_category(c);
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
         category == UTF8PROC_CATEGORY_ME;
}

bool IsLetter(utf8proc_int32_t c) {
  return In(utf8proc_category(c), UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LO);
}

bool IsPictograph(utf8proc_int32_t c) {
  return utf8proc_get_property(c)->boundclass ==
         UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

// Whether a joiner between the two changes how they are written.
bool Joins(utf8proc_int32_t joiner, utf8proc_int32_t before,
           utf8proc_int32_t after) {
  if (before == kBad || after == kBad) return false;
  const auto joining_script = [](utf8proc_int32_t c) {
    return In(c, 0x0600, 0x0dff) || In(c, 0x1800, 0x18af);
  };
  if (joining_script(before) && joining_script(after)) {
    return (IsLetter(before) || IsMark(before)) && IsLetter(after);
  }
  return joiner == kZwj && IsPictograph(after) &&
         (IsPictograph(before) || before == 0xfe0f ||
          In(before, 0x1f3fb, 0x1f3ff));
}

void AppendSpelled(utf8proc_int32_t c, std::string& out) {
  if (c == kBad) {
    out += "\xef\xbf\xbd";  // U+FFFD
  } else if (c < 0x20) {
    out += {'^', static_cast<char>(c + 0x40)};
  } else if (c == 0x7f) {
    out += "^?";
  } else {
    absl::StrAppendFormat(&out, "<U+%04X>", static_cast<unsigned>(c));
  }
}

// One text on its way through the rules.
class Filter {
 public:
  Filter(std::string_view text, Replaced replaced)
      : text_(text), replaced_(replaced) {
    out_.reserve(text.size());
  }

  std::string Run() && {
    while (!text_.empty()) {
      const Character c = First(text_);
      const std::string_view bytes = text_.substr(0, c.size);
      text_.remove_prefix(c.size);
      Take(c.code, bytes);
    }
    return std::move(out_);
  }

 private:
  void Take(utf8proc_int32_t c, std::string_view bytes) {
    if (In(c, 0x20, 0x7e) || c == '\t') {
      Keep(c, bytes);
    } else if (IsLineEnd(c)) {
      // Of CRLF the '\n' stays.
      if (c != '\r' || text_.empty() || text_[0] != '\n') Keep('\n', "\n");
    } else if (c == kBad || IsControl(c)) {
      Replace(c);
    } else if (IsDirection(c)) {
      if (replaced_ == Replaced::kSpelled) Replace(c);
    } else if (c == kZwj || c == kZwnj) {
      const utf8proc_int32_t after = text_.empty() ? kBad : First(text_).code;
      if (Joins(c, before_, after)) Keep(c, bytes);
    } else if (!IsInvisible(c)) {
      TakeVisible(c, bytes);
    }
  }

  void TakeVisible(utf8proc_int32_t c, std::string_view bytes) {
    if (!IsMark(c)) {
      marks_ = 0;
    } else if (++marks_ > kMarks) {
      return;
    }
    Append(c, bytes);
  }

  void Keep(utf8proc_int32_t c, std::string_view bytes) {
    // A joiner is no base: marks behind it are still the letter's.
    if (c != kZwj && c != kZwnj) marks_ = 0;
    Append(c, bytes);
  }

  void Append(utf8proc_int32_t c, std::string_view bytes) {
    out_ += bytes;
    before_ = c;
  }

  void Replace(utf8proc_int32_t c) {
    if (replaced_ == Replaced::kSpelled) {
      AppendSpelled(c, out_);
    } else {
      out_ += '?';
    }
    marks_ = 0;
    before_ = '?';
  }

  std::string_view text_;  // what is left
  const Replaced replaced_;
  std::string out_;
  utf8proc_int32_t before_ = kBad;  // the last character of out_
  int marks_ = 0;                   // at the end of out_
};

}  // namespace

bool IsPlainText(std::string_view utf8) {
  return std::all_of(utf8.begin(), utf8.end(), [](char c) {
    return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t';
  });
}

std::string FilterText(std::string_view utf8, Replaced replaced) {
  if (IsPlainText(utf8)) return std::string(utf8);
  return Filter(utf8, replaced).Run();
}

std::string FilterLine(std::string_view utf8, Replaced replaced) {
  std::string line = FilterText(utf8, replaced);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\t'; },
      ' ');
  return line;
}

}  // namespace chat77::wire
