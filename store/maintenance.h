// Looking after a store from outside the server: what chat77-store does.
//
// Errors as in store/store.h. Nothing here changes the store that it reads.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace chat77::store {

struct StoreCounts {
  int64_t accounts = 0;
  int64_t connections = 0;
  int64_t devices = 0;
  int64_t messages = 0;
  // Messages written by schema version 1, which have no checksum.
  int64_t without_checksum = 0;
  int64_t requests = 0;
  int64_t links = 0;  // between two accounts that have a state or a room
  int64_t blocks = 0;
  int64_t sanctions = 0;  // that are not yet deleted, in force or not
  int64_t invitations = 0;
  int64_t audit_records = 0;

  friend bool operator==(const StoreCounts&, const StoreCounts&) = default;
};

// Reads the whole file, also while a server has it: pages and indexes, the
// checksum of every message and account, the numbers of every room, that links
// and direct rooms fit each other, the chain of the audit log, and that nothing
// points at nothing. DataLoss with the first fault.
absl::StatusOr<StoreCounts> CheckStore(const std::string& path);

// Copies `path`, as of one moment, to `target`: made aside with mode 0600,
// checked like CheckStore, synced and then renamed. The server goes on
// meanwhile. AlreadyExists if there is a `target`.
absl::StatusOr<StoreCounts> BackUpStore(const std::string& path,
                                        const std::string& target);

struct Restored {
  StoreCounts counts;
  std::string kept;  // where the former store is now; empty if there was none
};
// Puts a copy of `backup`, checked, in the place of `path`, which nobody may
// have in use. Its rooms get a new epoch: the numbers of messages that came
// after the backup will be given again, to others.
absl::StatusOr<Restored> RestoreStore(const std::string& backup,
                                      const std::string& path);

}  // namespace chat77::store
