// The rooms of a store in memory: their entries, links, read markers.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "store/internal/memory_accounts.h"
#include "store/model.h"

namespace chat77::store {

class MemoryRooms {
 public:
  LobbyState OpenLobby();
  RoomId last() const;

  // The last seq of a room; NotFound if there is no such room.
  absl::StatusOr<uint64_t> LastSeq(RoomId room) const;
  // The direct room of two accounts; {}: none.
  RoomId DirectRoom(AccountId one, AccountId other) const;

  // NotFound, or DataLoss of the whole commit.
  absl::Status Append(const Message& message);
  // Internal or DataLoss, of the whole commit. Both accounts exist.
  absl::Status Set(const SetLink& write);
  // NotFound. The account exists.
  absl::Status Mark(const MarkRead& write);
  void EndBoundLinks();

  absl::StatusOr<HistoryPage> Read(const HistoryQuery& query) const;
  AccountRooms RoomsOf(AccountId account, const MemoryAccounts& accounts) const;

 private:
  using Two = std::pair<AccountId, AccountId>;

  void Keep(const Link& link);

  uint64_t epoch_ = 0;
  absl::btree_map<RoomId, std::vector<Message>> rooms_;
  absl::btree_map<Two, Link> links_;  // each twice: by either account first
  absl::btree_map<std::pair<AccountId, RoomId>, uint64_t> read_;
};

}  // namespace chat77::store
