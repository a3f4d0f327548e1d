#include "store/sqlite/room_writer.h"

#include <algorithm>
#include <utility>

#include "store/internal/links.h"
#include "store/internal/refusals.h"
#include "store/sqlite/records.h"

namespace chat77::store::sqlite {

absl::Status RoomWriter::Append(const Message& message) {
  const absl::StatusOr<Room*> room = rooms_.Find(message.room);
  if (!room.ok()) return room.status();
  if (message.seq != (*room)->last_seq + 1) {
    return WrittenByAnother(database_.path());
  }
  absl::Status status = sql_.append_message.Run(
      message.room, static_cast<int64_t>(message.seq),
      absl::ToUnixMillis(message.time), message.alias, message.text,
      MessageChecksum(message), message.account.or_null(),
      static_cast<int64_t>(message.kind));
  if (absl::IsAlreadyExists(status)) return WrittenByAnother(database_.path());
  if (status.ok()) (*room)->last_seq = message.seq;
  return status;
}

absl::StatusOr<RoomId> RoomWriter::DirectRoom(AccountId first,
                                              AccountId second) {
  Rows rows = sql_.find_direct_room.Query(first, second);
  if (rows.Next()) return rows.IdAt<RoomId>(0);
  if (!rows.status().ok()) return rows.status();
  return RoomId();
}

absl::Status RoomWriter::TakeRoom(const Link& link) {
  const auto [first, second] = std::minmax(link.first, link.second);
  const absl::StatusOr<RoomId> before = DirectRoom(first, second);
  if (!before.ok()) return before.status();
  if (link.room == *before) return absl::OkStatus();
  if (*before) return WrongLink(first, second);
  absl::Status status = rooms_.MakeDirect(link.room, first, second);
  return absl::IsAlreadyExists(status) ? WrongLink(first, second) : status;
}

absl::Status RoomWriter::Keep(const Link& link) {
  const auto [first, second] = std::minmax(link.first, link.second);
  if (link.state == LinkState::kNone && !link.room) {
    return sql_.drop_link.Run(first, second);
  }
  const bool asked = link.state == LinkState::kAsked;
  return sql_.set_link.Run(
      first, second, link.room.or_null(), ToStateColumn(link),
      int64_t{link.hidden ? 1 : 0}, int64_t{link.bound ? 1 : 0},
      asked ? std::optional(absl::ToUnixMillis(link.asked_at)) : std::nullopt);
}

// All that can be refused comes first: a refusal leaves no trace.
absl::Status RoomWriter::Set(const SetLink& write) {
  for (const AccountId id : {write.link.first, write.link.second}) {
    const auto account = accounts_.Find(id);
    if (!account.ok()) return account.status();
  }
  absl::Status status = CheckLink(write);
  const Link link = Normalized(write.link);
  if (status.ok()) status = TakeRoom(link);
  if (status.ok()) status = Keep(link);
  if (status.ok() && write.entry) status = Append(*write.entry);
  return status;
}

absl::Status RoomWriter::EndBoundLinks() {
  absl::Status status = sql_.drop_bound_links.Run();
  return status.ok() ? sql_.end_bound_links.Run() : status;
}

WriteResult RoomWriter::Do(const MarkRead& write) {
  const auto account = accounts_.Find(write.account);
  if (!account.ok()) return account.status();
  for (const ReadMarker& marker : write.markers) {
    const auto room = rooms_.Find(marker.room);
    if (!room.ok()) return room.status();
  }
  for (const ReadMarker& marker : write.markers) {
    if (marker.seq == 0) continue;
    absl::Status status =
        sql_.mark_read.Run(write.account, marker.room, ToInteger(marker.seq));
    if (!status.ok()) return status;
  }
  return Written{};
}

}  // namespace chat77::store::sqlite
