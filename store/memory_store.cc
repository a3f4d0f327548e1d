#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "proto/limits.h"
#include "store/internal/history_pager.h"
#include "store/internal/memory_state.h"
#include "store/internal/milliseconds.h"
#include "store/internal/sorted.h"
#include "store/store.h"

namespace chat77::store {
namespace {

bool IsOfTheWhole(const absl::Status& status) {
  return absl::IsDataLoss(status) || absl::IsInternal(status);
}

// Every call holds a lock: its reader is the store itself.
class MemoryStore final : public Store {
 public:
  absl::StatusOr<Reader*> OpenReader(size_t) override { return this; }

  absl::StatusOr<std::vector<WriteResult>> Commit(
      absl::Span<const Write> writes) override {
    const std::lock_guard lock(mutex_);
    std::optional<MemoryState> before;
    if (!state_.WillDo(writes)) before = state_;
    std::vector<WriteResult> results;
    results.reserve(writes.size());
    for (const Write& write : writes) {
      WriteResult result = state_.Do(write);
      if (IsOfTheWhole(result.status())) {
        state_ = *std::move(before);
        return result.status();
      }
      results.push_back(std::move(result));
    }
    return results;
  }

  absl::StatusOr<Account> FindAccount(std::string_view key) override {
    const std::lock_guard lock(mutex_);
    return state_.accounts.FindByKey(key);
  }

  absl::StatusOr<Standing> FindStanding(AccountId account) override {
    const std::lock_guard lock(mutex_);
    return state_.moderation.FindStanding(account, state_.accounts);
  }

  absl::StatusOr<bool> HasAdmin() override {
    const std::lock_guard lock(mutex_);
    return MemoryModeration::HasAdmin(state_.accounts);
  }

  absl::StatusOr<std::vector<Sanction>> Sanctions(absl::Time now) override {
    const std::lock_guard lock(mutex_);
    return state_.moderation.InForce(now);
  }

  absl::StatusOr<std::vector<AuditRecord>> AuditRecords(int64_t after_number,
                                                        size_t limit) override {
    const std::lock_guard lock(mutex_);
    return state_.moderation.Records(after_number, limit);
  }

  absl::StatusOr<LobbyState> OpenLobby() override {
    const std::lock_guard lock(mutex_);
    return state_.rooms.OpenLobby();
  }

  absl::StatusOr<RoomId> LastRoom() override {
    const std::lock_guard lock(mutex_);
    return state_.rooms.last();
  }

  absl::StatusOr<AccountRooms> RoomsOf(AccountId account) override {
    const std::lock_guard lock(mutex_);
    return state_.rooms.RoomsOf(account, state_.accounts);
  }

  absl::StatusOr<HistoryPage> ReadHistory(const HistoryQuery& query) override {
    const std::lock_guard lock(mutex_);
    if (absl::Status status = CheckHistoryQuery(query); !status.ok()) {
      return status;
    }
    return state_.rooms.Read(query);
  }

  absl::StatusOr<Device> FindDevice(std::string_view token_hash,
                                    absl::Time now) override {
    const std::lock_guard lock(mutex_);
    return state_.connections.FindDevice(token_hash, now);
  }

  absl::StatusOr<std::vector<Device>> Devices(AccountId account) override {
    const std::lock_guard lock(mutex_);
    return state_.connections.Devices(account);
  }

  absl::StatusOr<RememberedRequest> FindRequest(RequestKey key) override {
    const std::lock_guard lock(mutex_);
    return state_.requests.Find(key);
  }

  absl::StatusOr<uint64_t> HighestMessageId(AccountId account) override {
    const std::lock_guard lock(mutex_);
    return state_.requests.HighestMessageId(account);
  }

  absl::StatusOr<std::vector<Stay>> OpenStays() override {
    const std::lock_guard lock(mutex_);
    return state_.connections.OpenStays();
  }

  absl::StatusOr<int64_t> CloseOpenConnections(
      absl::Time time, std::string_view reason) override {
    const std::lock_guard lock(mutex_);
    state_.rooms.EndBoundLinks();
    return state_.connections.CloseOpen(time, reason);
  }

  absl::StatusOr<absl::Time> NewestTime() override {
    const std::lock_guard lock(mutex_);
    return std::max(state_.connections.NewestUse(), state_.requests.newest());
  }

  absl::StatusOr<int64_t> Tidy(absl::Time now) override {
    const std::lock_guard lock(mutex_);
    int64_t changed = state_.connections.Tidy(now, kTidyRows);
    const absl::Time oldest = Milliseconds(now) - wire::kRequestMemory;
    changed += state_.requests.Forget(oldest, kTidyRows - changed);
    changed += state_.accounts.DropExpired(now, kTidyRows - changed);
    return changed + state_.moderation.DropExpired(now, kTidyRows - changed);
  }

  absl::StatusOr<std::vector<Account>> AllAccounts() override {
    const std::lock_guard lock(mutex_);
    return Sorted(state_.accounts.all(), &Account::created_at);
  }

  absl::StatusOr<std::vector<Connection>> AllConnections() override {
    const std::lock_guard lock(mutex_);
    return Sorted(state_.connections.all(), &Connection::login_time);
  }

 private:
  std::mutex mutex_;
  MemoryState state_;
};

}  // namespace

std::unique_ptr<Store> OpenMemoryStore() {
  return std::make_unique<MemoryStore>();
}

}  // namespace chat77::store
