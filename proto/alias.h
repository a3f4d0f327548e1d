// The rules of names, shared by everybody who makes or compares one: the core,
// the store's import, the gateway, the terminal client.
//
// An alias is 1 to kAliasCharacters characters, each a Unicode letter (general
// category L*), a mark that NFC could not compose (M*, not first), a decimal
// digit (Nd) or one of `_ - .`, in normalization form C. Two aliases that
// differ only in case are one name: accounts are found and kept unique by
// their key, which is NFC(casefold(NFC(alias))), as in RFC 8265, 3.3 without
// its width and bidi rules.
//
// Source of the tables: utf8proc (Unicode 14).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace chat77::wire {

// The alias in NFC, or InvalidArgument with a sentence for the user: empty,
// too long, not UTF-8, or the character that is not allowed.
absl::StatusOr<std::string> NormalizeAlias(std::string_view alias);

// The key of an alias. For text that is no alias at all, the text itself: such
// a key matches no account.
std::string AliasKey(std::string_view alias);

// True for names nobody may register: words of the original's commands and
// messages, and names that sound like the server. Takes a key.
bool IsReservedAlias(std::string_view key);

}  // namespace chat77::wire
