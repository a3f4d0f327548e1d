#include "store/legacy_json/import.h"

#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "proto/alias.h"

namespace chat77::store {
namespace {

absl::StatusOr<std::vector<Write>> Writes(ImportPlan& plan,
                                          const ImportOptions& options) {
  std::vector<Write> writes;
  writes.reserve(plan.accounts.size() + plan.connections.size());
  for (PlannedAccount& planned : plan.accounts) {
    absl::StatusOr<std::string> hash = options.hash(planned.password);
    if (!hash.ok()) return hash.status();
    planned.account.password_hash = *std::move(hash);
    planned.password.clear();
    // They have these names, however alike.
    writes.push_back(
        CreateAccount{.account = planned.account, .confusable = true});
  }
  for (const Connection& connection : plan.connections) {
    writes.push_back(AddConnection{connection});
  }
  return writes;
}

// For a terminal: only what is a valid alias may stand as it is.
std::string Shown(const std::string& name) {
  return wire::NormalizeAlias(name).ok() ? name : absl::CHexEscape(name);
}

// "one account", "2 accounts".
std::string Count(size_t number, const std::string& noun) {
  return number == 1 ? "one " + noun : absl::StrCat(number, " ", noun, "s");
}

void DescribeRenamed(const ImportPlan& plan, std::string& text) {
  if (plan.renamed.empty()) return;
  text +=
      "\nNew names, because another user's differs only in case; tell "
      "these people:\n";
  for (const RenamedUser& user : plan.renamed) {
    absl::StrAppend(&text, "  users[", user.index, "] (", Shown(user.from),
                    ") is now ", user.to, "; its connections go with it\n");
  }
}

void DescribeRefused(const ImportPlan& plan, std::string& text) {
  if (plan.refused.empty()) return;
  absl::StrAppend(&text, "\nNot imported, ",
                  Count(plan.refused.size(), "record"), ":\n");
  for (const RefusedRecord& record : plan.refused) {
    absl::StrAppend(&text, "  ", record.list, "[", record.index, "]");
    if (!record.alias.empty()) {
      absl::StrAppend(&text, " (", Shown(record.alias), ")");
    }
    absl::StrAppend(&text, ": ", record.reason, "\n");
  }
}

void DescribeConnections(const ImportPlan& plan, std::string& text) {
  if (plan.already_logged > 0) {
    absl::StrAppend(&text, Count(plan.already_logged, "connection"),
                    " left out: the store has the same address, port and "
                    "login time already.\n");
  }
  if (plan.without_account > 0) {
    absl::StrAppend(&text, Count(plan.without_account, "connection"),
                    " kept under a name that has no account.\n");
  }
  if (plan.without_logout > 0) {
    absl::StrAppend(&text, Count(plan.without_logout, "connection"),
                    " had no logout time: kept as ended at its login, reason "
                    "\"",
                    kUnknownLogout, "\".\n");
  }
}

}  // namespace

absl::StatusOr<ImportPlan> ImportLegacy(const LegacyFile& file,
                                        const ImportOptions& options,
                                        Store& store) {
  const auto accounts = store.AllAccounts();
  if (!accounts.ok()) return accounts.status();
  const auto connections = store.AllConnections();
  if (!connections.ok()) return connections.status();
  ImportPlan plan =
      PlanImport(file, *accounts, *connections, options.zone, options.now);
  const auto writes = Writes(plan, options);
  if (!writes.ok()) return writes.status();
  const auto results = store.Commit(*writes);
  if (!results.ok()) return results.status();
  for (const WriteResult& result : *results) {
    // The plan knew every key and the store has no other user.
    if (!result.ok()) {
      return absl::InternalError(
          absl::StrCat("The import was carried out but for one record (",
                       result.status().message(), "); report this bug."));
    }
  }
  return plan;
}

std::string DescribeImport(const ImportPlan& plan, const LegacyFile& file) {
  std::string text =
      absl::StrCat("Imported ", Count(plan.accounts.size(), "account"), " and ",
                   Count(plan.connections.size(), "connection"), ".\n");
  DescribeConnections(plan, text);
  if (!plan.undated.empty()) {
    absl::StrAppend(&text, "No created_at, so the time of this import: ",
                    absl::StrJoin(plan.undated, ", "), ".\n");
  }
  if (!file.unused_fields.empty()) {
    absl::StrAppend(&text, "Fields that chat77 does not keep: ",
                    absl::CHexEscape(absl::StrJoin(file.unused_fields, ", ")),
                    ".\n");
  }
  DescribeRenamed(plan, text);
  DescribeRefused(plan, text);
  return text;
}

}  // namespace chat77::store
