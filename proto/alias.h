// The rules of names, shared by everybody who makes or compares one: the core,
// the store's import, the gateway, the terminal client.
//
// An alias is 1 to kAliasCharacters characters, each a Unicode letter (general
// category L*), a mark that NFC could not compose (M*, not first), a decimal
// digit (Nd) or one of `_ - .`, in normalization form C and of ordinary width.
// Two aliases that differ only in case are one name: accounts are found and
// kept unique by their key.
//
// This is UsernameCaseMapped of RFC 8265, 3.3 (width, case, NFC, bidi rule of
// RFC 5893), narrower in ASCII, where it allows but three marks, and without
// the few letters that RFC 8264 allows by exception. It differs in two points:
// the key is case folded, not lowercased, so that STRASSE is straße; and the
// vowel AM of Thai and Lao may stand, which RFC 8264 refuses for having a
// compatibility decomposition.
//
// Letters of several scripts may stand together ("Ivan_Петров"): what looks
// like a name that is taken is found by its skeleton (store/skeleton.h), also
// where it is all of one script, as раураl is.
//
// Source of the tables: utf8proc (Unicode 14).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace chat77::wire {

// The alias as it is kept and shown: width-mapped and in NFC. InvalidArgument
// with a sentence for the user: empty, too long, not UTF-8, written in both
// directions, or the character that is not allowed.
absl::StatusOr<std::string> NormalizeAlias(std::string_view alias);

// The key of an alias, which is its own key. Also for names that were allowed
// once and are not now. For text that is not UTF-8 or too long, the text
// itself: such a key matches no account.
std::string AliasKey(std::string_view alias);

// True for names nobody may register (who has one already keeps it): words of
// the original's commands and messages, names that sound like the server or
// its people, and the services of IRC. Takes a key.
bool IsReservedAlias(std::string_view key);
// All of them; keys.
std::span<const std::string_view> ReservedAliases();

}  // namespace chat77::wire
