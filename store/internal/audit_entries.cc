#include "store/internal/audit_entries.h"

#include "absl/strings/str_cat.h"

#include "store/internal/milliseconds.h"

namespace chat77::store {
namespace {

// The same in every time zone: it is part of what is hashed.
std::string Shown(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

const char* ActionOf(SanctionKind kind) {
  switch (kind) {
    case SanctionKind::kMute:
      return "mute";
    case SanctionKind::kBanAccount:
      return "ban";
    case SanctionKind::kBanNetwork:
      break;
  }
  return "ban-network";
}

AuditRecord Entry(absl::Time time, std::string actor, std::string action,
                  std::string target, std::string detail) {
  return {.number = 0,
          .time = Milliseconds(time),
          .actor = std::move(actor),
          .action = std::move(action),
          .target = std::move(target),
          .detail = std::move(detail),
          .hash = ""};
}

}  // namespace

AuditRecord EntryOf(const SetAdmin& write, const std::string& alias) {
  return Entry(write.time, write.actor,
               write.admin ? "grant-admin" : "revoke-admin", alias, "");
}

AuditRecord EntryOf(const AddSanction& write, int64_t number) {
  const Sanction& sanction = write.sanction;
  const std::string end =
      sanction.expires_at.has_value()
          ? absl::StrCat("until ", Shown(*sanction.expires_at))
          : "until lifted";
  return Entry(
      sanction.created_at, sanction.by, ActionOf(sanction.kind),
      sanction.target,
      absl::StrCat("number ", number, ", ", end, ": ", sanction.reason));
}

AuditRecord EntryOf(const LiftSanction& write, const std::string& target) {
  return Entry(write.time, write.actor, "lift", target,
               absl::StrCat("number ", write.number));
}

AuditRecord EntryOf(const RecordKick& write) {
  return Entry(write.time, write.actor, "kick", write.target, write.reason);
}

AuditRecord EntryOf(const AddInvitation& write) {
  return Entry(write.created_at, write.actor, "invite", "",
               absl::StrCat("until ", Shown(write.expires_at)));
}

AuditRecord EntryOfRename(const std::string& from, const std::string& to,
                          absl::Time time) {
  return Entry(time, "chat77", "rename", from,
               absl::StrCat("is now ", to,
                            ": the former name is another account's since "
                            "characters of all widths are the same"));
}

}  // namespace chat77::store
