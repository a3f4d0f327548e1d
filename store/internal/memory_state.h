// All that a store in memory holds. Can be copied: that is how a commit that
// fails halfway is taken back.
#pragma once

#include "absl/types/span.h"

#include "store/internal/memory_accounts.h"
#include "store/internal/memory_connections.h"
#include "store/internal/memory_moderation.h"
#include "store/internal/memory_requests.h"
#include "store/internal/memory_rooms.h"
#include "store/model.h"
#include "store/store.h"

namespace chat77::store {

struct MemoryState {
  // DataLoss and Internal are of the whole commit.
  WriteResult Do(const Write& write);

  // True only if no error of the whole commit will come of these writes: then
  // there is nothing to take back, and nothing has to be copied.
  bool WillDo(absl::Span<const Write> writes) const;

  MemoryAccounts accounts;
  MemoryModeration moderation;
  MemoryConnections connections;
  MemoryRequests requests;
  MemoryRooms rooms;
};

}  // namespace chat77::store
