// What an alias looks like: names that a reader may take for one another have a
// skeleton in common (UTS 39, by ICU's data of Unicode 15).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chat77::store {

// The skeletons of an alias, sorted, one or two: of its key and of its
// spelling as registered. Both are needed: "Ian" is read as "lan" only as it is
// spelt, "АLICE" with a Cyrillic А as "alice" only folded.
//
// Each is folded and taken once more, so that it does not matter in which case
// the characters alike were: b0b is bob, because 0 is O. And nothing is left
// out of Unicode's table, so m is rn, and so is every character that looks like
// m: who excepts the m of ASCII lets all the others pass for it.
std::vector<std::string> SkeletonsOf(std::string_view alias);

// True if nobody may register it because it looks like a reserved name
// (wire::ReservedAliases), or is one.
bool LooksReserved(std::string_view alias);

// Names the rules and tables behind keys and skeletons: those a store has of
// another version are to be made anew.
std::string SkeletonRules();

}  // namespace chat77::store
