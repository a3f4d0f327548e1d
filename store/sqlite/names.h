// What is derived from the accounts' aliases: keys and skeletons.
#pragma once

#include "absl/status/status.h"

#include "store/sqlite/database.h"

namespace chat77::store::sqlite {

// Makes keys and skeletons anew, in one transaction, if those of the file are
// of other rules than SkeletonRules() (store/skeleton.h): after a migration,
// or with newer tables of Unicode. Otherwise it reads one row.
//
// Nobody loses an account. Those that look alike all stay. Of two whose keys
// are the same now, the one that had the key keeps its alias, and the other
// gets a number ("ALICE_2" beside "alice"); the audit log says so.
absl::Status RefreshNames(Database& database);

}  // namespace chat77::store::sqlite
