#include "server/core/direct_rooms.h"

#include <algorithm>
#include <utility>

#include "proto/alias.h"
#include "proto/limits.h"

namespace chat77::server {

// ---- one of them ------------------------------------------------------------

PrivateState DirectRoom::TrueStateFor(AccountId account) const {
  switch (standing.state) {
    case LinkState::kNone:
      return PrivateState::kNone;
    case LinkState::kAsked:
      return standing.asker == IndexOf(account) ? PrivateState::kAsking
                                                : PrivateState::kAsked;
    case LinkState::kLinked:
      return PrivateState::kLinked;
  }
  return PrivateState::kNone;
}

PrivateState DirectRoom::StateFor(AccountId account) const {
  return IsHiddenFrom(account) ? PrivateState::kNone : TrueStateFor(account);
}

Link DirectRoom::ToLink() const {
  const size_t first =
      standing.state == LinkState::kAsked ? standing.asker : size_t{0};
  return {members[first].account,
          members[1 - first].account,
          standing.state,
          standing.hidden,
          is_bound(),
          standing.asked_at,
          standing.id};
}

// ---- all of them ------------------------------------------------------------

const DirectRooms::Table& DirectRooms::Of(AccountId account) const {
  static const Table kNothing;
  const auto entry = accounts_.find(account);
  return entry == accounts_.end() ? kNothing : entry->second;
}

DirectRoomPtr DirectRooms::Find(AccountId self, AccountId other) const {
  const Table& rooms = Of(self);
  const auto room = rooms.find(other);
  return room == rooms.end() ? nullptr : room->second;
}

DirectRoomPtr DirectRooms::FindByKey(AccountId self,
                                     std::string_view key) const {
  for (const auto& [other, room] : Of(self)) {
    if (room->Other(self).key != key) continue;
    if (room->StateFor(self) != PrivateState::kNone || room->standing.id) {
      return room;
    }
  }
  return nullptr;
}

DirectRoomPtr DirectRooms::FindById(AccountId self, RoomId id) const {
  for (const auto& [other, room] : Of(self)) {
    if (room->standing.id == id) return room;
  }
  return nullptr;
}

DirectRoomPtr DirectRooms::Open(const DirectRoom::Member& one,
                                const DirectRoom::Member& other) {
  if (DirectRoomPtr room = Find(one.account, other.account)) return room;
  auto room = std::make_shared<DirectRoom>();
  room->members = {one, other};
  if (other.account < one.account) {
    std::swap(room->members[0], room->members[1]);
  }
  accounts_[one.account][other.account] = room;
  accounts_[other.account][one.account] = room;
  return room;
}

std::vector<DirectRoomPtr> DirectRooms::all() const {
  return AllThat([](const DirectRoom&) { return true; });
}

std::vector<DirectRoomPtr> DirectRooms::AllThat(
    absl::FunctionRef<bool(const DirectRoom&)> matches) const {
  std::vector<DirectRoomPtr> all;
  for (const auto& [account, rooms] : accounts_) {
    for (const auto& [other, room] : rooms) {
      if (account < other && matches(*room)) all.push_back(room);
    }
  }
  const auto accounts = [](const DirectRoomPtr& room) {
    return std::pair(room->members[0].account, room->members[1].account);
  };
  std::sort(all.begin(), all.end(), [&](const auto& one, const auto& other) {
    return accounts(one) < accounts(other);
  });
  return all;
}

// ---- asking -----------------------------------------------------------------

AskOutcome DirectRooms::JudgeAsk(const DirectRoom* room, AccountId self,
                                 AccountId other) const {
  if (room != nullptr) {
    switch (room->TrueStateFor(self)) {
      case PrivateState::kAsking:
        return AskOutcome::kAlreadyAsked;
      case PrivateState::kLinked:
        return AskOutcome::kAlreadyLinked;
      case PrivateState::kAsked:
        // One that did not count so far.
        if (room->IsHiddenFrom(self) &&
            Count(self, {}) >= wire::kPrivatePerUser) {
          return AskOutcome::kTooMany;
        }
        return AskOutcome::kConnected;
      case PrivateState::kNone:
        break;
    }
  }
  return Full(self, other) ? AskOutcome::kTooMany : AskOutcome::kAsked;
}

// Nothing: of any state. What is hidden from an account does not count for it,
// or those it has blocked could keep others from asking.
size_t DirectRooms::Count(AccountId account,
                          std::optional<PrivateState> state) const {
  const Table& rooms = Of(account);
  return static_cast<size_t>(
      std::count_if(rooms.begin(), rooms.end(), [&](const auto& entry) {
        const PrivateState own = entry.second->StateFor(account);
        return state ? own == *state : own != PrivateState::kNone;
      }));
}

bool DirectRooms::Full(AccountId self, AccountId other) const {
  return Count(self, {}) >= wire::kPrivatePerUser ||
         Count(other, {}) >= wire::kPrivatePerUser ||
         Count(self, PrivateState::kAsking) >= wire::kAsksOut ||
         Count(other, PrivateState::kAsked) >= wire::kAsksIn;
}

std::vector<DirectRoomPtr> DirectRooms::AskedBefore(SteadyTime time) const {
  return AllThat([&](const DirectRoom& room) {
    return room.WasAskedBefore(time) &&
           (presence_.FindJoined(room.members[0].key) != nullptr ||
            presence_.FindJoined(room.members[1].key) != nullptr);
  });
}

// ---- what is in memory ------------------------------------------------------

void DirectRooms::Load(AccountId account, const AccountRooms& rooms) {
  for (const auto& [link, first_alias, second_alias, last_seq] : rooms.links) {
    if (Find(link.first, link.second) != nullptr) continue;
    DirectRoom::Member first{link.first, first_alias,
                             wire::AliasKey(first_alias)};
    DirectRoom::Member second{link.second, second_alias,
                              wire::AliasKey(second_alias)};
    const DirectRoomPtr room = Open(first, second);
    DirectRoom::Standing& standing = room->standing;
    standing.state = link.state;
    standing.asker = room->IndexOf(link.first);
    standing.hidden = link.hidden;
    standing.asked_at = link.asked_at;
    standing.id = link.room;
    standing.last_seq = room->told_seq = last_seq;
  }
  absl::flat_hash_map<RoomId, DirectRoom*> by_id;
  for (const auto& [other, room] : Of(account)) {
    by_id[room->standing.id] = room.get();
  }
  for (const ReadMarker& marker : rooms.read) {
    const auto room = by_id.find(marker.room);
    if (room == by_id.end()) continue;
    uint64_t& read = room->second->members[room->second->IndexOf(account)].read;
    read = std::max(read, marker.seq);
  }
}

void DirectRooms::EndLoading(AccountId account) {
  const auto loading = loading_.find(account);
  if (--loading->second > 0) return;
  loading_.erase(loading);
  Forget(account);
}

bool DirectRooms::IsNeeded(const DirectRoom& room) const {
  if (room.held > 0 || loading_.contains(room.members[0].account) ||
      loading_.contains(room.members[1].account)) {
    return true;
  }
  if (room.empty()) return false;
  return presence_.Find(room.members[0].key) != nullptr ||
         presence_.Find(room.members[1].key) != nullptr;
}

void DirectRooms::Erase(AccountId account, AccountId other) {
  const auto entry = accounts_.find(account);
  if (entry == accounts_.end()) return;
  entry->second.erase(other);
  if (entry->second.empty()) accounts_.erase(entry);
}

void DirectRooms::Release(const DirectRoomPtr& room) {
  --room->held;
  if (IsNeeded(*room)) return;
  Erase(room->members[0].account, room->members[1].account);
  Erase(room->members[1].account, room->members[0].account);
}

void DirectRooms::Forget(AccountId account) {
  std::vector<AccountId> forgotten;
  for (const auto& [other, room] : Of(account)) {
    if (!IsNeeded(*room)) forgotten.push_back(other);
  }
  for (const AccountId other : forgotten) {
    Erase(account, other);
    Erase(other, account);
  }
}

}  // namespace chat77::server
