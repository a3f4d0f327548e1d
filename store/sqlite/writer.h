// Carries out one write after the other within a transaction of the caller's.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "store/sqlite/account_writer.h"
#include "store/sqlite/database.h"
#include "store/sqlite/moderation_writer.h"
#include "store/sqlite/room_writer.h"
#include "store/sqlite/rooms.h"
#include "store/sqlite/statements.h"
#include "store/store.h"

namespace chat77::store::sqlite {

class Writer {
 public:
  // All must outlive it.
  Writer(Database& database, Statements& sql, Rooms& rooms)
      : database_(database),
        sql_(sql),
        accounts_(database, sql),
        moderation_(database, sql, accounts_),
        rooms_(database, sql, rooms, accounts_) {}

  // A refusal (IsRefusal) has written nothing. Any other error:
  // roll the transaction back.
  WriteResult Do(const Write& write);

  // As Store's.
  absl::StatusOr<uint64_t> HighestMessageId(AccountId account);
  absl::StatusOr<int64_t> CloseOpenConnections(absl::Time time,
                                               std::string_view reason);
  absl::StatusOr<int64_t> Tidy(absl::Time now);

 private:
  WriteResult Do(const CreateAccount& write);
  WriteResult Do(const SetPassword& write);
  WriteResult Do(const AddConnection& write);
  WriteResult Do(const RecordLogin& write);
  WriteResult Do(const RecordLogout& write);
  WriteResult Do(const AppendMessage& write);
  WriteResult Do(const SetLink& write);
  WriteResult Do(const RevokeDevice& write);

  absl::StatusOr<ConnectionId> AddRow(const Connection& connection,
                                      DeviceId device);
  // The number of the device a login has from now on, 0 for none.
  absl::StatusOr<DeviceId> TakeDevice(const RecordLogin& write);
  absl::StatusOr<DeviceId> MakeDevice(const RecordLogin& write);
  absl::Status DropSurplusDevices(AccountId account, DeviceId newest);
  absl::Status DropExpiredDevices(absl::Time now, int64_t& changed);
  absl::Status DropDevice(DeviceId device);
  // Invitations and sanctions. `changed` and what it returns: rows, of
  // kTidyRows.
  absl::StatusOr<int64_t> DropExpired(absl::Time now, int64_t changed);

  // What came of it then, if it was carried out before.
  absl::StatusOr<std::optional<Written>> Repeated(RequestKey key);
  // What came of it now. `at`: by the calendar, how old it is.
  WriteResult Remember(RequestKey key, RememberedRequest request,
                       absl::Time at);
  // Rows the last statement changed.
  int64_t Changed() const { return sqlite3_changes64(database_.handle()); }

  Database& database_;
  Statements& sql_;
  AccountWriter accounts_;
  ModerationWriter moderation_;
  RoomWriter rooms_;
};

}  // namespace chat77::store::sqlite
