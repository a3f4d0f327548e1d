#include "store/tool/upkeep_commands.h"

#include <algorithm>
#include <iostream>

#include "absl/strings/str_cat.h"

#include "store/maintenance.h"
#include "store/store.h"
#include "store/tool/exit_code.h"

namespace chat77::store {
namespace {

// The number of the newest message, which is how many there are.
absl::StatusOr<uint64_t> CountMessages(HistoryReader& reader) {
  const auto page =
      reader.ReadHistory({.room = kLobby, .limit = 1, .bytes = 1});
  if (absl::IsNotFound(page.status())) return 0;  // no server ran here yet
  if (!page.ok()) return page.status();
  return page->messages.empty() ? 0 : page->messages.back().seq;
}

void Print(const StoreCounts& counts) {
  std::cout << "accounts     " << counts.accounts << "\nconnections  "
            << counts.connections << "\ndevices      " << counts.devices
            << "\nrequests     " << counts.requests << "\nlinks        "
            << counts.links << "\nblocks       " << counts.blocks
            << "\nsanctions    " << counts.sanctions << "\ninvitations  "
            << counts.invitations << "\naudit log    " << counts.audit_records
            << "\nmessages     " << counts.messages;
  if (counts.without_checksum > 0) {
    std::cout << " (" << counts.without_checksum
              << " of an older version, without a checksum)";
  }
  std::cout << "\n";
}

}  // namespace

int Info(const std::string& path) {
  const auto store = OpenStoreForReading(path, TellOfMigration);
  if (!store.ok()) return Fail(store.status());
  const auto accounts = (*store)->AllAccounts();
  if (!accounts.ok()) return Fail(accounts.status());
  const auto connections = (*store)->AllConnections();
  if (!connections.ok()) return Fail(connections.status());
  const auto messages = CountMessages(**store);
  if (!messages.ok()) return Fail(messages.status());
  const auto open = std::count_if(
      connections->begin(), connections->end(),
      [](const Connection& one) { return !one.logout_time.has_value(); });
  std::cout << "store        " << path << "\naccounts     " << accounts->size()
            << "\nconnections  " << connections->size() << " (" << open
            << " without a logout)\nmessages     " << *messages
            << " in the lobby\n";
  return kDone;
}

int Check(const std::string& path) {
  const auto counts = CheckStore(path);
  if (!counts.ok()) return Fail(counts.status());
  std::cout << "The store " << path << " is sound.\n";
  Print(*counts);
  return kDone;
}

int BackUp(const std::string& path, const std::string& target) {
  const auto counts = BackUpStore(path, target);
  if (!counts.ok()) return Fail(counts.status());
  std::cout << "The backup " << target << " of " << path << " is sound.\n";
  Print(*counts);
  return kDone;
}

int Restore(const std::string& path, const std::string& backup) {
  const auto restored = RestoreStore(backup, path);
  if (!restored.ok()) return Fail(restored.status());
  std::cout << "The store " << path << " is now as in " << backup << ".\n";
  if (!restored->kept.empty()) {
    std::cout << "The former one is kept as " << restored->kept << ".\n";
  }
  Print(restored->counts);
  return kDone;
}

}  // namespace chat77::store
