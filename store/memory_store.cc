#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"

#include "proto/limits.h"
#include "store/internal/abseil_view.h"
#include "store/internal/history_pager.h"
#include "store/internal/memory_accounts.h"
#include "store/internal/memory_moderation.h"
#include "store/internal/memory_requests.h"
#include "store/internal/milliseconds.h"
#include "store/internal/refusals.h"
#include "store/internal/room_epoch.h"
#include "store/internal/sorted.h"
#include "store/store.h"

namespace chat77::store {
namespace {

// Every call holds a lock: its reader is the store itself.
class MemoryStore final : public Store {
 public:
  absl::StatusOr<Reader*> OpenReader(size_t) override { return this; }

  absl::StatusOr<std::vector<WriteResult>> Commit(
      absl::Span<const Write> writes) override {
    const std::lock_guard lock(mutex_);
    std::vector<WriteResult> results;
    results.reserve(writes.size());
    for (const Write& write : writes) {
      results.push_back(std::visit(
          [this](const auto& one) -> WriteResult {
            if constexpr (requires { moderation_.Do(one); }) {
              return moderation_.Do(one);
            } else {
              return Do(one);
            }
          },
          write));
    }
    return results;
  }

  absl::StatusOr<Account> FindAccount(std::string_view key) override {
    const std::lock_guard lock(mutex_);
    return accounts_.FindByKey(key);
  }

  absl::StatusOr<Standing> FindStanding(AccountId account) override {
    const std::lock_guard lock(mutex_);
    return moderation_.FindStanding(account);
  }

  absl::StatusOr<bool> HasAdmin() override {
    const std::lock_guard lock(mutex_);
    return moderation_.HasAdmin();
  }

  absl::StatusOr<std::vector<Sanction>> Sanctions(absl::Time now) override {
    const std::lock_guard lock(mutex_);
    return moderation_.InForce(now);
  }

  absl::StatusOr<std::vector<AuditRecord>> AuditRecords(int64_t after_number,
                                                        size_t limit) override {
    const std::lock_guard lock(mutex_);
    return moderation_.Records(after_number, limit);
  }

  absl::StatusOr<RoomState> OpenRoom(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    Room& room = rooms_[ToAbseil(name)];
    if (room.epoch == 0) room.epoch = NewRoomEpoch();
    return RoomState{room.epoch, room.messages.size()};
  }

  absl::StatusOr<HistoryPage> ReadHistory(const HistoryQuery& query) override {
    const std::lock_guard lock(mutex_);
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

  absl::StatusOr<Device> FindDevice(std::string_view token_hash,
                                    absl::Time now) override {
    const std::lock_guard lock(mutex_);
    const auto found = by_token_.find(ToAbseil(token_hash));
    if (found == by_token_.end()) return TokenUnknown();
    const Device& device = devices_.at(found->second).device;
    if (IsPastItsLife(device, now)) return TokenUnknown();
    return device;
  }

  absl::StatusOr<std::vector<Device>> Devices(AccountId account) override {
    const std::lock_guard lock(mutex_);
    std::vector<Device> devices;
    const auto numbers = devices_of_.find(account);
    if (numbers == devices_of_.end()) return devices;
    for (const DeviceId number : numbers->second) {
      devices.push_back(devices_.at(number).device);
    }
    return devices;
  }

  absl::StatusOr<RememberedRequest> FindRequest(RequestKey key) override {
    const std::lock_guard lock(mutex_);
    return requests_.Find(key);
  }

  absl::StatusOr<uint64_t> HighestMessageId(AccountId account) override {
    return requests_.HighestMessageId(account);
  }

  absl::StatusOr<std::vector<Stay>> OpenStays() override {
    const std::lock_guard lock(mutex_);
    std::vector<Stay> stays;
    for (const auto& [id, device] : device_of_) {
      const Connection& connection = connections_[Index(id)];
      stays.push_back({.connection = id,
                       .account = devices_.at(device).device.account,
                       .device = device,
                       .alias = connection.alias,
                       .login_time = connection.login_time});
    }
    return stays;
  }

  absl::StatusOr<std::vector<PrivatePair>> OpenPairs() override {
    const std::lock_guard lock(mutex_);
    std::vector<PrivatePair> pairs;
    pairs.reserve(pairs_.size());
    for (const auto& [ids, state] : pairs_) {
      pairs.push_back({ids.first, ids.second, state,
                       connections_[Index(ids.first)].alias,
                       connections_[Index(ids.second)].alias});
    }
    return pairs;
  }

  absl::StatusOr<int64_t> CloseOpenConnections(
      absl::Time time, std::string_view reason) override {
    const std::lock_guard lock(mutex_);
    int64_t closed = 0;
    for (Connection& connection : connections_) {
      if (connection.logout_time.has_value()) continue;
      if (device_of_.contains(connection.id)) continue;
      connection.logout_time = Milliseconds(time);
      connection.reason = std::string(reason);
      DropPairs(connection.id);
      ++closed;
    }
    return closed;
  }

  absl::StatusOr<absl::Time> NewestTime() override {
    const std::lock_guard lock(mutex_);
    absl::Time newest = absl::InfinitePast();
    for (const auto& [number, known] : devices_) {
      newest = std::max(newest, known.device.used_at);
    }
    return std::max(newest, requests_.newest());
  }

  absl::StatusOr<int64_t> Tidy(absl::Time now) override {
    const std::lock_guard lock(mutex_);
    int64_t changed = 0;
    for (const auto& [connection, number] : device_of_) {
      Device& device = devices_.at(number).device;
      if (device.used_at > Milliseconds(now - kDeviceUse)) continue;
      if (changed == kTidyRows) return changed;
      device.used_at = Milliseconds(now);
      ++changed;
    }
    for (auto at = devices_.begin(); at != devices_.end();) {
      const auto next = std::next(at);
      if (changed < kTidyRows && IsPastItsLife(at->second.device, now)) {
        DropDevice(at->first);
        ++changed;
      }
      at = next;
    }
    const absl::Time oldest = Milliseconds(now) - wire::kRequestMemory;
    changed += requests_.Forget(oldest, kTidyRows - changed);
    changed += accounts_.DropExpired(now, kTidyRows - changed);
    return changed + moderation_.DropExpired(now, kTidyRows - changed);
  }

  absl::StatusOr<std::vector<Account>> AllAccounts() override {
    const std::lock_guard lock(mutex_);
    return Sorted(accounts_.all(), &Account::created_at);
  }

  absl::StatusOr<std::vector<Connection>> AllConnections() override {
    const std::lock_guard lock(mutex_);
    return Sorted(connections_, &Connection::login_time);
  }

 private:
  struct Room {
    uint64_t epoch = 0;
    std::vector<Message> messages;
  };
  struct KnownDevice {
    Device device;
    std::string token_hash;
  };

  static size_t Index(ConnectionId id) {
    return static_cast<size_t>(id.value()) - 1;
  }

  static bool IsPastItsLife(const Device& device, absl::Time now) {
    return device.used_at + wire::kDeviceLife <= Milliseconds(now);
  }

  // nullptr unless it is open.
  Connection* OpenConnection(ConnectionId id) {
    if (Index(id) >= connections_.size()) return nullptr;
    Connection& connection = connections_[Index(id)];
    return connection.logout_time.has_value() ? nullptr : &connection;
  }

  void DropPairs(ConnectionId connection) {
    std::erase_if(pairs_, [connection](const auto& pair) {
      return pair.first.first == connection || pair.first.second == connection;
    });
  }

  void DropDevice(DeviceId number) {
    std::erase_if(device_of_,
                  [number](const auto& one) { return one.second == number; });
    const auto found = devices_.find(number);
    by_token_.erase(found->second.token_hash);
    devices_of_[found->second.device.account].erase(number);
    devices_.erase(found);
  }

  // The account's least recently used, but for the newest, until it has no
  // more than it may.
  void DropSurplusDevices(AccountId account) {
    std::vector<std::pair<absl::Time, DeviceId>> order;
    for (const DeviceId number : devices_of_[account]) {
      if (number == last_device_) continue;
      order.emplace_back(devices_.at(number).device.used_at, number);
    }
    if (order.size() < wire::kDevicesPerUser) return;
    std::sort(order.begin(), order.end());
    order.resize(order.size() + 1 - wire::kDevicesPerUser);
    for (const auto& [used_at, number] : order) DropDevice(number);
  }

  WriteResult Do(const CreateAccount& write) { return accounts_.Do(write); }

  WriteResult Do(const SetPassword& write) {
    if (absl::Status status = accounts_.SetHash(write); !status.ok()) {
      return status;
    }
    if (!write.end_devices) return Written{};
    const std::set<DeviceId> numbers = devices_of_[write.account];
    for (const DeviceId number : numbers) {
      if (number != write.keep_device) DropDevice(number);
    }
    return Written{};
  }

  WriteResult Do(const AddConnection& write) {
    Connection& added = connections_.emplace_back(write.connection);
    added.id = ConnectionId::Of(static_cast<int64_t>(connections_.size()));
    added.login_time = Milliseconds(added.login_time);
    if (added.logout_time.has_value()) {
      added.logout_time = Milliseconds(*added.logout_time);
    }
    return Written{.connection = added.id};
  }

  absl::StatusOr<DeviceId> UseDevice(const RecordLogin& write) {
    const auto found = devices_.find(write.device);
    if (found == devices_.end() ||
        found->second.device.account != write.account) {
      return NoSuchDevice(write.account, write.device);
    }
    found->second.device.used_at = Milliseconds(write.at.value_or(write.time));
    return write.device;
  }

  absl::StatusOr<DeviceId> MakeDevice(const RecordLogin& write) {
    const Account* account = accounts_.Find(write.account);
    if (account == nullptr) return NoAccountNumber(write.account);
    if (by_token_.contains(write.token_hash)) return TokenKnown();
    last_device_ = DeviceId::Of(last_device_.value() + 1);
    const Device device{.number = last_device_,
                        .account = write.account,
                        .alias = account->alias,
                        .software = write.software,
                        .created_at = Milliseconds(write.time),
                        .used_at = Milliseconds(write.at.value_or(write.time))};
    devices_[device.number] = {device, write.token_hash};
    by_token_[write.token_hash] = device.number;
    devices_of_[write.account].insert(device.number);
    DropSurplusDevices(write.account);
    return device.number;
  }

  WriteResult Do(const RecordLogin& write) {
    absl::StatusOr<DeviceId> device = DeviceId();
    if (write.device) {
      device = UseDevice(write);
    } else if (!write.token_hash.empty()) {
      device = MakeDevice(write);
    }
    if (!device.ok()) return device.status();
    WriteResult result = Do(AddConnection{{.alias = write.alias,
                                           .address = write.address,
                                           .port = write.port,
                                           .login_time = write.time,
                                           .logout_time = std::nullopt,
                                           .reason = ""}});
    result->device = *device;
    result->highest_message_id = requests_.HighestMessageId(write.account);
    if (*device != 0) device_of_[result->connection] = *device;
    return result;
  }

  WriteResult Do(const RecordLogout& write) {
    Connection* connection = OpenConnection(write.id);
    if (connection == nullptr) return NoOpenConnection(write.id);
    connection->logout_time = Milliseconds(write.time);
    connection->reason = write.reason;
    DropPairs(write.id);
    const auto found = device_of_.find(write.id);
    if (found == device_of_.end()) return Written{};
    const DeviceId device = found->second;
    device_of_.erase(found);
    if (write.end_device) DropDevice(device);
    return Written{};
  }

  WriteResult Do(const AppendMessage& write) {
    if (auto repeated = requests_.Repeated(write.request())) return *repeated;
    const auto found = rooms_.find(write.message.room);
    if (found == rooms_.end()) return NoSuchRoom(write.message.room);
    std::vector<Message>& all = found->second.messages;
    Message& added = all.emplace_back(write.message);
    added.seq = all.size();
    added.time = Milliseconds(added.time);
    requests_.Remember(write.request(),
                       {.seq = added.seq, .time = added.time, .answer = ""},
                       write.at.value_or(added.time));
    return Written{.seq = added.seq, .time = added.time};
  }

  WriteResult Do(const SetPrivate& write) {
    if (auto repeated = requests_.Repeated(write.request)) return *repeated;
    for (const ConnectionId id : {write.first, write.second}) {
      if (OpenConnection(id) == nullptr) return NoOpenConnection(id);
    }
    pairs_.erase({write.second, write.first});
    pairs_.erase({write.first, write.second});
    if (write.state != PairState::kNone) {
      pairs_[{write.first, write.second}] = write.state;
    }
    const absl::Time time = Milliseconds(write.time);
    requests_.Remember(write.request,
                       {.seq = 0, .time = time, .answer = write.answer},
                       write.at.value_or(time));
    return Written{.time = time, .answer = write.answer};
  }

  WriteResult Do(const RevokeDevice& write) {
    const auto found = devices_.find(write.device);
    if (found == devices_.end() ||
        found->second.device.account != write.account) {
      return NoSuchDevice(write.account, write.device);
    }
    DropDevice(write.device);
    return Written{};
  }

  std::mutex mutex_;
  MemoryAccounts accounts_;
  MemoryModeration moderation_{accounts_};
  std::vector<Connection> connections_;  // by id, from 1
  // Of open connections that have one.
  std::map<ConnectionId, DeviceId> device_of_;
  std::map<DeviceId, KnownDevice> devices_;
  absl::flat_hash_map<std::string, DeviceId> by_token_;
  absl::flat_hash_map<AccountId, std::set<DeviceId>> devices_of_;
  DeviceId last_device_;
  std::map<std::pair<ConnectionId, ConnectionId>, PairState> pairs_;
  MemoryRequests requests_;
  absl::flat_hash_map<std::string, Room> rooms_;
};

}  // namespace

std::unique_ptr<Store> OpenMemoryStore() {
  return std::make_unique<MemoryStore>();
}

}  // namespace chat77::store
