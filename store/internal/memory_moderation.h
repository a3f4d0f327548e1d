// Sanctions, blocks and the audit log of a store in memory.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "absl/status/statusor.h"

#include "store/internal/memory_accounts.h"
#include "store/model.h"
#include "store/store.h"

namespace chat77::store {

class MemoryModeration {
 public:
  WriteResult Do(const SetAdmin& write, MemoryAccounts& accounts);
  WriteResult Do(const AddSanction& write, MemoryAccounts& accounts);
  WriteResult Do(const LiftSanction& write, MemoryAccounts& accounts);
  WriteResult Do(const RecordKick& write, MemoryAccounts& accounts);
  WriteResult Do(const SetBlocked& write, MemoryAccounts& accounts);
  WriteResult Do(const AddInvitation& write, MemoryAccounts& accounts);

  absl::StatusOr<Standing> FindStanding(AccountId account,
                                        const MemoryAccounts& accounts) const;
  static bool HasAdmin(const MemoryAccounts& accounts);
  std::vector<Sanction> InForce(absl::Time now) const;
  std::vector<AuditRecord> Records(int64_t after_number, size_t limit) const;

  // Deletes at most `most` expired sanctions; returns how many.
  int64_t DropExpired(absl::Time now, int64_t most);

 private:
  // Gives it its number and hash.
  void Append(AuditRecord record);

  std::map<int64_t, Sanction> sanctions_;  // by number
  int64_t last_sanction_ = 0;
  std::map<AccountId, std::set<AccountId>> blocked_;  // by who has blocked
  std::vector<AuditRecord> audit_;                    // by number, from 1
};

}  // namespace chat77::store
