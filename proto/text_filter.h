// What people write, made harmless before it is stored, logged or shown: the
// same rules on the way in (the server) and where text is rendered (a client,
// which need not trust its server).
//
// - Line ends: CRLF, CR, U+0085, U+2028 and U+2029 become '\n'. '\n' and '\t'
//   stay. Other control characters (C0, DEL, C1; so every terminal escape) are
//   replaced by something visible.
// - What changes the direction of reading (embeddings, overrides, isolates,
//   the marks U+200E, U+200F, U+061C) goes: it makes text read as what it is
//   not.
// - What cannot be seen goes: every other format character (ZWSP, word joiner,
//   BOM, soft hyphen, invisible operators, tags), fillers, variation selectors
//   other than U+FE0E and U+FE0F, and what is unassigned but ignorable. The
//   visible ones among the format characters (Arabic number signs) stay.
// - ZWJ and ZWNJ stay where they mean something: between a letter or mark and
//   a letter of the scripts from Arabic to Sinhala (U+0600..U+0DFF) or of
//   Mongolian (U+1800..U+18AF); ZWJ also within an emoji, that is after a
//   pictograph, U+FE0F or a skin tone and before a pictograph.
// - Of the combining marks on one base the first eight stay; more would paint
//   over the lines around. (Unicode's Stream-Safe format has 30; no writing
//   needs more than a few.)
//
// Filtering twice is filtering once. Text may have more lines afterwards, so
// limits of lines are to be checked on the result.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace chat77::wire {

// How a character that is replaced is shown.
enum class Replaced : uint8_t {
  // A control character, or a byte that is no UTF-8, as '?'; the others not at
  // all. The result is never longer than the text.
  kBriefly,
  // Spelled out for a reader: "^[", "<U+009B>", what changes the direction as
  // "<U+202E>", and a byte that is no UTF-8 as U+FFFD.
  kSpelled,
};

// True if nothing but printable ASCII, '\n' and '\t': FilterText leaves it as
// it is. One pass, no allocation.
bool IsPlainText(std::string_view utf8);

// `utf8` by the rules above; the result is well-formed UTF-8.
std::string FilterText(std::string_view utf8,
                       Replaced replaced = Replaced::kBriefly);

// The same as a single line: each '\n' and '\t' of the result is a space.
std::string FilterLine(std::string_view utf8,
                       Replaced replaced = Replaced::kBriefly);

}  // namespace chat77::wire
