// What an import would write, worked out before anything is hashed or stored.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"

#include "store/legacy_json/legacy_file.h"
#include "store/model.h"

namespace chat77::store {

// How imported connections ended: the original does not say why, and often not
// even when. Then the logout time is that of the login, and an export writes
// null again.
inline constexpr char kImportedLogout[] = "imported";
inline constexpr char kUnknownLogout[] = "unknown (imported)";

struct PlannedAccount {
  Account account;  // its password_hash is still empty
  std::string password;
};

// A user who must log in with another name from now on.
struct RenamedUser {
  size_t index = 0;  // in "users", from 0
  std::string from;
  std::string to;
};

struct ImportPlan {
  std::vector<PlannedAccount> accounts;
  std::vector<Connection> connections;

  std::vector<RenamedUser> renamed;
  std::vector<RefusedRecord> refused;  // with those of the file
  std::vector<std::string> undated;    // aliases that had no created_at
  size_t already_logged = 0;           // connections that the store has already
  size_t without_account = 0;  // connections of names without an account
  size_t without_logout = 0;   // connections with the reason kUnknownLogout
};

// Decides for every record of `file`, given what the store holds already.
//
// Accounts: an alias by the rules of proto/alias.h, not reserved, not in the
// store, with a password. Of spellings that differ only in case or Unicode
// form the first keeps its name and each later one gets a free name of its own
// ("Ann_2"). Users without a date get `now`.
//
// Connections go by the exact spelling of their user and follow it to a new
// name. One that the store has already (same address, port and second) is
// left out, so that an import can be repeated.
ImportPlan PlanImport(const LegacyFile& file,
                      const std::vector<Account>& known_accounts,
                      const std::vector<Connection>& known_connections,
                      const absl::TimeZone& zone, absl::Time now);

}  // namespace chat77::store
