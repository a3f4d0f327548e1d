// The rooms and where each one's messages end, remembered so that appending
// needs no look into the table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

#include "store/sqlite/statements.h"

namespace chat77::store::sqlite {

struct Room {
  int64_t id = 0;  // the internal number
  uint64_t epoch = 0;
  int64_t last_seq = 0;
};

class Rooms {
 public:
  // `sql` must outlive it.
  explicit Rooms(Statements& sql) : sql_(sql) {}

  // NotFound if it was never opened. The pointer is valid until the next call.
  absl::StatusOr<Room*> Find(std::string_view name);
  // Makes it if it is not there.
  absl::StatusOr<Room*> Open(std::string_view name);
  // After a commit that failed: what was counted up is not on disk.
  void Forget() { rooms_.clear(); }

 private:
  Statements& sql_;
  absl::flat_hash_map<std::string, Room> rooms_;
};

}  // namespace chat77::store::sqlite
