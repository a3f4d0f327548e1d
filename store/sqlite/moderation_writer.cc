#include "store/sqlite/moderation_writer.h"

#include <optional>
#include <utility>

#include "proto/limits.h"
#include "store/audit.h"
#include "store/internal/audit_entries.h"
#include "store/internal/refusals.h"
#include "store/sqlite/records.h"

namespace chat77::store::sqlite {

WriteResult ModerationWriter::Record(AuditRecord record, Written written) {
  AuditMark last;
  {
    Rows rows = sql_.audit_end.Query();
    if (rows.Next()) last = {rows.Int(0), rows.Text(1)};
    if (!rows.status().ok()) return rows.status();
  }
  record.number = last.number + 1;
  absl::Status status = sql_.add_audit_record.Run(
      record.number, absl::ToUnixMillis(record.time), record.actor,
      record.action, record.target, record.detail,
      Blob{AuditHash(last.hash, record)});
  if (!status.ok()) return status;
  return written;
}

WriteResult ModerationWriter::Do(const SetAdmin& write) {
  const auto account = accounts_.SetAdmin(write.account, write.admin);
  if (!account.ok()) return account.status();
  return Record(EntryOf(write, account->alias));
}

WriteResult ModerationWriter::Do(const AddSanction& write) {
  const Sanction& sanction = write.sanction;
  if (sanction.account) {
    const auto found = accounts_.Find(sanction.account);
    if (!found.ok()) return found.status();
  }
  absl::Status status = sql_.add_sanction.Run(
      static_cast<int64_t>(sanction.kind), sanction.account.or_null(),
      sanction.target, sanction.reason, sanction.by,
      absl::ToUnixMillis(sanction.created_at), ToMillis(sanction.expires_at));
  if (!status.ok()) return status;
  const int64_t number = sqlite3_last_insert_rowid(database_.handle());
  return Record(EntryOf(write, number), {.sanction = number});
}

WriteResult ModerationWriter::Do(const LiftSanction& write) {
  std::optional<std::string> target;
  {
    Rows rows = sql_.lift_sanction.Query(
        write.number, absl::ToUnixMillis(write.at.value_or(write.time)));
    while (rows.Next()) target = rows.Text(0);
    if (!rows.status().ok()) return rows.status();
  }
  if (!target.has_value()) return NoSuchSanction(write.number);
  return Record(EntryOf(write, *target));
}

WriteResult ModerationWriter::Do(const RecordKick& write) {
  return Record(EntryOf(write));
}

WriteResult ModerationWriter::Do(const SetBlocked& write) {
  for (const AccountId id : {write.account, write.blocked}) {
    const auto found = accounts_.Find(id);
    if (!found.ok()) return found.status();
  }
  absl::Status status = write.on
                            ? Block(write)
                            : sql_.drop_block.Run(write.account, write.blocked);
  if (!status.ok()) return status;
  return Written{};
}

absl::Status ModerationWriter::Block(const SetBlocked& write) {
  int64_t count = 0;
  bool blocked = false;
  {
    Rows rows = sql_.count_blocked.Query(write.blocked, write.account);
    if (rows.Next()) {
      count = rows.Int(0);
      blocked = rows.Int(1) > 0;
    }
    if (!rows.status().ok()) return rows.status();
  }
  if (blocked) return absl::OkStatus();
  if (count >= static_cast<int64_t>(wire::kBlockedPerUser)) {
    return TooManyBlocked();
  }
  return sql_.add_block.Run(write.account, write.blocked);
}

WriteResult ModerationWriter::Do(const AddInvitation& write) {
  absl::Status status = sql_.add_invitation.Run(
      Blob{write.code_hash}, absl::ToUnixMillis(write.expires_at));
  if (absl::IsAlreadyExists(status)) return InvitationKnown();
  if (!status.ok()) return status;
  return Record(EntryOf(write));
}

}  // namespace chat77::store::sqlite
