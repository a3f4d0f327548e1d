// The rooms of a database, and where each one's entries end, remembered so that
// appending needs no look into the table.
#pragma once

#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "store/model.h"
#include "store/sqlite/statements.h"

namespace chat77::store::sqlite {

// rooms.kind
enum class RoomKind : uint8_t { kLobby, kChannel, kGroup, kDirect };

struct Room {
  uint64_t epoch = 0;
  uint64_t last_seq = 0;
};

class Rooms {
 public:
  // How many are remembered: about 1 MiB.
  static constexpr size_t kRemembered = 32 * 1024;

  // `sql` must outlive it.
  explicit Rooms(Statements& sql) : sql_(sql) {}

  // NotFound if there is no such room. The pointer is valid until the next
  // call.
  absl::StatusOr<Room*> Find(RoomId room);
  // Makes it if it is not there.
  absl::StatusOr<LobbyState> OpenLobby();
  // AlreadyExists if there is a room with the number, or one of the two
  // accounts.
  absl::Status MakeDirect(RoomId room, AccountId one, AccountId other);
  // After a commit that failed: what was counted up is not on disk.
  void Forget() { rooms_.clear(); }

 private:
  Statements& sql_;
  absl::flat_hash_map<RoomId, Room> rooms_;
};

}  // namespace chat77::store::sqlite
