// What an alias is made of, character by character: the rules of
// PRECIS (RFC 8264, 8265) that proto/alias.h is built from.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace chat77::wire {

// The characters of UTF-8 text; nothing if it is not UTF-8.
std::optional<std::u32string> DecodeUtf8(std::string_view text);

// RFC 8265, 3.3.2, rule 1: fullwidth and halfwidth characters (those that
// Unicode decomposes as <wide> or <narrow>) become the ordinary ones.
std::string MapWidth(std::u32string_view text);

// InvalidArgument, naming the character, unless each may stand in an alias.
absl::Status CheckAliasCharacters(std::u32string_view alias);

// The bidi rule (RFC 5893, 2) for an alias with at least one character that is
// written from right to left: InvalidArgument if it could be shown in an order
// in which it is another. One without is fine.
absl::Status CheckAliasDirection(std::u32string_view alias);

}  // namespace chat77::wire
