// The records of consent and moderation, and the writes that change them. See
// store/model.h, which includes this.
//
// Every write here but SetBlocked appends one record to the audit log in the
// same transaction (store/audit.h): nothing an admin does goes unrecorded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "proto/ids.h"

namespace chat77::store {

enum class SanctionKind : uint8_t {
  kMute,        // an account says nothing in the room
  kBanAccount,  // an account may not log in
  kBanNetwork,  // nor anybody from these addresses
};

struct Sanction {
  int64_t number = 0;  // given by the store, ascending, never used again
  SanctionKind kind = SanctionKind::kMute;
  AccountId account = {};   // 0 for a network
  std::string target = "";  // the alias as registered, or the network
  std::string reason = "";
  std::string by = "";  // who imposed it
  absl::Time created_at = {};
  // By the calendar (store/model.h); until it is lifted if empty.
  std::optional<absl::Time> expires_at = std::nullopt;

  friend bool operator==(const Sanction&, const Sanction&) = default;
};

struct BlockedAccount {
  AccountId account = {};
  std::string alias = "";  // as registered

  friend bool operator==(const BlockedAccount&,
                         const BlockedAccount&) = default;
};

// How an account stands: what a login needs to know beyond its password.
struct Standing {
  bool admin = false;
  std::vector<BlockedAccount> blocked;  // by alias

  friend bool operator==(const Standing&, const Standing&) = default;
};

// One line of the audit log. Numbers are dense from 1.
struct AuditRecord {
  int64_t number = 0;
  absl::Time time = {};
  std::string actor = "";  // an alias, or what acted: "chat77-store", ...
  // "grant-admin", "revoke-admin", "mute", "ban", "ban-network", "lift",
  // "kick", "invite" or "rename".
  std::string action = "";
  std::string target = "";  // an alias as registered or a network; may be empty
  std::string detail = "";  // the rest, in words
  std::string hash = "";    // 32 bytes: see store/audit.h

  friend bool operator==(const AuditRecord&, const AuditRecord&) = default;
};

// Makes an account an admin, or no longer one. NotFound if it is not there.
struct SetAdmin {
  AccountId account = {};
  bool admin = false;
  std::string actor = "";
  absl::Time time = {};
};
// Written::sanction is its number. NotFound if it names an account that is not
// there.
struct AddSanction {
  Sanction sanction;  // its number is ignored
};
// Ends a sanction. NotFound unless it is in force at `at`.
struct LiftSanction {
  int64_t number = 0;
  std::string actor = "";
  absl::Time time = {};
  std::optional<absl::Time> at = std::nullopt;  // else `time`
};
// Changes nothing but the audit log.
struct RecordKick {
  std::string actor = "";
  std::string target = "";
  std::string reason = "";
  absl::Time time = {};
};
// Whether `account` has blocked `blocked`; fine if that is so already.
// ResourceExhausted for one more than wire::kBlockedPerUser, NotFound if one of
// the two is not there.
struct SetBlocked {
  AccountId account = {};
  AccountId blocked = {};
  bool on = false;
};
// A code (store/code.h) with which one account can be made before
// `expires_at`. AlreadyExists for a hash that is known.
struct AddInvitation {
  std::string code_hash = "";
  std::string actor = "";
  absl::Time created_at = {};
  absl::Time expires_at = {};
};

}  // namespace chat77::store
