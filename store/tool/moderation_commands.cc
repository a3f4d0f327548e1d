#include "store/tool/moderation_commands.h"

#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "proto/alias.h"
#include "proto/limits.h"
#include "store/audit.h"
#include "store/code.h"
#include "store/store.h"
#include "store/tool/exit_code.h"
#include "store/tool/printable.h"

namespace chat77::store {
namespace {

// Who acts, in the audit log.
constexpr char kActor[] = "chat77-store";
constexpr size_t kPage = 500;

std::string Shown(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S %Z", time, absl::LocalTimeZone());
}

// To write to; not made if it is not there.
absl::StatusOr<std::unique_ptr<Store>> OpenExisting(const std::string& path) {
  auto there = OpenStoreForReading(path, TellOfMigration).status();
  if (!there.ok()) return there;
  return OpenStore(path, kStoreCacheBytes, TellOfMigration);
}

absl::Status CommitOne(Ledger& ledger, const Write& write) {
  const auto results = ledger.Commit({write});
  if (!results.ok()) return results.status();
  return results->front().status();
}

// Returns the account as it was.
absl::StatusOr<Account> SetAdminOf(const std::string& path,
                                   const std::string& alias, bool admin) {
  const auto store = OpenExisting(path);
  if (!store.ok()) return store.status();
  auto account = (*store)->FindAccount(wire::AliasKey(alias));
  if (!account.ok()) return account.status();
  if (account->admin == admin) return account;
  absl::Status status = CommitOne(**store, SetAdmin{.account = account->id,
                                                    .admin = admin,
                                                    .actor = kActor,
                                                    .time = absl::Now()});
  if (!status.ok()) return status;
  return account;
}

const char* NameOf(SanctionKind kind) {
  switch (kind) {
    case SanctionKind::kMute:
      return "mute";
    case SanctionKind::kBanAccount:
      return "ban";
    case SanctionKind::kBanNetwork:
      break;
  }
  return "ban of network";
}

void Print(const Sanction& sanction) {
  std::cout << sanction.number << "  " << NameOf(sanction.kind) << "  "
            << Printable(sanction.target) << "  by " << Printable(sanction.by)
            << " on " << Shown(sanction.created_at) << "  "
            << (sanction.expires_at.has_value()
                    ? "until " + Shown(*sanction.expires_at)
                    : "until lifted")
            << "  " << Printable(sanction.reason) << "\n";
}

void Print(const AuditRecord& record) {
  std::cout << record.number << "  " << Shown(record.time) << "  "
            << Printable(record.actor) << "  " << Printable(record.action)
            << "  " << Printable(record.target) << "  "
            << Printable(record.detail) << "\n";
}

}  // namespace

int GrantAdmin(const std::string& path, const std::string& alias) {
  const auto account = SetAdminOf(path, alias, true);
  if (!account.ok()) return Fail(account.status());
  std::cout << account->alias
            << (account->admin ? " is an admin already.\n"
                               : " is an admin from the next login on.\n");
  return kDone;
}

int RevokeAdmin(const std::string& path, const std::string& alias) {
  const auto account = SetAdminOf(path, alias, false);
  if (!account.ok()) return Fail(account.status());
  std::cout << account->alias
            << (account->admin ? " is no longer an admin.\n"
                               : " was no admin.\n");
  return kDone;
}

int Invite(const std::string& path) {
  const auto store = OpenExisting(path);
  if (!store.ok()) return Fail(store.status());
  const std::string code = NewCode();
  const absl::Time now = absl::Now();
  const AddInvitation invitation{.code_hash = HashOfCode(code),
                                 .actor = kActor,
                                 .created_at = now,
                                 .expires_at = now + wire::kInvitationLife};
  absl::Status status = CommitOne(**store, invitation);
  if (!status.ok()) return Fail(status);
  std::cout << code << "\nOne account can be registered with this code until "
            << Shown(invitation.expires_at) << ".\n";
  return kDone;
}

int ListSanctions(const std::string& path) {
  const auto store = OpenStoreForReading(path, TellOfMigration);
  if (!store.ok()) return Fail(store.status());
  const auto sanctions = (*store)->Sanctions(absl::Now());
  if (!sanctions.ok()) return Fail(sanctions.status());
  for (const Sanction& sanction : *sanctions) Print(sanction);
  if (sanctions->empty()) std::cout << "Nobody is muted or banned.\n";
  return kDone;
}

int ListAudit(const std::string& path, int64_t after_number) {
  const auto store = OpenStoreForReading(path, TellOfMigration);
  if (!store.ok()) return Fail(store.status());
  bool any = false;
  while (true) {
    const auto page = (*store)->AuditRecords(after_number, kPage);
    if (!page.ok()) return Fail(page.status());
    if (page->empty()) break;
    for (const AuditRecord& record : *page) Print(record);
    after_number = page->back().number;
    any = true;
  }
  if (!any) std::cout << "There are no such records.\n";
  return kDone;
}

int VerifyAuditLog(const std::string& path, const std::string& expected) {
  absl::StatusOr<AuditMark> mark = AuditMark();
  if (!expected.empty()) mark = ParseAuditMark(expected);
  if (!mark.ok()) return Fail(mark.status(), kUsage);
  const auto store = OpenStoreForReading(path, TellOfMigration);
  if (!store.ok()) return Fail(store.status());
  const auto end = VerifyAudit(**store, *mark);
  if (!end.ok()) return Fail(end.status());
  std::cout << "The audit log of " << path
            << " is sound. Its last record, to keep elsewhere:\n"
            << FormatAuditMark(*end) << "\n";
  return kDone;
}

}  // namespace chat77::store
