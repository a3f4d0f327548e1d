#include "store/internal/memory_accounts.h"

#include <algorithm>

#include "store/internal/abseil_view.h"
#include "store/internal/milliseconds.h"
#include "store/internal/refusals.h"
#include "store/skeleton.h"

namespace chat77::store {

absl::Status MemoryAccounts::CheckInvitation(const CreateAccount& write) const {
  if (write.invitation_hash.empty()) return absl::OkStatus();
  const auto found = invitations_.find(write.invitation_hash);
  if (found != invitations_.end() &&
      Milliseconds(write.at.value_or(write.account.created_at)) <
          found->second) {
    return absl::OkStatus();
  }
  return NoInvitation();
}

absl::Status MemoryAccounts::CheckLooks(
    const std::string& alias, const std::vector<std::string>& skeletons) const {
  const bool taken = std::any_of(
      skeletons.begin(), skeletons.end(),
      [this](const std::string& one) { return skeletons_.contains(one); });
  if (taken) return AliasLooksTaken(alias);
  if (LooksReserved(alias)) return AliasLooksReserved(alias);
  return absl::OkStatus();
}

WriteResult MemoryAccounts::Do(const CreateAccount& write) {
  const std::string& alias = write.account.alias;
  absl::Status status = CheckInvitation(write);
  if (!status.ok()) return status;
  if (by_key_.contains(write.account.key)) return AliasTaken(alias);
  const std::vector<std::string> skeletons = SkeletonsOf(alias);
  if (!write.confusable) status = CheckLooks(alias, skeletons);
  if (!status.ok()) return status;
  invitations_.erase(write.invitation_hash);
  by_key_[write.account.key] = accounts_.size();
  skeletons_.insert(skeletons.begin(), skeletons.end());
  Account& added = accounts_.emplace_back(write.account);
  added.id = AccountId::Of(static_cast<int64_t>(accounts_.size()));
  added.created_at = Milliseconds(added.created_at);
  added.admin = false;
  return Written{};
}

WriteResult MemoryAccounts::Do(const AddInvitation& write) {
  const auto [at, fresh] =
      invitations_.try_emplace(write.code_hash, Milliseconds(write.expires_at));
  if (!fresh) return InvitationKnown();
  return Written{};
}

absl::Status MemoryAccounts::SetHash(const SetPassword& write) {
  Account* account = Find(write.account);
  if (account == nullptr) return NoAccountNumber(write.account);
  account->password_hash = write.password_hash;
  return absl::OkStatus();
}

const Account* MemoryAccounts::Find(AccountId id) const {
  const auto index = static_cast<size_t>(id.value()) - 1;
  return index < accounts_.size() ? &accounts_[index] : nullptr;
}

Account* MemoryAccounts::Find(AccountId id) {
  const auto index = static_cast<size_t>(id.value()) - 1;
  return index < accounts_.size() ? &accounts_[index] : nullptr;
}

absl::StatusOr<Account> MemoryAccounts::FindByKey(std::string_view key) const {
  const auto found = by_key_.find(ToAbseil(key));
  if (found == by_key_.end()) return NoSuchAccount(key);
  return accounts_[found->second];
}

int64_t MemoryAccounts::DropExpired(absl::Time now, int64_t most) {
  int64_t dropped = 0;
  for (auto at = invitations_.begin(); at != invitations_.end();) {
    const auto next = std::next(at);
    if (dropped < most && at->second <= Milliseconds(now)) {
      invitations_.erase(at);
      ++dropped;
    }
    at = next;
  }
  return dropped;
}

}  // namespace chat77::store
