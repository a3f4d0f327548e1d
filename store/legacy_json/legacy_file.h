// The original's client_connections.json as it stands in the file: users and
// connections, each checked for its shape, not yet for its sense.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace chat77::store {

// Larger files are refused; this is some hundred thousand connections.
inline constexpr size_t kLegacyFileBytes = size_t{32} << 20;
// Arrays and objects inside each other; the original's file has three.
inline constexpr size_t kLegacyDepth = 8;

struct LegacyUser {
  size_t index = 0;      // in "users", from 0
  std::string alias;     // "aliase", or "username" where that is empty
  std::string password;  // in clear: for the hash only, never for a report
  std::optional<std::string> created_at;  // older files have none
};

struct LegacyConnection {
  size_t index = 0;  // in "connections", from 0
  std::string alias;
  std::string address;
  uint16_t port = 0;
  std::string login_time;
  std::optional<std::string> logout_time;  // none: null in the file
};

// A record that cannot be taken, and why.
struct RefusedRecord {
  std::string list;   // "users" or "connections"
  size_t index = 0;   // in it, from 0
  std::string alias;  // may be empty
  std::string reason;
};

struct LegacyFile {
  std::vector<LegacyUser> users;
  std::vector<LegacyConnection> connections;
  std::vector<RefusedRecord> refused;
  // Names of fields that chat77 has no place for, such as "users.is_online".
  std::set<std::string> unused_fields;
};

// Either list may be missing, as in the original. InvalidArgument if the whole
// is no such file: not JSON, not an object, a list that is none, too large.
absl::StatusOr<LegacyFile> ParseLegacyJson(std::string_view json);

}  // namespace chat77::store
