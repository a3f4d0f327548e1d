// Writes what consent and moderation ask for, and the audit log with it.
#pragma once

#include "absl/status/status.h"

#include "store/sqlite/account_writer.h"
#include "store/sqlite/database.h"
#include "store/sqlite/statements.h"
#include "store/store.h"

namespace chat77::store::sqlite {

class ModerationWriter {
 public:
  // All must outlive it.
  ModerationWriter(Database& database, Statements& sql, AccountWriter& accounts)
      : database_(database), sql_(sql), accounts_(accounts) {}

  WriteResult Do(const SetAdmin& write);
  WriteResult Do(const AddSanction& write);
  WriteResult Do(const LiftSanction& write);
  WriteResult Do(const RecordKick& write);
  WriteResult Do(const SetBlocked& write);
  WriteResult Do(const AddInvitation& write);

  // Appends to the audit log, with the next number and its hash; returns
  // `written` then.
  WriteResult Record(AuditRecord record, Written written = {});

 private:
  absl::Status Block(const SetBlocked& write);

  Database& database_;
  Statements& sql_;
  AccountWriter& accounts_;
};

}  // namespace chat77::store::sqlite
