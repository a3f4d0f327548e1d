#include "store/internal/memory_connections.h"

#include <algorithm>
#include <iterator>

#include "proto/limits.h"
#include "store/internal/abseil_view.h"
#include "store/internal/milliseconds.h"
#include "store/internal/refusals.h"
#include "store/upkeep.h"

namespace chat77::store {
namespace {

size_t Index(ConnectionId id) { return static_cast<size_t>(id.value()) - 1; }

bool IsPastItsLife(const Device& device, absl::Time now) {
  return device.used_at + wire::kDeviceLife <= Milliseconds(now);
}

}  // namespace

Connection* MemoryConnections::Open(ConnectionId id) {
  if (Index(id) >= connections_.size()) return nullptr;
  Connection& connection = connections_[Index(id)];
  return connection.logout_time.has_value() ? nullptr : &connection;
}

void MemoryConnections::DropDevice(DeviceId number) {
  std::erase_if(device_of_,
                [number](const auto& one) { return one.second == number; });
  const auto found = devices_.find(number);
  by_token_.erase(found->second.token_hash);
  devices_of_[found->second.device.account].erase(number);
  devices_.erase(found);
}

void MemoryConnections::DropSurplusDevices(AccountId account) {
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

void MemoryConnections::EndDevices(AccountId account, DeviceId keep) {
  const std::set<DeviceId> numbers = devices_of_[account];
  for (const DeviceId number : numbers) {
    if (number != keep) DropDevice(number);
  }
}

WriteResult MemoryConnections::Do(const AddConnection& write) {
  Connection& added = connections_.emplace_back(write.connection);
  added.id = ConnectionId::Of(static_cast<int64_t>(connections_.size()));
  added.login_time = Milliseconds(added.login_time);
  if (added.logout_time.has_value()) {
    added.logout_time = Milliseconds(*added.logout_time);
  }
  return Written{.connection = added.id};
}

absl::StatusOr<DeviceId> MemoryConnections::UseDevice(
    const RecordLogin& write) {
  const auto found = devices_.find(write.device);
  if (found == devices_.end() ||
      found->second.device.account != write.account) {
    return NoSuchDevice(write.account, write.device);
  }
  found->second.device.used_at = Milliseconds(write.at.value_or(write.time));
  return write.device;
}

absl::StatusOr<DeviceId> MemoryConnections::MakeDevice(
    const RecordLogin& write, const MemoryAccounts& accounts) {
  const Account* account = accounts.Find(write.account);
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

WriteResult MemoryConnections::Do(const RecordLogin& write,
                                  const MemoryAccounts& accounts) {
  absl::StatusOr<DeviceId> device = DeviceId();
  if (write.device) {
    device = UseDevice(write);
  } else if (!write.token_hash.empty()) {
    device = MakeDevice(write, accounts);
  }
  if (!device.ok()) return device.status();
  WriteResult result = Do(AddConnection{{.alias = write.alias,
                                         .address = write.address,
                                         .port = write.port,
                                         .login_time = write.time,
                                         .logout_time = std::nullopt,
                                         .reason = ""}});
  result->device = *device;
  if (*device) device_of_[result->connection] = *device;
  return result;
}

WriteResult MemoryConnections::Do(const RecordLogout& write) {
  Connection* connection = Open(write.id);
  if (connection == nullptr) return NoOpenConnection(write.id);
  connection->logout_time = Milliseconds(write.time);
  connection->reason = write.reason;
  const auto found = device_of_.find(write.id);
  if (found == device_of_.end()) return Written{};
  const DeviceId device = found->second;
  device_of_.erase(found);
  if (write.end_device) DropDevice(device);
  return Written{};
}

WriteResult MemoryConnections::Do(const RevokeDevice& write) {
  const auto found = devices_.find(write.device);
  if (found == devices_.end() ||
      found->second.device.account != write.account) {
    return NoSuchDevice(write.account, write.device);
  }
  DropDevice(write.device);
  return Written{};
}

absl::StatusOr<Device> MemoryConnections::FindDevice(
    std::string_view token_hash, absl::Time now) const {
  const auto found = by_token_.find(ToAbseil(token_hash));
  if (found == by_token_.end()) return TokenUnknown();
  const Device& device = devices_.at(found->second).device;
  if (IsPastItsLife(device, now)) return TokenUnknown();
  return device;
}

std::vector<Device> MemoryConnections::Devices(AccountId account) const {
  std::vector<Device> devices;
  const auto numbers = devices_of_.find(account);
  if (numbers == devices_of_.end()) return devices;
  for (const DeviceId number : numbers->second) {
    devices.push_back(devices_.at(number).device);
  }
  return devices;
}

std::vector<Stay> MemoryConnections::OpenStays() const {
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

int64_t MemoryConnections::CloseOpen(absl::Time time, std::string_view reason) {
  int64_t closed = 0;
  for (Connection& connection : connections_) {
    if (connection.logout_time.has_value()) continue;
    if (device_of_.contains(connection.id)) continue;
    connection.logout_time = Milliseconds(time);
    connection.reason = std::string(reason);
    ++closed;
  }
  return closed;
}

absl::Time MemoryConnections::NewestUse() const {
  absl::Time newest = absl::InfinitePast();
  for (const auto& [number, known] : devices_) {
    newest = std::max(newest, known.device.used_at);
  }
  return newest;
}

int64_t MemoryConnections::Tidy(absl::Time now, int64_t most) {
  int64_t changed = 0;
  for (const auto& [connection, number] : device_of_) {
    Device& device = devices_.at(number).device;
    if (device.used_at > Milliseconds(now - kDeviceUse)) continue;
    if (changed == most) return changed;
    device.used_at = Milliseconds(now);
    ++changed;
  }
  for (auto at = devices_.begin(); at != devices_.end();) {
    const auto next = std::next(at);
    if (changed < most && IsPastItsLife(at->second.device, now)) {
      DropDevice(at->first);
      ++changed;
    }
    at = next;
  }
  return changed;
}

}  // namespace chat77::store
