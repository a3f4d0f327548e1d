#include "store/sqlite/rooms.h"

#include "store/internal/links.h"
#include "store/internal/refusals.h"
#include "store/internal/room_epoch.h"

namespace chat77::store::sqlite {

absl::StatusOr<Room*> Rooms::Find(RoomId room) {
  const auto known = rooms_.find(room);
  if (known != rooms_.end()) return &known->second;
  Rows rows = sql_.find_room.Query(room);
  if (rows.Next()) {
    if (rooms_.size() == kRemembered) rooms_.clear();
    return &(rooms_[room] = {static_cast<uint64_t>(rows.Int(0)),
                             static_cast<uint64_t>(rows.Int(1))});
  }
  if (!rows.status().ok()) return rows.status();
  return NoSuchRoom(room);
}

absl::StatusOr<LobbyState> Rooms::OpenLobby() {
  absl::StatusOr<Room*> lobby = Find(kLobby);
  if (absl::IsNotFound(lobby.status())) {
    absl::Status status =
        sql_.add_room.Run(kLobby, "lobby", static_cast<int64_t>(NewRoomEpoch()),
                          static_cast<int64_t>(RoomKind::kLobby));
    if (!status.ok()) return status;
    lobby = Find(kLobby);
  }
  if (!lobby.ok()) return lobby.status();
  return LobbyState{(*lobby)->epoch, (*lobby)->last_seq};
}

absl::Status Rooms::MakeDirect(RoomId room, AccountId one, AccountId other) {
  const absl::StatusOr<LobbyState> lobby = OpenLobby();
  if (!lobby.ok()) return lobby.status();
  return sql_.add_room.Run(room, NameOfDirectRoom(one, other),
                           static_cast<int64_t>(lobby->epoch),
                           static_cast<int64_t>(RoomKind::kDirect));
}

}  // namespace chat77::store::sqlite
