#include "store/internal/memory_rooms.h"

#include <algorithm>

#include "store/internal/history_pager.h"
#include "store/internal/links.h"
#include "store/internal/milliseconds.h"
#include "store/internal/refusals.h"
#include "store/internal/room_epoch.h"

namespace chat77::store {

LobbyState MemoryRooms::OpenLobby() {
  if (epoch_ == 0) epoch_ = NewRoomEpoch();
  return {epoch_, rooms_[kLobby].size()};
}

RoomId MemoryRooms::last() const {
  return rooms_.empty() ? kLobby : rooms_.rbegin()->first;
}

absl::StatusOr<uint64_t> MemoryRooms::LastSeq(RoomId room) const {
  const auto found = rooms_.find(room);
  if (found == rooms_.end()) return NoSuchRoom(room);
  return found->second.size();
}

RoomId MemoryRooms::DirectRoom(AccountId one, AccountId other) const {
  const auto known = links_.find({one, other});
  return known == links_.end() ? RoomId() : known->second.room;
}

absl::Status MemoryRooms::Append(const Message& message) {
  const auto found = rooms_.find(message.room);
  if (found == rooms_.end()) return NoSuchRoom(message.room);
  std::vector<Message>& all = found->second;
  if (message.seq != all.size() + 1) return WrittenByAnother("memory:");
  all.push_back(message);
  all.back().time = Milliseconds(message.time);
  return absl::OkStatus();
}

absl::Status MemoryRooms::Set(const SetLink& write) {
  if (absl::Status status = CheckLink(write); !status.ok()) return status;
  const Link link = Normalized(write.link);
  const RoomId before = DirectRoom(link.first, link.second);
  if (link.room != before) {
    OpenLobby();
    const bool made = !before && rooms_.try_emplace(link.room).second;
    if (!made) return WrongLink(link.first, link.second);
  }
  Keep(link);
  return write.entry ? Append(*write.entry) : absl::OkStatus();
}

void MemoryRooms::Keep(const Link& link) {
  for (const Two& two :
       {Two(link.first, link.second), Two(link.second, link.first)}) {
    if (link.state == LinkState::kNone && !link.room) {
      links_.erase(two);
    } else {
      links_[two] = link;
    }
  }
}

absl::Status MemoryRooms::Mark(const MarkRead& write) {
  for (const ReadMarker& marker : write.markers) {
    if (!rooms_.contains(marker.room)) return NoSuchRoom(marker.room);
  }
  for (const ReadMarker& marker : write.markers) {
    if (marker.seq == 0) continue;
    uint64_t& seq = read_[{write.account, marker.room}];
    seq = std::max(seq, marker.seq);
  }
  return absl::OkStatus();
}

void MemoryRooms::EndBoundLinks() {
  std::vector<Link> bound;
  for (const auto& [two, link] : links_) {
    if (link.bound) bound.push_back(link);
  }
  for (Link& link : bound) {
    link.state = LinkState::kNone;
    Keep(Normalized(link));
  }
}

absl::StatusOr<HistoryPage> MemoryRooms::Read(const HistoryQuery& query) const {
  const auto found = rooms_.find(query.room);
  if (found == rooms_.end()) return NoSuchRoom(query.room);
  const std::vector<Message>& all = found->second;
  HistoryPager pager(query);
  // all[i] is the entry with seq i + 1.
  if (query.after_seq.has_value()) {
    size_t next = std::min<uint64_t>(*query.after_seq, all.size());
    while (next < all.size() && pager.Add(all[next])) ++next;
    return pager.Finish();
  }
  const uint64_t end = std::max<uint64_t>(query.before_seq.value_or(-1), 1);
  size_t next = std::min<uint64_t>(end - 1, all.size());
  while (next > 0 && pager.Add(all[next - 1])) --next;
  return pager.Finish();
}

AccountRooms MemoryRooms::RoomsOf(AccountId account,
                                  const MemoryAccounts& accounts) const {
  AccountRooms rooms;
  for (auto at = links_.lower_bound({account, AccountId()});
       at != links_.end() && at->first.first == account; ++at) {
    const Link& link = at->second;
    rooms.links.push_back({link, accounts.Find(link.first)->alias,
                           accounts.Find(link.second)->alias,
                           LastSeq(link.room).value_or(0)});
  }
  Sort(rooms.links);
  for (auto at = read_.lower_bound({account, RoomId()});
       at != read_.end() && at->first.first == account; ++at) {
    rooms.read.push_back({at->first.second, at->second});
  }
  return rooms;
}

}  // namespace chat77::store
