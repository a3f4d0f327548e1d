// How chat77-store ends, and what it says on standard error.
#pragma once

#include "absl/status/status.h"

#include "store/store.h"

namespace chat77::store {

// Those of --help.
enum ExitCode {
  kDone = 0,
  kUsage = 64,
  kBadData = 65,
  kNoInput = 66,
  kSoftware = 70,
  kCannotCreate = 73,
  kInUse = 75,
};

// Prints the sentence and returns the code for it, or `code`.
int Fail(const absl::Status& status);
int Fail(const absl::Status& status, int code);

// Says where the backup of an older store is: a MigrationObserver.
void TellOfMigration(const Migration& migration);

}  // namespace chat77::store
