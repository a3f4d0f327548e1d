// Writes what is said in rooms, who may write to whom, and who has read what.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "store/sqlite/account_writer.h"
#include "store/sqlite/database.h"
#include "store/sqlite/rooms.h"
#include "store/sqlite/statements.h"
#include "store/store.h"

namespace chat77::store::sqlite {

class RoomWriter {
 public:
  // All must outlive it.
  RoomWriter(const Database& database, Statements& sql, Rooms& rooms,
             AccountWriter& accounts)
      : database_(database), sql_(sql), rooms_(rooms), accounts_(accounts) {}

  WriteResult Do(const MarkRead& write);

  // NotFound if there is no such room; DataLoss of the whole commit.
  absl::Status Append(const Message& message);
  // NotFound unless both accounts exist; Internal or DataLoss of the whole
  // commit.
  absl::Status Set(const SetLink& write);
  // Every link that is bound.
  absl::Status EndBoundLinks();

 private:
  // The direct room of two accounts, the smaller first; {}: none.
  absl::StatusOr<RoomId> DirectRoom(AccountId first, AccountId second);
  // Makes the room that the link names, if it is new.
  absl::Status TakeRoom(const Link& link);
  absl::Status Keep(const Link& link);

  const Database& database_;
  Statements& sql_;
  Rooms& rooms_;
  AccountWriter& accounts_;
};

}  // namespace chat77::store::sqlite
