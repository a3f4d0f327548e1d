#include "store/sqlite/statements.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace chat77::store::sqlite {
namespace {

struct Text {
  Statement Statements::* statement;
  const char* sql;
};

constexpr Text kTexts[] = {
    {&Statements::find_account, kFindAccount},
    {&Statements::all_accounts,
     "SELECT id, alias, key, password_hash, created_ms, crc32, admin "
     "FROM accounts ORDER BY created_ms, id"},
    {&Statements::add_account,
     "INSERT INTO accounts (alias, key, password_hash, created_ms, crc32) "
     "VALUES (?, ?, ?, ?, ?)"},
    {&Statements::find_account_by_id, kFindAccountById},
    {&Statements::change_account, kChangeAccount},
    {&Statements::has_admin, kHasAdmin},
    {&Statements::add_name,
     "INSERT INTO names (skeleton, account) VALUES (?, ?)"},
    {&Statements::is_name_taken, kIsNameTaken},
    {&Statements::add_invitation,
     "INSERT INTO invitations (code_hash, expires_ms) VALUES (?, ?)"},
    {&Statements::find_invitation, kFindInvitation},
    {&Statements::drop_invitation, kDropInvitation},
    {&Statements::drop_expired_invitations, kDropExpiredInvitations},
    {&Statements::blocked_by, kBlockedBy},
    {&Statements::count_blocked, kCountBlocked},
    {&Statements::add_block,
     "INSERT INTO blocks (account, blocked) VALUES (?, ?)"},
    {&Statements::drop_block, kDropBlock},
    {&Statements::add_sanction,
     "INSERT INTO sanctions (kind, account, target, reason, actor, "
     "created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?)"},
    {&Statements::sanctions_in_force, kSanctionsInForce},
    {&Statements::lift_sanction, kLiftSanction},
    {&Statements::drop_expired_sanctions, kDropExpiredSanctions},
    {&Statements::add_audit_record,
     "INSERT INTO audit (id, time_ms, actor, action, target, detail, hash) "
     "VALUES (?, ?, ?, ?, ?, ?, ?)"},
    {&Statements::audit_records, kAuditRecords},
    {&Statements::audit_end, kAuditEnd},
    {&Statements::find_room, kFindRoom},
    {&Statements::add_room,
     "INSERT INTO rooms (id, name, epoch, kind) VALUES (?, ?, ?, ?)"},
    {&Statements::has_room, kHasRoom},
    {&Statements::last_room, kLastRoom},
    {&Statements::append_message,
     "INSERT INTO messages (room, seq, time_ms, alias, text, crc32, account, "
     "kind) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
    {&Statements::history_after, kHistoryAfter},
    {&Statements::history_before, kHistoryBefore},
    {&Statements::find_direct_room, kFindDirectRoom},
    {&Statements::set_link,
     "INSERT OR REPLACE INTO links (first, second, room, state, hidden, "
     "bound, asked_ms) VALUES (?, ?, ?, ?, ?, ?, ?)"},
    {&Statements::drop_link, kDropLink},
    {&Statements::links_of, kLinksOf},
    {&Statements::drop_bound_links, kDropBoundLinks},
    {&Statements::end_bound_links, kEndBoundLinks},
    {&Statements::read_by, kReadBy},
    {&Statements::mark_read, kMarkRead},
    {&Statements::add_connection,
     "INSERT INTO connections (alias, address, port, login_ms, logout_ms, "
     "reason, device) VALUES (?, ?, ?, ?, ?, ?, ?)"},
    {&Statements::end_connection, kEndConnection},
    {&Statements::end_open_connections, kEndOpenConnections},
    {&Statements::open_stays, kOpenStays},
    {&Statements::all_connections,
     "SELECT id, alias, address, port, login_ms, logout_ms, reason "
     "FROM connections ORDER BY login_ms, id"},
    {&Statements::find_device, kFindDevice},
    {&Statements::devices_of_account, kDevicesOfAccount},
    {&Statements::add_device, kAddDevice},
    {&Statements::use_device, kUseDevice},
    {&Statements::surplus_devices, kSurplusDevices},
    {&Statements::use_open_devices, kUseOpenDevices},
    {&Statements::expired_devices, kExpiredDevices},
    {&Statements::drop_device, kDropDevice},
    {&Statements::drop_device_of_account, kDropDeviceOfAccount},
    {&Statements::forget_device, kForgetDevice},
    {&Statements::find_request, kFindRequest},
    {&Statements::highest_request, kHighestRequest},
    {&Statements::add_request,
     "INSERT INTO requests (account, message_id, result, time_ms, answer, "
     "noted_ms) VALUES (?, ?, ?, ?, ?, ?)"},
    {&Statements::forget_requests, kForgetRequests},
    {&Statements::newest_use, kNewestUse},
    {&Statements::newest_request, kNewestRequest},
};
// A member nobody prepares would be null when it is used.
static_assert(sizeof(kTexts) / sizeof(Text) * sizeof(Statement) ==
              sizeof(Statements));

}  // namespace

absl::StatusOr<Statements> Statements::Prepare(const Database& database) {
  Statements all;
  for (const Text& text : kTexts) {
    absl::StatusOr<Statement> statement =
        Statement::Prepare(database, text.sql);
    if (absl::IsInternal(statement.status())) {
      return absl::DataLossError(absl::StrCat(
          "The store ", database.path(),
          " lacks a table or column of its own schema (",
          sqlite3_errmsg(database.handle()), "); put a backup in its place."));
    }
    if (!statement.ok()) return statement.status();
    all.*text.statement = *std::move(statement);
  }
  return all;
}

}  // namespace chat77::store::sqlite
