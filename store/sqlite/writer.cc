#include "store/sqlite/writer.h"

#include <utility>
#include <vector>

#include "proto/limits.h"
#include "store/internal/milliseconds.h"
#include "store/internal/refusals.h"
#include "store/sqlite/records.h"

namespace chat77::store::sqlite {
namespace {

// Those a statement finds; all of them before the table is changed.
absl::StatusOr<std::vector<DeviceId>> Devices(Rows rows) {
  std::vector<DeviceId> ids;
  while (rows.Next()) ids.push_back(rows.IdAt<DeviceId>(0));
  if (!rows.status().ok()) return rows.status();
  return ids;
}

}  // namespace

WriteResult Writer::Do(const Write& write) {
  return std::visit(
      [this](const auto& one) -> WriteResult {
        if constexpr (requires { moderation_.Do(one); }) {
          return moderation_.Do(one);
        } else if constexpr (requires { rooms_.Do(one); }) {
          return rooms_.Do(one);
        } else {
          return Do(one);
        }
      },
      write);
}

WriteResult Writer::Do(const CreateAccount& write) {
  return accounts_.Do(write);
}

WriteResult Writer::Do(const SetPassword& write) {
  absl::Status status = accounts_.SetHash(write.account, write.password_hash);
  if (!status.ok()) return status;
  if (!write.end_devices) return Written{};
  const auto devices = Devices(sql_.devices_of_account.Query(write.account));
  if (!devices.ok()) return devices.status();
  for (const DeviceId device : *devices) {
    if (device == write.keep_device) continue;
    if (status = DropDevice(device); !status.ok()) return status;
  }
  return Written{};
}

WriteResult Writer::Do(const AddConnection& write) {
  const absl::StatusOr<ConnectionId> id = AddRow(write.connection, 0);
  if (!id.ok()) return id.status();
  return Written{.connection = *id};
}

absl::StatusOr<ConnectionId> Writer::AddRow(const Connection& connection,
                                            DeviceId device) {
  absl::Status status = sql_.add_connection.Run(
      connection.alias, connection.address, int64_t{connection.port},
      absl::ToUnixMillis(connection.login_time),
      ToMillis(connection.logout_time), connection.reason, device.or_null());
  if (!status.ok()) return status;
  return ConnectionId::Of(sqlite3_last_insert_rowid(database_.handle()));
}

// All that can be refused comes first: a refused login leaves no device.
WriteResult Writer::Do(const RecordLogin& write) {
  const absl::StatusOr<DeviceId> device = TakeDevice(write);
  if (!device.ok()) return device.status();
  const absl::StatusOr<ConnectionId> id = AddRow({.id = {},
                                                  .alias = write.alias,
                                                  .address = write.address,
                                                  .port = write.port,
                                                  .login_time = write.time,
                                                  .logout_time = std::nullopt,
                                                  .reason = ""},
                                                 *device);
  if (!id.ok()) return id.status();
  const absl::StatusOr<uint64_t> highest = HighestMessageId(write.account);
  if (!highest.ok()) return highest.status();
  return Written{
      .connection = *id, .device = *device, .highest_message_id = *highest};
}

absl::StatusOr<DeviceId> Writer::TakeDevice(const RecordLogin& write) {
  if (!write.device) {
    return write.token_hash.empty() ? DeviceId() : MakeDevice(write);
  }
  absl::Status status =
      sql_.use_device.Run(absl::ToUnixMillis(write.at.value_or(write.time)),
                          write.device, write.account);
  if (!status.ok()) return status;
  if (Changed() == 0) return NoSuchDevice(write.account, write.device);
  return write.device;
}

absl::StatusOr<DeviceId> Writer::MakeDevice(const RecordLogin& write) {
  absl::Status status =
      sql_.add_device.Run(write.account, Blob{write.token_hash}, write.software,
                          absl::ToUnixMillis(write.time),
                          absl::ToUnixMillis(write.at.value_or(write.time)));
  if (absl::IsAlreadyExists(status)) return TokenKnown();
  if (!status.ok()) return status;
  if (Changed() == 0) return NoAccountNumber(write.account);
  const auto device =
      DeviceId::Of(sqlite3_last_insert_rowid(database_.handle()));
  status = DropSurplusDevices(write.account, device);
  if (!status.ok()) return status;
  return device;
}

absl::Status Writer::DropSurplusDevices(AccountId account, DeviceId newest) {
  constexpr int64_t kOthers = wire::kDevicesPerUser - 1;
  const auto surplus =
      Devices(sql_.surplus_devices.Query(account, newest, kOthers));
  if (!surplus.ok()) return surplus.status();
  for (const DeviceId device : *surplus) {
    if (absl::Status status = DropDevice(device); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Writer::DropDevice(DeviceId device) {
  absl::Status status = sql_.drop_device.Run(device);
  if (!status.ok()) return status;
  return sql_.forget_device.Run(device);
}

WriteResult Writer::Do(const RecordLogout& write) {
  DeviceId device;
  {
    Rows rows = sql_.end_connection.Query(absl::ToUnixMillis(write.time),
                                          write.reason, write.id);
    const bool ended = rows.Next();
    if (ended) device = rows.IdAt<DeviceId>(0);
    while (rows.Next()) {
    }
    if (!rows.status().ok()) return rows.status();
    if (!ended) return NoOpenConnection(write.id);
  }
  if (write.end_device && device) {
    if (absl::Status status = DropDevice(device); !status.ok()) return status;
  }
  return Written{};
}

WriteResult Writer::Do(const AppendMessage& write) {
  auto repeated = Repeated(write.request());
  if (!repeated.ok()) return repeated.status();
  if (repeated->has_value()) return **std::move(repeated);
  absl::Status status = rooms_.Append(write.message);
  if (!status.ok()) return status;
  const absl::Time time = Milliseconds(write.message.time);
  return Remember(write.request(), {write.message.seq, time, write.answer},
                  write.at.value_or(time));
}

WriteResult Writer::Do(const SetLink& write) {
  auto repeated = Repeated(write.request);
  if (!repeated.ok()) return repeated.status();
  if (repeated->has_value()) return **std::move(repeated);
  absl::Status status = rooms_.Set(write);
  if (!status.ok()) return status;
  const absl::Time time = Milliseconds(write.time);
  return Remember(write.request, {0, time, write.answer},
                  write.at.value_or(time));
}

WriteResult Writer::Do(const RevokeDevice& write) {
  absl::Status status =
      sql_.drop_device_of_account.Run(write.device, write.account);
  if (!status.ok()) return status;
  if (Changed() == 0) return NoSuchDevice(write.account, write.device);
  if (status = sql_.forget_device.Run(write.device); !status.ok()) {
    return status;
  }
  return Written{};
}

absl::StatusOr<std::optional<Written>> Writer::Repeated(RequestKey key) {
  if (key.message_id == 0) return std::optional<Written>();
  Rows rows = sql_.find_request.Query(key.account,
                                      static_cast<int64_t>(key.message_id));
  if (!rows.Next()) {
    if (!rows.status().ok()) return rows.status();
    return std::optional<Written>();
  }
  auto known = ReadRequest(rows);
  if (!known.ok()) return known.status();
  return std::optional(Written{.seq = known->seq,
                               .repeated = true,
                               .time = known->time,
                               .answer = std::move(known->answer)});
}

absl::StatusOr<uint64_t> Writer::HighestMessageId(AccountId account) {
  Rows rows = sql_.highest_request.Query(account);
  if (!rows.Next()) return rows.status();
  return static_cast<uint64_t>(rows.Int(0));
}

WriteResult Writer::Remember(RequestKey key, RememberedRequest request,
                             absl::Time at) {
  if (key.message_id != 0) {
    absl::Status status = sql_.add_request.Run(
        key.account, static_cast<int64_t>(key.message_id),
        static_cast<int64_t>(request.seq), absl::ToUnixMillis(request.time),
        Blob{request.answer}, absl::ToUnixMillis(at));
    if (!status.ok()) return status;
  }
  return Written{.seq = request.seq,
                 .time = request.time,
                 .answer = std::move(request.answer)};
}

absl::StatusOr<int64_t> Writer::CloseOpenConnections(absl::Time time,
                                                     std::string_view reason) {
  absl::Status status = rooms_.EndBoundLinks();
  if (status.ok()) {
    status = sql_.end_open_connections.Run(absl::ToUnixMillis(time), reason);
  }
  if (!status.ok()) return status;
  return Changed();
}

absl::StatusOr<int64_t> Writer::Tidy(absl::Time now) {
  // First: who is online for weeks uses their device all the time.
  absl::Status status = sql_.use_open_devices.Run(
      absl::ToUnixMillis(now), absl::ToUnixMillis(now - kDeviceUse), kTidyRows);
  if (!status.ok()) return status;
  int64_t changed = Changed();
  if (changed == kTidyRows) return changed;
  status = DropExpiredDevices(now, changed);
  if (!status.ok()) return status;
  status = sql_.forget_requests.Run(
      kTidyRows - changed, absl::ToUnixMillis(now - wire::kRequestMemory));
  if (!status.ok()) return status;
  changed += Changed();
  return DropExpired(now, changed);
}

absl::StatusOr<int64_t> Writer::DropExpired(absl::Time now, int64_t changed) {
  for (Statement* expired :
       {&sql_.drop_expired_invitations, &sql_.drop_expired_sanctions}) {
    absl::Status status =
        expired->Run(absl::ToUnixMillis(now), kTidyRows - changed);
    if (!status.ok()) return status;
    changed += Changed();
  }
  return changed;
}

absl::Status Writer::DropExpiredDevices(absl::Time now, int64_t& changed) {
  const int64_t oldest = absl::ToUnixMillis(now - wire::kDeviceLife);
  const auto expired =
      Devices(sql_.expired_devices.Query(oldest, kTidyRows - changed));
  if (!expired.ok()) return expired.status();
  for (const DeviceId device : *expired) {
    if (absl::Status status = DropDevice(device); !status.ok()) return status;
    ++changed;
  }
  return absl::OkStatus();
}

}  // namespace chat77::store::sqlite
