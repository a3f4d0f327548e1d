#include "store/sqlite/account_writer.h"

#include "store/internal/refusals.h"
#include "store/skeleton.h"
#include "store/sqlite/records.h"

namespace chat77::store::sqlite {
namespace {

// Whether there is a row.
absl::StatusOr<bool> Any(Rows rows) {
  const bool found = rows.Next();
  if (!rows.status().ok()) return rows.status();
  return found;
}

}  // namespace

absl::Status AccountWriter::CheckInvitation(const CreateAccount& write) {
  if (write.invitation_hash.empty()) return absl::OkStatus();
  const auto valid = Any(sql_.find_invitation.Query(
      Blob{write.invitation_hash},
      absl::ToUnixMillis(write.at.value_or(write.account.created_at))));
  if (!valid.ok()) return valid.status();
  return *valid ? absl::OkStatus() : NoInvitation();
}

absl::Status AccountWriter::CheckName(
    const CreateAccount& write, const std::vector<std::string>& skeletons) {
  const auto same = Any(sql_.find_account.Query(write.account.key));
  if (!same.ok()) return same.status();
  if (*same) return AliasTaken(write.account.alias);
  if (write.confusable) return absl::OkStatus();
  for (const std::string& skeleton : skeletons) {
    const auto taken = Any(sql_.is_name_taken.Query(skeleton));
    if (!taken.ok()) return taken.status();
    if (*taken) return AliasLooksTaken(write.account.alias);
  }
  return LooksReserved(write.account.alias)
             ? AliasLooksReserved(write.account.alias)
             : absl::OkStatus();
}

// All that can be refused comes first: a refusal leaves no trace.
WriteResult AccountWriter::Do(const CreateAccount& write) {
  const std::vector<std::string> skeletons = SkeletonsOf(write.account.alias);
  absl::Status status = CheckInvitation(write);
  if (status.ok()) status = CheckName(write, skeletons);
  if (!status.ok()) return status;
  Account account = write.account;
  account.admin = false;
  status = sql_.add_account.Run(
      account.alias, account.key, account.password_hash,
      absl::ToUnixMillis(account.created_at), AccountChecksum(account));
  const auto id = AccountId::Of(sqlite3_last_insert_rowid(database_.handle()));
  for (const std::string& skeleton : skeletons) {
    if (status.ok()) status = sql_.add_name.Run(skeleton, id);
  }
  if (status.ok() && !write.invitation_hash.empty()) {
    status = sql_.drop_invitation.Run(Blob{write.invitation_hash});
  }
  if (!status.ok()) return status;
  return Written{};
}

absl::StatusOr<Account> AccountWriter::Find(AccountId account) {
  Rows rows = sql_.find_account_by_id.Query(account);
  if (rows.Next()) return ReadAccount(rows);
  if (!rows.status().ok()) return rows.status();
  return NoAccountNumber(account);
}

absl::Status AccountWriter::Change(const Account& account) {
  return sql_.change_account.Run(account.password_hash,
                                 int64_t{account.admin ? 1 : 0},
                                 AccountChecksum(account), account.id);
}

absl::Status AccountWriter::SetHash(AccountId account,
                                    const std::string& password_hash) {
  auto found = Find(account);
  if (!found.ok()) return found.status();
  found->password_hash = password_hash;
  return Change(*found);
}

absl::StatusOr<Account> AccountWriter::SetAdmin(AccountId account, bool admin) {
  auto found = Find(account);
  if (!found.ok()) return found.status();
  found->admin = admin;
  if (absl::Status status = Change(*found); !status.ok()) return status;
  return found;
}

}  // namespace chat77::store::sqlite
