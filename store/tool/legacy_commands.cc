#include "store/tool/legacy_commands.h"

#include <iostream>

#include "absl/strings/str_cat.h"

#include "store/legacy_json/format.h"
#include "store/legacy_json/import.h"
#include "store/legacy_json/replaceable.h"
#include "store/legacy_json/whole_file.h"
#include "store/store.h"
#include "store/tool/exit_code.h"

namespace chat77::store {

int ImportLegacyFile(const std::string& store_path, const std::string& path,
                     PasswordCost cost) {
  const auto json = ReadWholeFile(path, kLegacyFileBytes);
  // A file that is there but cannot be read is no input either.
  if (absl::IsUnavailable(json.status())) return Fail(json.status(), kNoInput);
  if (!json.ok()) return Fail(json.status());
  const auto file = ParseLegacyJson(*json);
  if (!file.ok()) {
    return Fail(
        absl::Status(file.status().code(),
                     absl::StrCat(path, ": ", file.status().message())));
  }
  const auto store = OpenStore(store_path, kStoreCacheBytes, TellOfMigration);
  if (!store.ok()) return Fail(store.status());
  ImportOptions options;
  options.hash = [cost](std::string_view password) {
    return HashPassword(password, cost);
  };
  const auto plan = ImportLegacy(*file, options, **store);
  if (!plan.ok()) return Fail(plan.status());
  std::cout << DescribeImport(*plan, *file);
  return kDone;
}

int ExportLegacyFile(const std::string& store_path, const std::string& path) {
  const auto store = OpenStoreForReading(store_path, TellOfMigration);
  if (!store.ok()) return Fail(store.status());
  const auto accounts = (*store)->AllAccounts();
  if (!accounts.ok()) return Fail(accounts.status());
  const auto connections = (*store)->AllConnections();
  if (!connections.ok()) return Fail(connections.status());
  if (absl::Status status = CheckReplaceable(path); !status.ok()) {
    return Fail(status, kCannotCreate);
  }
  absl::Status status =
      WriteFileAtomically(path, FormatLegacyJson(*accounts, *connections));
  if (!status.ok()) return Fail(status, kCannotCreate);
  std::cout << "Exported " << accounts->size() << " accounts and "
            << connections->size() << " connections to " << path << ".\n";
  return kDone;
}

}  // namespace chat77::store
