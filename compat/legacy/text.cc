#include "compat/legacy/text.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"

namespace chat77::compat::legacy {
namespace {

bool Continues(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }

// How long a character that begins with `first` is, and the least and greatest
// byte that may follow it; length 0 if it begins none.
struct Shape {
  size_t length;
  uint8_t low = 0x80;
  uint8_t high = 0xBF;
};

Shape ShapeOf(uint8_t first) {
  if (first < 0x80) return {1};
  if (first >= 0xC2 && first <= 0xDF) return {2};
  if (first == 0xE0) return {3, 0xA0};        // no overlong form
  if (first == 0xED) return {3, 0x80, 0x9F};  // no surrogate
  if (first >= 0xE1 && first <= 0xEF) return {3};
  if (first == 0xF0) return {4, 0x90};
  if (first >= 0xF1 && first <= 0xF3) return {4};
  if (first == 0xF4) return {4, 0x80, 0x8F};  // nothing above U+10FFFF
  return {0};
}

// Length of the character `text` begins with; 0 if that is none.
size_t CharacterLength(std::string_view text) {
  const Shape shape = ShapeOf(static_cast<uint8_t>(text[0]));
  if (shape.length <= 1) return shape.length;
  if (text.size() < shape.length) return 0;
  const auto second = static_cast<uint8_t>(text[1]);
  if (second < shape.low || second > shape.high) return 0;
  for (size_t i = 2; i < shape.length; ++i) {
    if (!Continues(text[i])) return 0;
  }
  return shape.length;
}

bool IsControl(std::string_view character) {
  const auto first = static_cast<uint8_t>(character[0]);
  if (character.size() == 1)
    return (first < 0x20 && first != '\t') || first == 0x7F;
  return character.size() == 2 && first == 0xC2 &&
         static_cast<uint8_t>(character[1]) < 0xA0;
}

bool EndsLine(std::string_view character) {
  return character == "\r" || character == "\n" || character == "\u2028" ||
         character == "\u2029";
}

template <class Keep>
std::string Filter(std::string_view bytes, Keep keep) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const size_t length = CharacterLength(bytes);
    if (length > 0) keep(bytes.substr(0, length), out);
    bytes.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

}  // namespace

std::string DropBadUtf8(std::string_view bytes) {
  return Filter(bytes, [](std::string_view character, std::string& out) {
    if (character[0] != '\0') out += character;
  });
}

std::string OneLine(std::string_view text) {
  bool broken = false;  // inside a run of line ends
  return Filter(text, [&broken](std::string_view character, std::string& out) {
    const bool line_end = EndsLine(character);
    if (line_end && !broken) out += ' ';
    broken = line_end;
    if (!line_end && !IsControl(character)) out += character;
  });
}

bool IsSpace(char c) {
  return absl::ascii_isspace(static_cast<unsigned char>(c)) ||
         (c >= 0x1C && c <= 0x1F);
}

std::string_view Strip(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::string Lower(std::string_view text) {
  return absl::AsciiStrToLower(absl::string_view(text.data(), text.size()));
}

std::string_view CutPrefix(std::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  size_t end = limit;
  while (end > 0 && Continues(text[end])) --end;
  return text.substr(0, end);
}

}  // namespace chat77::compat::legacy
