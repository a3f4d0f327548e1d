#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"

#include "store/internal/abseil_view.h"
#include "store/internal/history_pager.h"
#include "store/internal/refusals.h"
#include "store/internal/room_epoch.h"
#include "store/store.h"

namespace chat77::store {
namespace {

// Every store keeps times in milliseconds.
absl::Time Milliseconds(absl::Time time) {
  return absl::FromUnixMillis(absl::ToUnixMillis(time));
}

// By `time`, then in the order they have.
template <typename Record>
std::vector<Record> Sorted(const std::vector<Record>& records,
                           absl::Time Record::* time) {
  std::vector<const Record*> order;
  order.reserve(records.size());
  for (const Record& record : records) order.push_back(&record);
  std::sort(order.begin(), order.end(),
            [time](const Record* a, const Record* b) {
              return std::pair(a->*time, a) < std::pair(b->*time, b);
            });
  std::vector<Record> sorted;
  sorted.reserve(order.size());
  for (const Record* record : order) sorted.push_back(*record);
  return sorted;
}

class MemoryStore final : public Store {
 public:
  absl::StatusOr<std::vector<WriteResult>> Commit(
      absl::Span<const Write> writes) override {
    std::vector<WriteResult> results;
    results.reserve(writes.size());
    for (const Write& write : writes) {
      results.push_back(
          std::visit([this](const auto& one) { return Do(one); }, write));
    }
    return results;
  }

  absl::StatusOr<Account> FindAccount(std::string_view key) override {
    const auto found = by_key_.find(ToAbseil(key));
    if (found == by_key_.end()) return NoSuchAccount(key);
    return accounts_[found->second];
  }

  absl::StatusOr<RoomState> OpenRoom(std::string_view name) override {
    Room& room = rooms_[ToAbseil(name)];
    if (room.epoch == 0) room.epoch = NewRoomEpoch();
    return RoomState{room.epoch, room.messages.size()};
  }

  absl::StatusOr<HistoryPage> ReadHistory(const HistoryQuery& query) override {
    if (absl::Status status = CheckHistoryQuery(query); !status.ok()) {
      return status;
    }
    const auto found = rooms_.find(query.room);
    if (found == rooms_.end()) return NoSuchRoom(query.room);
    const std::vector<Message>& all = found->second.messages;
    HistoryPager pager(query);
    // all[i] is the message with seq i + 1.
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

  absl::StatusOr<int64_t> CloseOpenConnections(
      absl::Time time, std::string_view reason) override {
    int64_t closed = 0;
    for (Connection& connection : connections_) {
      if (connection.logout_time.has_value()) continue;
      connection.logout_time = Milliseconds(time);
      connection.reason = std::string(reason);
      ++closed;
    }
    return closed;
  }

  absl::StatusOr<std::vector<Account>> AllAccounts() override {
    return Sorted(accounts_, &Account::created_at);
  }

  absl::StatusOr<std::vector<Connection>> AllConnections() override {
    return Sorted(connections_, &Connection::login_time);
  }

 private:
  struct Room {
    uint64_t epoch = 0;
    std::vector<Message> messages;
  };

  WriteResult Do(const CreateAccount& write) {
    const auto [at, fresh] =
        by_key_.try_emplace(write.account.key, accounts_.size());
    if (!fresh) return AliasTaken(write.account.alias);
    accounts_.push_back(write.account);
    accounts_.back().created_at = Milliseconds(write.account.created_at);
    return 0;
  }

  WriteResult Do(const AddConnection& write) {
    Connection& added = connections_.emplace_back(write.connection);
    added.id = static_cast<int64_t>(connections_.size());
    added.login_time = Milliseconds(added.login_time);
    if (added.logout_time.has_value()) {
      added.logout_time = Milliseconds(*added.logout_time);
    }
    return added.id;
  }

  WriteResult Do(const RecordLogin& write) {
    return Do(AddConnection{{.alias = write.alias,
                             .address = write.address,
                             .port = write.port,
                             .login_time = write.time,
                             .logout_time = std::nullopt,
                             .reason = ""}});
  }

  WriteResult Do(const RecordLogout& write) {
    const auto index = static_cast<uint64_t>(write.id) - 1;
    if (index >= connections_.size() ||
        connections_[index].logout_time.has_value()) {
      return NoOpenConnection(write.id);
    }
    connections_[index].logout_time = Milliseconds(write.time);
    connections_[index].reason = write.reason;
    return 0;
  }

  WriteResult Do(const AppendMessage& write) {
    const auto found = rooms_.find(write.message.room);
    if (found == rooms_.end()) return NoSuchRoom(write.message.room);
    std::vector<Message>& all = found->second.messages;
    Message& added = all.emplace_back(write.message);
    added.seq = all.size();
    added.time = Milliseconds(added.time);
    return static_cast<int64_t>(added.seq);
  }

  std::vector<Account> accounts_;
  absl::flat_hash_map<std::string, size_t> by_key_;  // index in accounts_
  std::vector<Connection> connections_;              // by id, from 1
  absl::flat_hash_map<std::string, Room> rooms_;
};

}  // namespace

std::unique_ptr<Store> OpenMemoryStore() {
  return std::make_unique<MemoryStore>();
}

}  // namespace chat77::store
