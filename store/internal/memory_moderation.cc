#include "store/internal/memory_moderation.h"

#include <algorithm>

#include "proto/limits.h"
#include "store/audit.h"
#include "store/internal/audit_entries.h"
#include "store/internal/milliseconds.h"
#include "store/internal/refusals.h"

namespace chat77::store {
namespace {

bool IsInForce(const Sanction& sanction, absl::Time now) {
  return !sanction.expires_at.has_value() ||
         *sanction.expires_at > Milliseconds(now);
}

}  // namespace

void MemoryModeration::Append(AuditRecord record) {
  const AuditMark last =
      audit_.empty() ? AuditMark{}
                     : AuditMark{audit_.back().number, audit_.back().hash};
  record.number = last.number + 1;
  record.hash = AuditHash(last.hash, record);
  audit_.push_back(std::move(record));
}

WriteResult MemoryModeration::Do(const SetAdmin& write,
                                 MemoryAccounts& accounts) {
  Account* account = accounts.Find(write.account);
  if (account == nullptr) return NoAccountNumber(write.account);
  account->admin = write.admin;
  Append(EntryOf(write, account->alias));
  return Written{};
}

WriteResult MemoryModeration::Do(const AddSanction& write,
                                 MemoryAccounts& accounts) {
  const AccountId account = write.sanction.account;
  if (account && accounts.Find(account) == nullptr) {
    return NoAccountNumber(account);
  }
  const int64_t number = ++last_sanction_;
  Sanction& added = sanctions_[number] = write.sanction;
  added.number = number;
  added.created_at = Milliseconds(added.created_at);
  if (added.expires_at.has_value()) {
    added.expires_at = Milliseconds(*added.expires_at);
  }
  Append(EntryOf(write, number));
  return Written{.sanction = number};
}

WriteResult MemoryModeration::Do(const LiftSanction& write, MemoryAccounts&) {
  const auto found = sanctions_.find(write.number);
  if (found == sanctions_.end() ||
      !IsInForce(found->second, write.at.value_or(write.time))) {
    return NoSuchSanction(write.number);
  }
  Append(EntryOf(write, found->second.target));
  sanctions_.erase(found);
  return Written{};
}

WriteResult MemoryModeration::Do(const RecordKick& write, MemoryAccounts&) {
  Append(EntryOf(write));
  return Written{};
}

WriteResult MemoryModeration::Do(const SetBlocked& write,
                                 MemoryAccounts& accounts) {
  for (const AccountId id : {write.account, write.blocked}) {
    if (accounts.Find(id) == nullptr) return NoAccountNumber(id);
  }
  std::set<AccountId>& blocked = blocked_[write.account];
  if (!write.on) {
    blocked.erase(write.blocked);
  } else if (!blocked.contains(write.blocked)) {
    if (blocked.size() >= wire::kBlockedPerUser) return TooManyBlocked();
    blocked.insert(write.blocked);
  }
  return Written{};
}

WriteResult MemoryModeration::Do(const AddInvitation& write,
                                 MemoryAccounts& accounts) {
  WriteResult result = accounts.Do(write);
  if (result.ok()) Append(EntryOf(write));
  return result;
}

absl::StatusOr<Standing> MemoryModeration::FindStanding(
    AccountId account, const MemoryAccounts& accounts) const {
  const Account* found = accounts.Find(account);
  if (found == nullptr) return NoAccountNumber(account);
  Standing standing{.admin = found->admin, .blocked = {}};
  if (const auto blocked = blocked_.find(account); blocked != blocked_.end()) {
    for (const AccountId id : blocked->second) {
      standing.blocked.push_back({id, accounts.Find(id)->alias});
    }
  }
  std::sort(standing.blocked.begin(), standing.blocked.end(),
            [](const BlockedAccount& a, const BlockedAccount& b) {
              return a.alias < b.alias;
            });
  return standing;
}

bool MemoryModeration::HasAdmin(const MemoryAccounts& accounts) {
  const auto& all = accounts.all();
  return std::any_of(all.begin(), all.end(),
                     [](const Account& account) { return account.admin; });
}

std::vector<Sanction> MemoryModeration::InForce(absl::Time now) const {
  std::vector<Sanction> in_force;
  for (const auto& [number, sanction] : sanctions_) {
    if (IsInForce(sanction, now)) in_force.push_back(sanction);
  }
  return in_force;
}

std::vector<AuditRecord> MemoryModeration::Records(int64_t after_number,
                                                   size_t limit) const {
  const auto first = static_cast<size_t>(std::clamp<int64_t>(
      after_number, 0, static_cast<int64_t>(audit_.size())));
  const size_t count = std::min(limit, audit_.size() - first);
  const auto begin = audit_.begin() + static_cast<ptrdiff_t>(first);
  return {begin, begin + static_cast<ptrdiff_t>(count)};
}

int64_t MemoryModeration::DropExpired(absl::Time now, int64_t most) {
  int64_t dropped = 0;
  for (auto at = sanctions_.begin();
       at != sanctions_.end() && dropped < most;) {
    const bool expired = !IsInForce(at->second, now);
    at = expired ? sanctions_.erase(at) : std::next(at);
    dropped += expired ? 1 : 0;
  }
  return dropped;
}

}  // namespace chat77::store
