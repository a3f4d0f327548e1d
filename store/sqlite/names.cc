#include "store/sqlite/names.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/clock.h"

#include "proto/alias.h"
#include "store/internal/audit_entries.h"
#include "store/internal/numbered_alias.h"
#include "store/skeleton.h"
#include "store/sqlite/account_writer.h"
#include "store/sqlite/moderation_writer.h"
#include "store/sqlite/records.h"
#include "store/sqlite/statements.h"
#include "store/sqlite/transaction.h"

namespace chat77::store::sqlite {
namespace {

absl::StatusOr<bool> IsFresh(const Database& database,
                             const std::string& rules) {
  auto statement = Statement::Prepare(database, "SELECT rules FROM name_rules");
  if (!statement.ok()) return statement.status();
  Rows rows = statement->Query();
  const bool fresh = rows.Next() && rows.Text(0) == rules;
  if (!rows.status().ok()) return rows.status();
  return fresh;
}

class Refresher {
 public:
  Refresher(Database& database, Statements& sql, Statement& rename)
      : sql_(sql),
        rename_(rename),
        accounts_(database, sql),
        moderation_(database, sql, accounts_) {}

  absl::Status Run() {
    if (absl::Status status = ReadAll(); !status.ok()) return status;
    for (Account& account : all_) {
      absl::Status status = Rekey(account);
      for (const std::string& skeleton : SkeletonsOf(account.alias)) {
        if (status.ok()) status = sql_.add_name.Run(skeleton, account.id);
      }
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  absl::Status ReadAll() {
    Rows rows = sql_.all_accounts.Query();
    while (rows.Next()) {
      auto account = ReadAccount(rows);
      if (!account.ok()) return account.status();
      keys_.insert(account->key);
      all_.push_back(*std::move(account));
    }
    return rows.status();
  }

  absl::Status Rekey(Account& account) {
    std::string key = wire::AliasKey(account.alias);
    if (key == account.key) return absl::OkStatus();
    const std::string former = account.alias;
    if (keys_.contains(key)) {
      account.alias = FreeName(former);
      key = wire::AliasKey(account.alias);
    }
    account.key = std::move(key);
    keys_.insert(account.key);
    absl::Status status = rename_.Run(account.alias, account.key,
                                      AccountChecksum(account), account.id);
    if (!status.ok() || account.alias == former) return status;
    return moderation_.Record(EntryOfRename(former, account.alias, absl::Now()))
        .status();
  }

  std::string FreeName(const std::string& alias) const {
    for (size_t number = 2;; ++number) {
      std::string name = NumberedAlias(alias, number);
      if (!keys_.contains(wire::AliasKey(name))) return name;
    }
  }

  Statements& sql_;
  Statement& rename_;
  AccountWriter accounts_;
  ModerationWriter moderation_;
  std::vector<Account> all_;
  absl::flat_hash_set<std::string> keys_;
};

absl::Status Refresh(Database& database, const std::string& rules) {
  auto sql = Statements::Prepare(database);
  if (!sql.ok()) return sql.status();
  auto rename = Statement::Prepare(
      database,
      "UPDATE accounts SET alias = ?, key = ?, crc32 = ? WHERE id = ?");
  if (!rename.ok()) return rename.status();
  auto set_rules =
      Statement::Prepare(database, "INSERT INTO name_rules (rules) VALUES (?)");
  if (!set_rules.ok()) return set_rules.status();
  auto transaction = Transaction::Begin(database);
  if (!transaction.ok()) return transaction.status();
  absl::Status status =
      database.Execute("DELETE FROM names; DELETE FROM name_rules");
  if (status.ok()) status = Refresher(database, *sql, *rename).Run();
  if (status.ok()) status = set_rules->Run(rules);
  if (!status.ok()) return status;
  return transaction->Commit();
}

}  // namespace

absl::Status RefreshNames(Database& database) {
  const std::string rules = SkeletonRules();
  const auto fresh = IsFresh(database, rules);
  if (!fresh.ok()) return fresh.status();
  return *fresh ? absl::OkStatus() : Refresh(database, rules);
}

}  // namespace chat77::store::sqlite
