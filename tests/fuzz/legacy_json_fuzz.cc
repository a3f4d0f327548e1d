// Any bytes as a legacy file: parsed, imported, exported, and imported again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "proto/alias.h"
#include "store/legacy_json/format.h"
#include "store/legacy_json/import.h"

namespace {

using chat77::store::LegacyFile;

// Not assert: the fuzzers are built with NDEBUG.
void Check(bool promise) {
  if (!promise) std::abort();
}

chat77::store::ImportOptions Options() {
  chat77::store::ImportOptions options;
  options.zone = absl::UTCTimeZone();
  options.now = absl::FromUnixSeconds(1'800'000'000);
  // Hashing is not what is tested here, and slow.
  options.hash = [](std::string_view) {
    return absl::StatusOr<std::string>("hash");
  };
  return options;
}

void CheckImport(const LegacyFile& file, chat77::store::Store& store) {
  const auto plan = ImportLegacy(file, Options(), store);
  Check(plan.ok());
  // Nothing is dropped in silence.
  const size_t told = plan->accounts.size() + plan->connections.size() +
                      plan->already_logged + plan->refused.size();
  Check(told ==
        file.users.size() + file.connections.size() + file.refused.size());
  for (const auto& planned : plan->accounts) {
    const std::string& alias = planned.account.alias;
    const auto normal = chat77::wire::NormalizeAlias(alias);
    Check(normal.ok() && *normal == alias);
    Check(chat77::wire::AliasKey(alias) == planned.account.key);
    Check(!chat77::wire::IsReservedAlias(planned.account.key));
  }
  for (const unsigned char byte : DescribeImport(*plan, file)) {
    Check(byte >= 0x20 || byte == '\n');
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = chat77::store::ParseLegacyJson(text);
  if (!file.ok()) return 0;
  const auto store = chat77::store::OpenMemoryStore();
  CheckImport(*file, *store);

  // What is exported is such a file and holds every connection.
  const auto connections = store->AllConnections();
  const auto exported =
      chat77::store::ParseLegacyJson(chat77::store::FormatLegacyJson(
          *store->AllAccounts(), *connections, absl::UTCTimeZone()));
  Check(exported.ok() && exported->refused.empty());
  Check(exported->connections.size() == connections->size());

  // A second import finds every account and connection there.
  const size_t accounts = store->AllAccounts()->size();
  CheckImport(*file, *store);
  Check(store->AllAccounts()->size() == accounts);
  Check(store->AllConnections()->size() == connections->size());
  return 0;
}
