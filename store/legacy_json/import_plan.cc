#include "store/legacy_json/import_plan.h"

#include <algorithm>
#include <arpa/inet.h>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#include "proto/alias.h"
#include "proto/limits.h"
#include "store/internal/numbered_alias.h"
#include "store/legacy_json/local_time.h"

namespace chat77::store {
namespace {

bool IsNumericAddress(const std::string& address) {
  in6_addr binary;
  // inet_pton reads a C string.
  return address.find('\0') == std::string::npos &&
         (inet_pton(AF_INET, address.c_str(), &binary) == 1 ||
          inet_pton(AF_INET6, address.c_str(), &binary) == 1);
}

// True if a line of a log can hold it: no control characters (C0, DEL, C1).
bool IsOneLine(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    if (byte == 0xc2 && i + 1 < text.size() &&
        static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      return false;
    }
  }
  return true;
}

class Planner {
 public:
  Planner(const LegacyFile& file, const absl::TimeZone& zone, absl::Time now)
      : file_(file), zone_(zone), now_(now) {
    plan_.refused = file.refused;
    for (const LegacyUser& user : file.users) {
      keys_in_file_.insert(KeyOf(user.alias));
    }
  }

  void PlanUsers(const std::vector<Account>& known) {
    for (const Account& account : known) keys_in_store_.insert(account.key);
    for (const LegacyUser& user : file_.users) {
      const std::string reason = PlanUser(user);
      if (reason.empty()) continue;
      plan_.refused.push_back({"users", user.index, user.alias, reason});
    }
  }

  void PlanConnections(const std::vector<Connection>& known) {
    absl::flat_hash_map<std::string, size_t> logged;
    for (const Connection& connection : known) ++logged[Place(connection)];
    for (const LegacyConnection& record : file_.connections) {
      absl::StatusOr<Connection> connection = Convert(record);
      if (!connection.ok()) {
        plan_.refused.push_back({"connections", record.index, record.alias,
                                 std::string(connection.status().message())});
        continue;
      }
      size_t& left = logged[Place(*connection)];
      if (left > 0) {
        --left;
        ++plan_.already_logged;
        continue;
      }
      if (!names_.contains(record.alias)) ++plan_.without_account;
      if (connection->reason == kUnknownLogout) ++plan_.without_logout;
      plan_.connections.push_back(*std::move(connection));
    }
  }

  ImportPlan Finish() {
    // In the order of the file; "users" before "connections".
    std::sort(plan_.refused.begin(), plan_.refused.end(),
              [](const RefusedRecord& a, const RefusedRecord& b) {
                return a.list != b.list ? a.list > b.list : a.index < b.index;
              });
    return std::move(plan_);
  }

 private:
  static std::string KeyOf(const std::string& alias) {
    const absl::StatusOr<std::string> normal = wire::NormalizeAlias(alias);
    return wire::AliasKey(normal.ok() ? *normal : alias);
  }

  static std::string Place(const Connection& connection) {
    return absl::StrCat(connection.address, "|", connection.port, "|",
                        absl::ToUnixSeconds(connection.login_time));
  }

  // The reason for a refusal, or nothing.
  std::string PlanUser(const LegacyUser& user) {
    if (names_.contains(user.alias)) {
      return "the same name stands in the file before";
    }
    const absl::StatusOr<std::string> normal = wire::NormalizeAlias(user.alias);
    if (!normal.ok()) return std::string(normal.status().message());
    const std::string key = wire::AliasKey(*normal);
    if (wire::IsReservedAlias(key)) return "this name is reserved";
    if (keys_in_store_.contains(key)) {
      return "the store has an account of this name";
    }
    if (user.password.empty()) return "the password is empty";
    if (user.password.size() > wire::kPasswordBytes) {
      return absl::StrCat("the password is longer than ", wire::kPasswordBytes,
                          " bytes");
    }
    std::optional<absl::Time> created = now_;
    if (user.created_at.has_value()) {
      created = ParseLocalTime(*user.created_at, zone_);
      if (!created.has_value()) return "created_at is not a date and time";
    }
    Take(user, taken_.contains(key) ? FreeName(*normal) : *normal, *created);
    return "";
  }

  void Take(const LegacyUser& user, const std::string& alias,
            absl::Time created) {
    const std::string key = wire::AliasKey(alias);
    const bool second = taken_.contains(KeyOf(user.alias));
    taken_.insert(key);
    names_[user.alias] = alias;
    if (second) {
      plan_.renamed.push_back({user.index, user.alias, alias});
    }
    if (!user.created_at.has_value()) plan_.undated.push_back(alias);
    plan_.accounts.push_back({.account = {.alias = alias,
                                          .key = key,
                                          .password_hash = "",
                                          .created_at = created},
                              .password = user.password});
  }

  // Also not a name that stands further down in the file.
  std::string FreeName(const std::string& alias) {
    const std::string key = wire::AliasKey(alias);
    size_t& number = last_number_.try_emplace(key, 1).first->second;
    while (true) {
      const std::string name = NumberedAlias(alias, ++number);
      const std::string name_key = wire::AliasKey(name);
      if (!taken_.contains(name_key) && !keys_in_file_.contains(name_key) &&
          !keys_in_store_.contains(name_key)) {
        return name;
      }
    }
  }

  absl::StatusOr<Connection> Convert(const LegacyConnection& record) const {
    const auto named = names_.find(record.alias);
    const std::string& alias =
        named == names_.end() ? record.alias : named->second;
    if (alias.size() > wire::kAliasBytes || !IsOneLine(alias)) {
      return absl::InvalidArgumentError(
          "the name is too long or has control characters");
    }
    if (!IsNumericAddress(record.address)) {
      return absl::InvalidArgumentError("ip_address is not an IP address");
    }
    const auto login = ParseLocalTime(record.login_time, zone_);
    if (!login.has_value()) {
      return absl::InvalidArgumentError("login_time is not a date and time");
    }
    Connection connection{.id = 0,
                          .alias = alias,
                          .address = record.address,
                          .port = record.port,
                          .login_time = *login,
                          .logout_time = login,
                          .reason = kUnknownLogout};
    if (record.logout_time.has_value()) {
      connection.logout_time = ParseLocalTime(*record.logout_time, zone_);
      connection.reason = kImportedLogout;
      if (!connection.logout_time.has_value()) {
        return absl::InvalidArgumentError("logout_time is not a date and time");
      }
    }
    return connection;
  }

  const LegacyFile& file_;
  const absl::TimeZone zone_;
  const absl::Time now_;
  absl::flat_hash_set<std::string> keys_in_file_;
  absl::flat_hash_set<std::string> keys_in_store_;
  absl::flat_hash_set<std::string> taken_;  // keys
  // The spelling in the file to the alias of the planned account.
  absl::flat_hash_map<std::string, std::string> names_;
  absl::flat_hash_map<std::string, size_t> last_number_;  // by key
  ImportPlan plan_;
};

}  // namespace

ImportPlan PlanImport(const LegacyFile& file,
                      const std::vector<Account>& known_accounts,
                      const std::vector<Connection>& known_connections,
                      const absl::TimeZone& zone, absl::Time now) {
  Planner planner(file, zone, now);
  planner.PlanUsers(known_accounts);
  planner.PlanConnections(known_connections);
  return planner.Finish();
}

}  // namespace chat77::store
