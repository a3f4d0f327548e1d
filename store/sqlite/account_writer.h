// Writes accounts, their names, and the invitations they use up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "store/sqlite/database.h"
#include "store/sqlite/statements.h"
#include "store/store.h"

namespace chat77::store::sqlite {

class AccountWriter {
 public:
  // Both must outlive it.
  AccountWriter(Database& database, Statements& sql)
      : database_(database), sql_(sql) {}

  WriteResult Do(const CreateAccount& write);

  // NotFound if there is none.
  absl::StatusOr<Account> Find(AccountId account);
  absl::Status SetHash(AccountId account, const std::string& password_hash);
  // Returns the account as it is now.
  absl::StatusOr<Account> SetAdmin(AccountId account, bool admin);

 private:
  // OK, or why this account may not be made.
  absl::Status CheckInvitation(const CreateAccount& write);
  absl::Status CheckName(const CreateAccount& write,
                         const std::vector<std::string>& skeletons);
  absl::Status Change(const Account& account);

  Database& database_;
  Statements& sql_;
};

}  // namespace chat77::store::sqlite
