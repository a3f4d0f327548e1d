// What every store does alike with links.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

#include "store/model.h"

namespace chat77::store {

// Internal for a write that contradicts itself, whatever the store holds.
absl::Status CheckLink(const SetLink& write);

// The link as it is kept: nothing in fields that mean nothing in its state, and
// where neither asked the other, the smaller account first.
Link Normalized(Link link);

// "<smaller account>+<larger account>". '+' is in no channel's name.
std::string NameOfDirectRoom(AccountId one, AccountId other);

// In order of (first, second).
void Sort(std::vector<KnownLink>& links);

}  // namespace chat77::store
