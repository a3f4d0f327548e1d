#include "store/sqlite/rooms.h"

#include "store/internal/abseil_view.h"
#include "store/internal/refusals.h"
#include "store/internal/room_epoch.h"

namespace chat77::store::sqlite {

absl::StatusOr<Room*> Rooms::Find(std::string_view name) {
  const auto known = rooms_.find(ToAbseil(name));
  if (known != rooms_.end()) return &known->second;
  Rows rows = sql_.find_room.Query(name);
  if (rows.Next()) {
    return &(rooms_[ToAbseil(name)] =
                 Room{.id = rows.Int(0),
                      .epoch = static_cast<uint64_t>(rows.Int(1)),
                      .last_seq = rows.Int(2)});
  }
  if (!rows.status().ok()) return rows.status();
  return NoSuchRoom(name);
}

absl::StatusOr<Room*> Rooms::Open(std::string_view name) {
  absl::StatusOr<Room*> room = Find(name);
  if (!absl::IsNotFound(room.status())) return room;
  const auto epoch = static_cast<int64_t>(NewRoomEpoch());
  absl::Status status = sql_.add_room.Run(name, epoch);
  if (!status.ok()) return status;
  return Find(name);
}

}  // namespace chat77::store::sqlite
