// chat77-store: looks after a chat77 store from the command line.
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"

#include "proto/command_line.h"
#include "store/password.h"
#include "store/tool/exit_code.h"
#include "store/tool/legacy_commands.h"
#include "store/tool/upkeep_commands.h"

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
  chat77-store check                read all of it and say whether it is sound
  chat77-store backup FILE          copy it, as of one moment, to FILE
  chat77-store restore FILE         put the backup FILE in its place

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

All but import-legacy and restore also work while a server runs. export-legacy
writes aside and renames, and refuses to replace a file that still holds
passwords.

check reads every page, every message's checksum and number. backup does the
same with the copy before it gets its name FILE, which must be free; its mode is
0600. restore checks FILE, keeps the former store beside the new one under a
name that it prints, and leaves FILE as it is. Messages since the backup are in
the former store only.

Exit codes: 0 done (read the report: some records may be left out), 64 wrong
usage, 65 bad data (FILE or the store is damaged, foreign or newer), 66 FILE or
the store is not there, 70 out of memory or a bug, 73 cannot write, 75 the
store is in use.

Examples:
  chat77-store import-legacy ~/chat/client_connections.json
  chat77-store export-legacy /tmp/users.json --store=/var/lib/chat77.db
  chat77-store backup "/srv/backup/chat77-$(date +%F).db"
)";

int WrongUsage(const std::string& sentence) {
  std::cerr << "chat77-store: " << sentence << "\n";
  return kUsage;
}

// The commands; those with a FILE get it as the second word.
int Run(const std::vector<std::string>& words) {
  if (words.empty()) {
    return WrongUsage(
        "Say what to do: info, check, backup FILE, restore FILE, import-legacy "
        "FILE or export-legacy FILE; see --help.");
  }
  const std::string& command = words[0];
  const std::string store = absl::GetFlag(FLAGS_store);
  if (command == "info" || command == "check") {
    if (words.size() != 1) {
      return WrongUsage(absl::StrCat(command, " takes no more words."));
    }
    return command == "info" ? Info(store) : Check(store);
  }
  if (command != "import-legacy" && command != "export-legacy" &&
      command != "backup" && command != "restore") {
    return WrongUsage(
        absl::StrCat("There is no command ", command, "; see --help."));
  }
  if (words.size() != 2) {
    return WrongUsage(absl::StrCat(command, " needs one FILE; see --help."));
  }
  const std::string& file = words[1];
  if (command == "backup") return BackUp(store, file);
  if (command == "restore") return Restore(store, file);
  if (command == "export-legacy") return ExportLegacyFile(store, file);
  return ImportLegacyFile(store, file, absl::GetFlag(FLAGS_password_cost));
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
