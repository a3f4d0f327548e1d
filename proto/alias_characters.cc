#include "proto/alias_characters.h"

#include <algorithm>
#include <array>
#include <utf8proc.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace chat77::wire {
namespace {

utf8proc_int32_t Raw(char32_t character) {
  return static_cast<utf8proc_int32_t>(character);
}

void Append(char32_t character, std::string& text) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto size = utf8proc_encode_char(Raw(character), bytes.data());
  text.append(reinterpret_cast<const char*>(bytes.data()),
              static_cast<size_t>(size));
}

// U+FDFA has the longest decomposition, of 18.
using Decomposed = std::array<utf8proc_int32_t, 24>;

std::u32string Decompose(char32_t character, int options) {
  Decomposed parts{};
  int last_class = 0;
  const auto count = utf8proc_decompose_char(
      Raw(character), parts.data(), static_cast<utf8proc_ssize_t>(parts.size()),
      static_cast<utf8proc_option_t>(options), &last_class);
  return std::u32string(parts.begin(), parts.begin() + count);
}

bool IsWidthVariant(char32_t character) {
  const auto type = utf8proc_get_property(Raw(character))->decomp_type;
  return type == UTF8PROC_DECOMP_TYPE_WIDE ||
         type == UTF8PROC_DECOMP_TYPE_NARROW;
}

bool IsWithin(char32_t character, char32_t first, char32_t last) {
  return first <= character && character <= last;
}

// RFC 8264, 9.17: another way to write what has an ordinary one: ligatures,
// letters of mathematics, presentation forms. Not so the vowel AM of Thai and
// Lao, which has no other in use and stands in every other name there.
bool HasOrdinaryForm(char32_t character) {
  if (character == 0x0e33 || character == 0x0eb3) return false;
  return Decompose(character, UTF8PROC_DECOMPOSE) !=
         Decompose(character, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT);
}

// RFC 8264, 9.6 and 9.9, and 9.13 by Unicode's property: what is not seen, or
// stretches a word, or is a letter of a script only in pieces.
bool IsNeverAllowed(char32_t character) {
  return utf8proc_get_property(Raw(character))->ignorable != 0 ||
         character == 0x0640 || character == 0x07fa ||
         IsWithin(character, 0x302e, 0x302f) ||
         IsWithin(character, 0x3031, 0x3035) || character == 0x303b ||
         IsWithin(character, 0x1100, 0x11ff) ||
         IsWithin(character, 0xa960, 0xa97c) ||
         IsWithin(character, 0xd7b0, 0xd7fb);
}

bool MayStand(char32_t character, bool first) {
  if (character == '_' || character == '-' || character == '.') return true;
  if (IsNeverAllowed(character) || HasOrdinaryForm(character)) return false;
  switch (utf8proc_category(Raw(character))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
      return true;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
      return !first;
    default:
      return false;
  }
}

// The character as a person would name it; what could not be seen, by number.
std::string Named(char32_t character) {
  if (character == ' ') return "a space";
  if (character > ' ' && character < 0x7f) {
    return absl::StrFormat("%c", static_cast<char>(character));
  }
  return absl::StrFormat("U+%04X", static_cast<unsigned>(character));
}

// RFC 5892, A.8 and A.9: two sets of digits that look alike.
bool MixesArabicDigits(std::u32string_view alias) {
  const auto has = [alias](char32_t first, char32_t last) {
    return std::any_of(alias.begin(), alias.end(), [first, last](char32_t c) {
      return IsWithin(c, first, last);
    });
  };
  return has(0x0660, 0x0669) && has(0x06f0, 0x06f9);
}

absl::Status NoOrder() {
  return absl::InvalidArgumentError(
      "An alias written from right to left may not hold letters of the other "
      "direction, nor begin with a digit or end with a mark; leave those "
      "out.");
}

utf8proc_bidi_class_t Direction(char32_t character) {
  return static_cast<utf8proc_bidi_class_t>(
      utf8proc_get_property(Raw(character))->bidi_class);
}

bool IsRightToLeft(utf8proc_bidi_class_t kind) {
  return kind == UTF8PROC_BIDI_CLASS_R || kind == UTF8PROC_BIDI_CLASS_AL;
}

// In an alias of either direction.
bool IsNeutral(utf8proc_bidi_class_t kind) {
  switch (kind) {
    case UTF8PROC_BIDI_CLASS_EN:
    case UTF8PROC_BIDI_CLASS_ES:
    case UTF8PROC_BIDI_CLASS_CS:
    case UTF8PROC_BIDI_CLASS_ET:
    case UTF8PROC_BIDI_CLASS_ON:
    case UTF8PROC_BIDI_CLASS_BN:
    case UTF8PROC_BIDI_CLASS_NSM:
      return true;
    default:
      return false;
  }
}

// Rules 2 to 4.
bool IsOrderedFromRight(const std::u32string_view alias,
                        utf8proc_bidi_class_t last) {
  bool european = false;
  bool arabic = false;
  for (const char32_t character : alias) {
    const auto kind = Direction(character);
    european |= kind == UTF8PROC_BIDI_CLASS_EN;
    arabic |= kind == UTF8PROC_BIDI_CLASS_AN;
    if (!IsRightToLeft(kind) && kind != UTF8PROC_BIDI_CLASS_AN &&
        !IsNeutral(kind)) {
      return false;
    }
  }
  return !(european && arabic) &&
         (IsRightToLeft(last) || last == UTF8PROC_BIDI_CLASS_EN ||
          last == UTF8PROC_BIDI_CLASS_AN);
}

}  // namespace

std::optional<std::u32string> DecodeUtf8(std::string_view text) {
  std::u32string characters;
  while (!text.empty()) {
    utf8proc_int32_t character = 0;
    const auto used = utf8proc_iterate(
        reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
        static_cast<utf8proc_ssize_t>(text.size()), &character);
    if (used <= 0) return std::nullopt;
    characters.push_back(static_cast<char32_t>(character));
    text.remove_prefix(static_cast<size_t>(used));
  }
  return characters;
}

std::string MapWidth(std::u32string_view text) {
  std::string mapped;
  for (const char32_t character : text) {
    if (!IsWidthVariant(character)) {
      Append(character, mapped);
      continue;
    }
    for (const char32_t part :
         Decompose(character, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT)) {
      Append(part, mapped);
    }
  }
  return mapped;
}

absl::Status CheckAliasCharacters(std::u32string_view alias) {
  for (size_t i = 0; i < alias.size(); ++i) {
    if (MayStand(alias[i], i == 0)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("An alias may hold letters, digits and _ - . but not ",
                     Named(alias[i]), "."));
  }
  if (MixesArabicDigits(alias)) {
    return absl::InvalidArgumentError(
        "An alias may not hold both Arabic and Persian digits; keep to one "
        "kind.");
  }
  return absl::OkStatus();
}

absl::Status CheckAliasDirection(std::u32string_view alias) {
  const bool concerned =
      std::any_of(alias.begin(), alias.end(), [](char32_t character) {
        const auto kind = Direction(character);
        return IsRightToLeft(kind) || kind == UTF8PROC_BIDI_CLASS_AN;
      });
  if (!concerned) return absl::OkStatus();
  std::u32string_view rest = alias;
  while (Direction(rest.back()) == UTF8PROC_BIDI_CLASS_NSM && rest.size() > 1) {
    rest.remove_suffix(1);
  }
  // Rules 1, 5 and 6: what begins from the left holds nothing from the right,
  // and so was not concerned.
  const bool fine = IsRightToLeft(Direction(alias.front())) &&
                    IsOrderedFromRight(alias, Direction(rest.back()));
  return fine ? absl::OkStatus() : NoOrder();
}

}  // namespace chat77::wire
