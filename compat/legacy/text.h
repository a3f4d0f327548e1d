// Small operations on the text of legacy messages: UTF-8 that may be broken,
// the white space and the letter case of the original's commands.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chat77::compat::legacy {

// `bytes` without what is not UTF-8 and without NUL.
std::string DropBadUtf8(std::string_view bytes);

// `text` fit to be part of one outgoing line: valid UTF-8, each run of CR, LF
// and Unicode's own line ends (U+2028, U+2029, at which the original's language
// splits lines) a single space, no other control character but the tab (C0,
// DEL, C1).
std::string OneLine(std::string_view text);

// Without white space at either end. Only ASCII's, and its separators 28-31,
// as the original's programs know it.
std::string_view Strip(std::string_view text);
bool IsSpace(char c);

// ASCII letters in lower case; commands have no others.
std::string Lower(std::string_view text);

// The parts, one after the other. (absl::StrCat of this system's Abseil does
// not take std::string_view.)
inline std::string_view Part(std::string_view part) { return part; }
inline std::string Part(size_t number) { return std::to_string(number); }
template <class... Parts>
std::string Cat(const Parts&... parts) {
  std::string out;
  (out.append(Part(parts)), ...);
  return out;
}

// The longest prefix of at most `limit` bytes that ends between characters.
// `text` is valid UTF-8; at least one character if `limit` >= 4.
std::string_view CutPrefix(std::string_view text, size_t limit);

}  // namespace chat77::compat::legacy
