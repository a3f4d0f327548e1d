// The accounts of a store in memory, with their names and invitations.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"

#include "store/model.h"
#include "store/store.h"

namespace chat77::store {

class MemoryAccounts {
 public:
  WriteResult Do(const CreateAccount& write);
  WriteResult Do(const AddInvitation& write);
  // NotFound if there is no such account. Its devices are the caller's matter.
  absl::Status SetHash(const SetPassword& write);

  // nullptr if there is none. Until the next Do.
  const Account* Find(AccountId id) const;
  Account* Find(AccountId id);
  absl::StatusOr<Account> FindByKey(std::string_view key) const;

  // Deletes at most `most` expired invitations; returns how many.
  int64_t DropExpired(absl::Time now, int64_t most);

  // By id.
  const std::vector<Account>& all() const { return accounts_; }

 private:
  // OK, or why this account may not be made.
  absl::Status CheckInvitation(const CreateAccount& write) const;
  absl::Status CheckLooks(const std::string& alias,
                          const std::vector<std::string>& skeletons) const;

  std::vector<Account> accounts_;                    // by id, from 1
  absl::flat_hash_map<std::string, size_t> by_key_;  // index in accounts_
  absl::flat_hash_set<std::string> skeletons_;
  absl::flat_hash_map<std::string, absl::Time> invitations_;  // hash to expiry
};

}  // namespace chat77::store
