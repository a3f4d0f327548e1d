// chat77-store: looks after a chat77 store from the command line.
#include <cstdint>
#include <iostream>
#include <string>
#include <sys/stat.h>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"

#include "proto/command_line.h"
#include "store/password.h"
#include "store/tool/exit_code.h"
#include "store/tool/legacy_commands.h"
#include "store/tool/moderation_commands.h"
#include "store/tool/upkeep_commands.h"

ABSL_FLAG(std::string, store, "chat77.db", "The store: an SQLite file.");
ABSL_FLAG(chat77::store::PasswordCost, password_cost,
          chat77::store::PasswordCost::kDefault,
          "What hashing an imported password costs: default or min.");

ABSL_FLAG(int64_t, after, 0, "audit list: only records after this number.");
ABSL_FLAG(std::string, expect, "",
          "audit verify: NUMBER:HASH that must be in the log.");

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
  chat77-store grant-admin ALIAS    make an account an admin
  chat77-store revoke-admin ALIAS   make it an ordinary one again
  chat77-store invite               print a code to register one account with
  chat77-store sanctions            list the mutes and bans in force
  chat77-store audit list           list what admins did
  chat77-store audit verify         say whether that list is as it was written

Flags:
  --store=PATH           the store (default: chat77.db)
  --password_cost=COST   import-legacy: default (19 MiB, two passes for each
                         password) or min (cheap to guess: for load tests only)
  --after=NUMBER         audit list: only records with a greater number
  --expect=NUMBER:HASH   audit verify: this record must be among them
  --help                 this text

import-legacy makes the store if it is not there; stop the server first.
Passwords become Argon2id hashes. All is written in one transaction, or
nothing. Every record that cannot be taken is named with its reason. Of names
that differ only in case the first is kept and the others get a number: tell
those people. Times are read as local times (set TZ if they are of elsewhere).
Running it again adds only what is missing. Afterwards delete FILE: its
passwords are in clear.

All but import-legacy, restore, grant-admin, revoke-admin and invite also work
while a server runs. export-legacy writes aside and renames, and refuses to
replace a file that still holds passwords.

check reads every page, every message's checksum and number. backup does the
same with the copy before it gets its name FILE, which must be free; its mode is
0600. restore checks FILE, keeps the former store beside the new one under a
name that it prints, and leaves FILE as it is. Messages since the backup are in
the former store only.

Each record of the audit log holds a hash of all before it: audit verify finds
a record that was changed, removed or put in. Whoever can write the store can
write all of it anew, or cut off its end: keep the NUMBER:HASH that it prints
somewhere else, and give it to --expect the next time.

All but check, backup and restore bring a store of an older version to today's
schema, as the server does, and first copy it to STORE.vN.backup, N being its
schema; they say so on standard error. To go back: restore that copy.

The store and its side files must be open to their owner only (chmod 600).

Exit codes: 0 done (read the report: some records may be left out), 64 wrong
usage, 65 bad data (FILE or the store is damaged, foreign, newer, or open to others), 66 FILE,
ALIAS or the store is not there, 70 out of memory or a bug, 73 cannot write, 75 the
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

// One command. `word`: what comes behind its name, if it wants one.
struct Command {
  std::string name;
  const char* wants;  // "" for one that needs no more
  int (*run)(const std::string& store, const std::string& word);
};

const Command kCommands[] = {
    {"info", "", [](auto& store, auto&) { return Info(store); }},
    {"check", "", [](auto& store, auto&) { return Check(store); }},
    {"backup", "FILE", BackUp},
    {"restore", "FILE", Restore},
    {"import-legacy", "FILE",
     [](auto& store, auto& file) {
       return ImportLegacyFile(store, file, absl::GetFlag(FLAGS_password_cost));
     }},
    {"export-legacy", "FILE", ExportLegacyFile},
    {"grant-admin", "ALIAS", GrantAdmin},
    {"revoke-admin", "ALIAS", RevokeAdmin},
    {"invite", "", [](auto& store, auto&) { return Invite(store); }},
    {"sanctions", "", [](auto& store, auto&) { return ListSanctions(store); }},
    {"audit list", "",
     [](auto& store, auto&) {
       return ListAudit(store, absl::GetFlag(FLAGS_after));
     }},
    {"audit verify", "",
     [](auto& store, auto&) {
       return VerifyAuditLog(store, absl::GetFlag(FLAGS_expect));
     }},
};

// "audit" and the word behind it are one name.
int Run(std::vector<std::string> words) {
  if (words.empty()) {
    return WrongUsage(
        "Say what to do, as in chat77-store info; --help lists what there is.");
  }
  if (words[0] == "audit") {
    if (words.size() == 1) return WrongUsage("Say audit list or audit verify.");
    words[0] += " " + words[1];
    words.erase(words.begin() + 1);
  }
  for (const Command& command : kCommands) {
    if (command.name != words[0]) continue;
    const bool bare = *command.wants == '\0';
    if (words.size() == (bare ? 1 : 2)) {
      return command.run(absl::GetFlag(FLAGS_store), words.back());
    }
    return WrongUsage(absl::StrCat(
        command.name, bare ? " takes no more words" : " needs one ",
        command.wants, "; see --help."));
  }
  return WrongUsage(
      absl::StrCat("There is no command ", words[0], "; see --help."));
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

int main(int argc, char** argv) {
  // What is made here is nobody else's.
  ::umask(077);
  return chat77::store::Main(argc, argv);
}
