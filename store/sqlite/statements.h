// Every SQL statement of the store, prepared once.
#pragma once

#include "absl/status/statusor.h"

#include "store/sqlite/statement.h"

namespace chat77::store::sqlite {

// The texts that search, for the test that asserts their query plans.
inline constexpr char kFindAccount[] =
    "SELECT id, alias, key, password_hash, created_ms, crc32, admin "
    "FROM accounts WHERE key = ?";
inline constexpr char kFindAccountById[] =
    "SELECT id, alias, key, password_hash, created_ms, crc32, admin "
    "FROM accounts WHERE id = ?";
// What an account is besides its name; `crc32` is of all of it.
inline constexpr char kChangeAccount[] =
    "UPDATE accounts SET password_hash = ?, admin = ?, crc32 = ? WHERE id = ?";
inline constexpr char kHasAdmin[] =
    "SELECT 1 FROM accounts WHERE admin = 1 LIMIT 1";
inline constexpr char kIsNameTaken[] =
    "SELECT 1 FROM names WHERE skeleton = ? LIMIT 1";
inline constexpr char kFindInvitation[] =
    "SELECT 1 FROM invitations WHERE code_hash = ? AND expires_ms > ?";
inline constexpr char kDropInvitation[] =
    "DELETE FROM invitations WHERE code_hash = ?";
inline constexpr char kDropExpiredInvitations[] =
    "DELETE FROM invitations WHERE code_hash IN (SELECT code_hash "
    "FROM invitations WHERE expires_ms <= ? LIMIT ?)";

inline constexpr char kBlockedBy[] =
    "SELECT b.blocked, a.alias FROM blocks AS b "
    "JOIN accounts AS a ON a.id = b.blocked WHERE b.account = ? "
    "ORDER BY a.alias";
inline constexpr char kCountBlocked[] =
    "SELECT count(*), coalesce(sum(blocked = ?), 0) FROM blocks "
    "WHERE account = ?";
inline constexpr char kDropBlock[] =
    "DELETE FROM blocks WHERE account = ? AND blocked = ?";

// All there are: expired ones are deleted by and by, and those in force are
// what is wanted.
inline constexpr char kSanctionsInForce[] =
    "SELECT id, kind, account, target, reason, actor, created_ms, expires_ms "
    "FROM sanctions WHERE expires_ms IS NULL OR expires_ms > ? ORDER BY id";
inline constexpr char kLiftSanction[] =
    "DELETE FROM sanctions WHERE id = ? AND (expires_ms IS NULL OR "
    "expires_ms > ?) RETURNING target";
inline constexpr char kDropExpiredSanctions[] =
    "DELETE FROM sanctions WHERE id IN (SELECT id FROM sanctions "
    "WHERE expires_ms IS NOT NULL AND expires_ms <= ? LIMIT ?)";

inline constexpr char kAuditRecords[] =
    "SELECT id, time_ms, actor, action, target, detail, hash FROM audit "
    "WHERE id > ? ORDER BY id LIMIT ?";
inline constexpr char kAuditEnd[] =
    "SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1";
inline constexpr char kFindRoom[] =
    "SELECT epoch, (SELECT max(seq) FROM messages WHERE room = rooms.id) "
    "FROM rooms WHERE id = ?";
inline constexpr char kHasRoom[] = "SELECT 1 FROM rooms WHERE id = ?";
inline constexpr char kLastRoom[] = "SELECT max(id) FROM rooms";
inline constexpr char kHistoryAfter[] =
    "SELECT seq, time_ms, alias, text, crc32, account, kind FROM messages "
    "WHERE room = ? AND seq > ? ORDER BY seq";
inline constexpr char kHistoryBefore[] =
    "SELECT seq, time_ms, alias, text, crc32, account, kind FROM messages "
    "WHERE room = ? AND seq < ? ORDER BY seq DESC";

inline constexpr char kFindDirectRoom[] =
    "SELECT room FROM links WHERE first = ? AND second = ?";
inline constexpr char kDropLink[] =
    "DELETE FROM links WHERE first = ? AND second = ?";
// CROSS: the links first, which are few.
#define CHAT77_LINKS                                                     \
  "SELECT l.first, l.second, l.room, l.state, l.hidden, l.bound, "       \
  "l.asked_ms, a.alias, b.alias, "                                       \
  "(SELECT max(seq) FROM messages WHERE room = l.room) FROM links AS l " \
  "CROSS JOIN accounts AS a ON a.id = l.first "                          \
  "CROSS JOIN accounts AS b ON b.id = l.second "
inline constexpr char kLinksOf[] = CHAT77_LINKS
    "WHERE l.first = ?1 UNION ALL " CHAT77_LINKS "WHERE l.second = ?1";
#undef CHAT77_LINKS
inline constexpr char kDropBoundLinks[] =
    "DELETE FROM links WHERE bound = 1 AND room IS NULL";
inline constexpr char kEndBoundLinks[] =
    "UPDATE links SET state = 0, hidden = 0, bound = 0, asked_ms = NULL "
    "WHERE bound = 1";
inline constexpr char kReadBy[] =
    "SELECT room, seq FROM read_markers WHERE account = ? ORDER BY room";
inline constexpr char kMarkRead[] =
    "INSERT INTO read_markers (account, room, seq) VALUES (?, ?, ?) "
    "ON CONFLICT (account, room) DO UPDATE SET seq = excluded.seq "
    "WHERE excluded.seq > seq";

inline constexpr char kEndConnection[] =
    "UPDATE connections SET logout_ms = ?, reason = ? "
    "WHERE id = ? AND logout_ms IS NULL RETURNING device";
inline constexpr char kEndOpenConnections[] =
    "UPDATE connections SET logout_ms = ?, reason = ? "
    "WHERE logout_ms IS NULL AND device IS NULL";
// CROSS: in this order, so that nothing needs to be sorted.
inline constexpr char kOpenStays[] =
    "SELECT c.id, d.account, d.id, c.alias, c.login_ms "
    "FROM connections AS c INDEXED BY open_connections "
    "CROSS JOIN devices AS d ON d.id = c.device "
    "WHERE c.logout_ms IS NULL ORDER BY c.id";

// A device as ReadDevice wants it.
#define CHAT77_DEVICES                                          \
  "SELECT d.id, d.account, a.alias, d.software, d.created_ms, " \
  "d.used_ms FROM devices AS d JOIN accounts AS a ON a.id = d.account "
inline constexpr char kFindDevice[] =
    CHAT77_DEVICES "WHERE d.token_hash = ? AND d.used_ms > ?";
inline constexpr char kDevicesOfAccount[] =
    CHAT77_DEVICES "WHERE d.account = ? ORDER BY d.id";
#undef CHAT77_DEVICES
// Makes none for an account that is not there.
inline constexpr char kAddDevice[] =
    "INSERT INTO devices (account, token_hash, software, created_ms, used_ms) "
    "SELECT id, ?2, ?3, ?4, ?5 FROM accounts WHERE id = ?1";
inline constexpr char kUseDevice[] =
    "UPDATE devices SET used_ms = ? WHERE id = ? AND account = ?";
// Those beyond the ones that may stay, the least recently used.
inline constexpr char kSurplusDevices[] =
    "SELECT id FROM devices WHERE account = ? AND id <> ? "
    "ORDER BY used_ms DESC, id DESC LIMIT -1 OFFSET ?";
inline constexpr char kExpiredDevices[] =
    "SELECT id FROM devices WHERE used_ms <= ? ORDER BY used_ms LIMIT ?";
// Those of open connections that were last written down as used by then. CROSS:
// the connections first, which are few.
inline constexpr char kUseOpenDevices[] =
    "UPDATE devices SET used_ms = ?1 WHERE id IN ("
    "SELECT d.id FROM connections AS c INDEXED BY resumable_connections "
    "CROSS JOIN devices AS d ON d.id = c.device "
    "WHERE c.logout_ms IS NULL AND c.device IS NOT NULL AND d.used_ms <= ?2 "
    "LIMIT ?3)";
inline constexpr char kDropDevice[] = "DELETE FROM devices WHERE id = ?";
inline constexpr char kDropDeviceOfAccount[] =
    "DELETE FROM devices WHERE id = ? AND account = ?";
inline constexpr char kForgetDevice[] =
    "UPDATE connections SET device = NULL "
    "WHERE device = ? AND logout_ms IS NULL";

inline constexpr char kFindRequest[] =
    "SELECT result, time_ms, answer FROM requests "
    "WHERE account = ? AND message_id = ?";
// Ids are unsigned, and kept as signed: those below zero are the highest.
inline constexpr char kHighestRequest[] =
    "SELECT coalesce((SELECT max(message_id) FROM requests "
    "WHERE account = ?1 AND message_id < 0), "
    "(SELECT max(message_id) FROM requests WHERE account = ?1), 0)";
// Rows come in the order of their ids: only the oldest are looked at. Those of
// version 3 have but the time that people read.
inline constexpr char kForgetRequests[] =
    "DELETE FROM requests "
    "WHERE id IN (SELECT id FROM requests ORDER BY id LIMIT ?) "
    "AND coalesce(noted_ms, time_ms) < ?";
inline constexpr char kNewestUse[] =
    "SELECT used_ms FROM devices ORDER BY used_ms DESC LIMIT 1";
inline constexpr char kNewestRequest[] =
    "SELECT noted_ms FROM requests ORDER BY id DESC LIMIT 1";

struct Statements {
  // DataLoss if a table that the schema promises is not there.
  static absl::StatusOr<Statements> Prepare(const Database& database);

  Statement find_account;
  Statement all_accounts;
  Statement add_account;
  Statement find_account_by_id;
  Statement change_account;
  Statement has_admin;
  Statement add_name;
  Statement is_name_taken;
  Statement add_invitation;
  Statement find_invitation;
  Statement drop_invitation;
  Statement drop_expired_invitations;
  Statement blocked_by;
  Statement count_blocked;
  Statement add_block;
  Statement drop_block;
  Statement add_sanction;
  Statement sanctions_in_force;
  Statement lift_sanction;
  Statement drop_expired_sanctions;
  Statement add_audit_record;
  Statement audit_records;
  Statement audit_end;
  Statement find_room;
  Statement add_room;
  Statement has_room;
  Statement last_room;
  Statement append_message;
  Statement history_after;
  Statement history_before;
  Statement find_direct_room;
  Statement set_link;
  Statement drop_link;
  Statement links_of;
  Statement drop_bound_links;
  Statement end_bound_links;
  Statement read_by;
  Statement mark_read;
  Statement add_connection;
  Statement end_connection;
  Statement end_open_connections;
  Statement open_stays;
  Statement all_connections;
  Statement find_device;
  Statement devices_of_account;
  Statement add_device;
  Statement use_device;
  Statement surplus_devices;
  Statement use_open_devices;
  Statement expired_devices;
  Statement drop_device;
  Statement drop_device_of_account;
  Statement forget_device;
  Statement find_request;
  Statement highest_request;
  Statement add_request;
  Statement forget_requests;
  Statement newest_use;
  Statement newest_request;
};

}  // namespace chat77::store::sqlite
