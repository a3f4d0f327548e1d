// The logins of a store in memory, and the devices that may resume.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "store/internal/memory_accounts.h"
#include "store/ledger.h"
#include "store/model.h"

namespace chat77::store {

class MemoryConnections {
 public:
  WriteResult Do(const AddConnection& write);
  WriteResult Do(const RecordLogout& write);
  WriteResult Do(const RevokeDevice& write);
  // Without the highest message id.
  WriteResult Do(const RecordLogin& write, const MemoryAccounts& accounts);
  // All devices of an account but `keep`.
  void EndDevices(AccountId account, DeviceId keep);

  absl::StatusOr<Device> FindDevice(std::string_view token_hash,
                                    absl::Time now) const;
  std::vector<Device> Devices(AccountId account) const;
  std::vector<Stay> OpenStays() const;
  // Ends those without a device; returns how many.
  int64_t CloseOpen(absl::Time time, std::string_view reason);

  // Of a device; InfinitePast if there is none.
  absl::Time NewestUse() const;
  // Notes that the devices of open connections are in use, and ends those past
  // their life: `most` at most; returns how many.
  int64_t Tidy(absl::Time now, int64_t most);

  // By id.
  const std::vector<Connection>& all() const { return connections_; }

 private:
  struct KnownDevice {
    Device device;
    std::string token_hash;
  };

  // nullptr unless it is open.
  Connection* Open(ConnectionId id);
  void DropDevice(DeviceId number);
  // The account's least recently used, but for the newest, until it has no
  // more than it may.
  void DropSurplusDevices(AccountId account);
  absl::StatusOr<DeviceId> UseDevice(const RecordLogin& write);
  absl::StatusOr<DeviceId> MakeDevice(const RecordLogin& write,
                                      const MemoryAccounts& accounts);

  std::vector<Connection> connections_;  // by id, from 1
  // Of open connections that have one.
  std::map<ConnectionId, DeviceId> device_of_;
  std::map<DeviceId, KnownDevice> devices_;
  absl::flat_hash_map<std::string, DeviceId> by_token_;
  absl::flat_hash_map<AccountId, std::set<DeviceId>> devices_of_;
  DeviceId last_device_;
};

}  // namespace chat77::store
