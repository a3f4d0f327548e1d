#include "server/config.h"

#include <cstdint>
#include <map>
#include <vector>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "proto/command_line.h"
#include "server/config_limits.h"
#include "server/config_people.h"
#include "server/config_tls.h"
#include "server/flag_value.h"
#include "server/net/address.h"
#include "store/password.h"

ABSL_FLAG(std::string, listen, "0.0.0.0:7700",
          "ADDRESS:PORT of the native (protobuf) port; port 0 picks a free "
          "one. Encrypted (TLS 1.3 and 1.2); clients on this machine may do "
          "without.");
ABSL_FLAG(std::string, compat_listen, "0.0.0.0:12345",
          "ADDRESS:PORT of the text port for the original's clients, nc and "
          "telnet; empty switches it off. Can never be encrypted.");
ABSL_FLAG(std::string, store, "chat77.db",
          "Where accounts, connections and messages are kept: a file (SQLite, "
          "made if missing), or \"memory:\" to forget everything at the end.");
ABSL_FLAG(std::string, history, "on",
          "on: messages are stored before they are shown. off: messages of the "
          "lobby are not stored. Private texts are stored in either case.");
ABSL_FLAG(std::string, password_cost, "default",
          "default: Argon2id with 19 MiB, about 25 ms a login. min: next to "
          "nothing, for load tests only.");
ABSL_FLAG(int32_t, grace_seconds, 30,
          "How long a user of a native client stays online after a broken "
          "connection, so that nobody notices if it comes back, 0 to 3600.");
ABSL_FLAG(std::string, legacy_json, "",
          "Keep this file up to date with users and connections in the "
          "original's JSON format (no passwords), at most once a second.");
ABSL_FLAG(int32_t, io_threads, 1,
          "Threads that read and write connections, 1 to 64.");
ABSL_FLAG(std::string, io_uring, "auto",
          "auto: what is due to many at once goes to the kernel in one call "
          "(io_uring), where the kernel allows it; the log says so at the "
          "start. off: one by one.");
ABSL_FLAG(int32_t, max_connections, 20000,
          "Native connections at the same time, 1 to 1000000; each needs a "
          "file descriptor.");
ABSL_FLAG(int32_t, compat_max_connections, 1000,
          "Text connections at the same time, 1 to 100000; each needs three "
          "file descriptors.");
ABSL_FLAG(std::string, trusted_gateways, "",
          "Comma-separated IP addresses of chat77-compat gateways, whose word "
          "on a client's address is believed: for the log, limits and bans.");
ABSL_FLAG(
    std::string, user, "",
    "Become this user before anything is opened, for a server that is "
    "started by root; the store's folder must be theirs. Ports below 1024 "
    "need the capability CAP_NET_BIND_SERVICE instead of root.");
ABSL_FLAG(std::string, log_level, "info", "debug, info, warn or error.");

namespace chat77::server {
namespace {

constexpr char kHelp[] =
    R"(The chat77 server.

  chat77d [--listen=ADDRESS:PORT] [--compat_listen=ADDRESS:PORT] [--store=PATH]

Its native port is encrypted with the certificate that is given, or with one
of its own, made at the first start beside the store; the log says its
fingerprint. SIGHUP reads the certificate's files again.

It serves until SIGTERM or SIGINT, then says goodbye to everybody and exits 0.
A second signal, more than a second later, ends it at once.
When it is ready it prints one line:

  listening native=ADDRESS:PORT compat=ADDRESS:PORT

(and insecure=ADDRESS:PORT behind them with --insecure_listen.)
Its log goes to standard error. Flags may stand in a file, one on a line:
--flagfile=PATH.

Exit codes: 0 stopped as asked; 64 a flag is wrong; 66 the store is damaged or
not a chat77 store, or the certificate cannot be used; 69 an address cannot be
listened on; 73 the store cannot be made or written; 75 the store is in use; 77
cannot become --user.

)";

constexpr size_t kHelpColumns = 72;

// A flag's help in lines, indented.
std::string Wrapped(const std::string& help) {
  std::string text;
  size_t column = kHelpColumns;
  for (const auto word : absl::StrSplit(help, ' ')) {
    if (column + word.size() + 1 > kHelpColumns) {
      absl::StrAppend(&text, text.empty() ? "" : "\n", "     ");
      column = 5;
    }
    absl::StrAppend(&text, " ", word);
    column += word.size() + 1;
  }
  return text + "\n";
}

absl::StatusOr<std::vector<std::string>> Gateways(const std::string& list) {
  std::vector<std::string> gateways;
  for (const auto piece : absl::StrSplit(list, ',', absl::SkipWhitespace())) {
    const auto address = ParseAddress(std::string(piece));
    if (!address.has_value()) {
      return BadFlag("trusted_gateways", list,
                     "give numeric IP addresses with commas between them");
    }
    gateways.push_back(*address);
  }
  return gateways;
}

absl::Status ReadNumbers(Config& config) {
  const auto io_threads =
      InRange("io_threads", absl::GetFlag(FLAGS_io_threads), 1, 64);
  if (!io_threads.ok()) return io_threads.status();
  config.server.io_threads = *io_threads;
  const auto connections = InRange(
      "max_connections", absl::GetFlag(FLAGS_max_connections), 1, 1000000);
  if (!connections.ok()) return connections.status();
  config.server.max_connections = *connections;
  const auto compat =
      InRange("compat_max_connections",
              absl::GetFlag(FLAGS_compat_max_connections), 1, 100000);
  if (!compat.ok()) return compat.status();
  config.compat_connections = *compat;
  const auto grace =
      InRange("grace_seconds", absl::GetFlag(FLAGS_grace_seconds), 0, 3600);
  if (!grace.ok()) return grace.status();
  config.server.grace = absl::Seconds(*grace);
  return absl::OkStatus();
}

absl::Status ReadChoices(Config& config) {
  const auto history =
      Choice("history", absl::GetFlag(FLAGS_history), "on", "off");
  if (!history.ok()) return history.status();
  config.server.history = *history;
  const auto io_uring =
      Choice("io_uring", absl::GetFlag(FLAGS_io_uring), "auto", "off");
  if (!io_uring.ok()) return io_uring.status();
  config.server.shard.io_uring = *io_uring;
  const auto cheap = Choice("password_cost", absl::GetFlag(FLAGS_password_cost),
                            "min", "default");
  if (!cheap.ok()) return cheap.status();
  config.server.storage.password_cost =
      *cheap ? store::PasswordCost::kMin : store::PasswordCost::kDefault;
  const auto gateways = Gateways(absl::GetFlag(FLAGS_trusted_gateways));
  if (!gateways.ok()) return gateways.status();
  config.server.trusted_gateways = *gateways;
  config.log_level = absl::GetFlag(FLAGS_log_level);
  for (const char* level : {"debug", "info", "warn", "error"}) {
    if (config.log_level == level) return absl::OkStatus();
  }
  return BadFlag("log_level", config.log_level,
                 "give debug, info, warn or error");
}

}  // namespace

std::string HelpText() {
  std::string text = kHelp;
  // In order of name; those of libraries are not ours to explain.
  std::map<std::string, const absl::CommandLineFlag*> ours;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    if (absl::StrContains(flag->Filename(), "server/config")) {
      ours.emplace(std::string(name), flag);
    }
  }
  for (const auto& [name, flag] : ours) {
    absl::StrAppend(&text, "  --", name, "=", flag->DefaultValue(), "\n",
                    Wrapped(flag->Help()));
  }
  return text;
}

absl::StatusOr<Config> ReadConfig(int argc, char** argv) {
  const auto words = wire::ParseCommandLine(argc, argv);
  if (!words.ok()) return words.status();
  if (!words->empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", words->front(),
        "\" is no flag; chat77d takes flags only, such as --store=PATH; see "
        "--help."));
  }
  Config config;
  config.server.listen = absl::GetFlag(FLAGS_listen);
  config.server.store = absl::GetFlag(FLAGS_store);
  config.server.storage.legacy_json = absl::GetFlag(FLAGS_legacy_json);
  config.compat_listen = absl::GetFlag(FLAGS_compat_listen);
  config.user = absl::GetFlag(FLAGS_user);
  if (absl::Status status = ReadTlsFlags(config); !status.ok()) return status;
  if (absl::Status status = ReadNumbers(config); !status.ok()) return status;
  if (absl::Status status = ReadChoices(config); !status.ok()) return status;
  if (absl::Status status = ReadLimits(config); !status.ok()) return status;
  if (absl::Status status = ReadPeople(config); !status.ok()) return status;
  return config;
}

}  // namespace chat77::server
