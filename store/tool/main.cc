// chat77-store: looks after a chat77 store from the command line.
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"

#include "proto/command_line.h"
#include "proto/limits.h"
#include "store/legacy_json/format.h"
#include "store/legacy_json/import.h"
#include "store/legacy_json/replaceable.h"
#include "store/legacy_json/whole_file.h"
#include "store/password.h"
#include "store/store.h"

ABSL_FLAG(std::string, store, "chat77.db", "The store: an SQLite file.");
ABSL_FLAG(chat77::store::PasswordCost, password_cost,
          chat77::store::PasswordCost::kDefault,
          "What hashing an imported password costs: default or min.");

namespace chat77::store {
namespace {

constexpr char kHelp[] =
    R"(chat77-store looks after what a chat77 server remembers.

  chat77-store import-legacy FILE   take over users and connections from the
                                    original's client_connections.json
  chat77-store export-legacy FILE   write such a file, without passwords
  chat77-store info                 count what is in the store

Flags:
  --store=PATH           the store (default: chat77.db)
  --password_cost=COST   import-legacy: default (19 MiB, two passes for each
                         password) or min (cheap to guess: for load tests only)
  --help                 this text

import-legacy makes the store if it is not there; stop the server first.
Passwords become Argon2id hashes. All is written in one transaction, or
nothing. Every record that cannot be taken is named with its reason. Of names
that differ only in case the first is kept and the others get a number: tell
those people. Times are read as local times (set TZ if they are of elsewhere).
Running it again adds only what is missing. Afterwards delete FILE: its
passwords are in clear.

export-legacy and info also work while a server runs. export-legacy writes
aside and renames, and refuses to replace a file that still holds passwords.

Exit codes: 0 done (read the report: some records may be left out), 64 wrong
usage, 65 bad data (FILE or the store is damaged, foreign or newer), 66 FILE or
the store is not there, 70 out of memory or a bug, 73 cannot write, 75 the
store is in use.

Examples:
  chat77-store import-legacy ~/chat/client_connections.json
  chat77-store export-legacy /tmp/users.json --store=/var/lib/chat77.db
)";

enum ExitCode {
  kDone = 0,
  kUsage = 64,
  kBadData = 65,
  kNoInput = 66,
  kSoftware = 70,
  kCannotCreate = 73,
  kInUse = 75,
};

int CodeFor(const absl::Status& status) {
  if (IsStoreInUse(status)) return kInUse;
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kDone;
    case absl::StatusCode::kNotFound:
      return kNoInput;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kFailedPrecondition:
      return kBadData;
    case absl::StatusCode::kUnavailable:
      return kCannotCreate;
    default:
      return kSoftware;
  }
}

int Fail(const absl::Status& status, int code) {
  std::cerr << "chat77-store: " << status.message() << "\n";
  return code;
}

int Fail(const absl::Status& status) { return Fail(status, CodeFor(status)); }

int Import(const std::string& path) {
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
  const auto store = OpenStore(absl::GetFlag(FLAGS_store));
  if (!store.ok()) return Fail(store.status());
  const PasswordCost cost = absl::GetFlag(FLAGS_password_cost);
  ImportOptions options;
  options.hash = [cost](std::string_view password) {
    return HashPassword(password, cost);
  };
  const auto plan = ImportLegacy(*file, options, **store);
  if (!plan.ok()) return Fail(plan.status());
  std::cout << DescribeImport(*plan, *file);
  return kDone;
}

int Export(const std::string& path) {
  const auto store = OpenStoreForReading(absl::GetFlag(FLAGS_store));
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

// The number of the newest message, which is how many there are.
absl::StatusOr<uint64_t> CountMessages(Store& store) {
  const auto page =
      store.ReadHistory({.room = wire::kLobby, .limit = 1, .bytes = 1});
  if (absl::IsNotFound(page.status())) return 0;  // no server ran here yet
  if (!page.ok()) return page.status();
  return page->messages.empty() ? 0 : page->messages.back().seq;
}

int Info() {
  const std::string path = absl::GetFlag(FLAGS_store);
  const auto store = OpenStoreForReading(path);
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
            << " without a logout)\nmessages     " << *messages << " in the "
            << wire::kLobby << "\n";
  return kDone;
}

int WrongUsage(const std::string& sentence) {
  std::cerr << "chat77-store: " << sentence << "\n";
  return kUsage;
}

int Run(const std::vector<std::string>& words) {
  if (words.empty()) {
    return WrongUsage(
        "Say what to do: import-legacy FILE, export-legacy FILE or info; see "
        "--help.");
  }
  const std::string& command = words[0];
  if (command == "info") {
    if (words.size() != 1) return WrongUsage("info takes no more words.");
    return Info();
  }
  if (command != "import-legacy" && command != "export-legacy") {
    return WrongUsage(
        absl::StrCat("There is no command ", command, "; see --help."));
  }
  if (words.size() != 2) {
    return WrongUsage(absl::StrCat(command, " needs one FILE; see --help."));
  }
  return command == "import-legacy" ? Import(words[1]) : Export(words[1]);
}

int Main(int argc, char** argv) {
  if (wire::WantsHelp(argc, argv)) {
    std::cout << kHelp;
    return kDone;
  }
  const auto words = wire::ParseCommandLine(argc, argv);
  if (!words.ok()) return WrongUsage(std::string(words.status().message()));
  return Run(*words);
}

}  // namespace
}  // namespace chat77::store

int main(int argc, char** argv) { return chat77::store::Main(argc, argv); }
