#include "tests/bench/load/options.h"

#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"

#include "proto/command_line.h"
#include "proto/limits.h"

ABSL_FLAG(std::string, server, "127.0.0.1:7700", "");
ABSL_FLAG(std::string, prefix, "load", "");
ABSL_FLAG(int, readers, 100, "");
ABSL_FLAG(int, talkers, 1, "");
ABSL_FLAG(int, stalled, 0, "");
ABSL_FLAG(int, window, 0, "");
ABSL_FLAG(double, rate, 0, "");
ABSL_FLAG(int, pairs, 0, "");
ABSL_FLAG(int, idle, 0, "");
ABSL_FLAG(int, join, 0, "");
ABSL_FLAG(int, register_only, 0, "");
ABSL_FLAG(int, size, 64, "");
ABSL_FLAG(double, seconds, 5, "");
ABSL_FLAG(double, warmup, 1, "");
ABSL_FLAG(double, timeout, 60, "");
ABSL_FLAG(int, login_par, 64, "");
ABSL_FLAG(std::string, presence, "none", "");
ABSL_FLAG(bool, tls, false, "");
ABSL_FLAG(bool, raw, false, "");
ABSL_FLAG(bool, json, false, "");
ABSL_FLAG(int, pid, 0, "");

namespace chat77::bench {
namespace {

constexpr char kHelp[] =
    R"(load puts a chat77 server under load and says what it delivered.

  load --server=HOST:PORT --readers=1000 --talkers=1 --window=64
  load --server=HOST:PORT --readers=1000 --rate=20 --seconds=30
  load --server=HOST:PORT --pairs=500

It logs in as PREFIX000000, PREFIX000001, ... and registers those that do not
exist (password "secret"): use a server whose accounts you can throw away.

What to do, one of:
  (none of these)      in the lobby, --talkers speak and everybody hears
  --pairs=N            N pairs in private: one message to and fro
  --idle=N             N clients log in and sit
  --join=N             N clients log in at once; what they hear of each other
  --register-only=N    N accounts are made, nothing else

How:
  --readers=100        clients who only hear; talkers hear the other talkers
  --talkers=1
  --window=64          closed loop: so many messages not yet delivered to all
  --rate=R             open loop instead: R messages a second
  --stalled=0          so many of the readers never read at all
  --size=64            bytes of a text, 17 to 8192
  --seconds=5          of measuring, after --warmup=1
  --presence=none      what clients ask to hear of who comes and goes: notices,
                       batched or none
  --login-par=64       so many log in at a time
  --timeout=60         seconds for all logins together
  --prefix=load        of the accounts' names
  --server=127.0.0.1:7700
  --tls                encrypted; the certificate is not checked
  --raw                no login, ready-made frames: against tests/bench/floor

What to print:
  --pid=PID            the server's, if it runs on this machine: its CPU time
                       for each delivery and its memory for each connection
  --json               one line of JSON instead of a table

Exit codes: 0 done, 1 it did not work out, 2 the command line is wrong.
)";

absl::Status Bad(absl::string_view sentence) {
  return absl::InvalidArgumentError(sentence);
}

absl::Status ReadServer(Options& options) {
  const std::string server = absl::GetFlag(FLAGS_server);
  const size_t colon = server.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == server.size()) {
    return Bad(
        absl::StrCat("--server=", server, " is no address; give HOST:PORT."));
  }
  options.host = server.substr(0, colon);
  options.port = server.substr(colon + 1);
  if (options.host.front() == '[' && options.host.back() == ']') {
    options.host = options.host.substr(1, options.host.size() - 2);
  }
  return absl::OkStatus();
}

// Sets `value` from a flag that must lie in a range.
absl::Status ReadCount(const char* name, int given, int least, int most,
                       uint32_t& value) {
  if (given < least || given > most) {
    return Bad(absl::StrCat("--", name, "=", given, " is not from ", least,
                            " to ", most, "."));
  }
  value = static_cast<uint32_t>(given);
  return absl::OkStatus();
}

absl::Status ReadScenario(Options& options) {
  struct Choice {
    const char* name;
    int count;
    Scenario scenario;
  };
  const std::vector<Choice> choices = {
      {"pairs", absl::GetFlag(FLAGS_pairs), Scenario::kPairs},
      {"idle", absl::GetFlag(FLAGS_idle), Scenario::kIdle},
      {"join", absl::GetFlag(FLAGS_join), Scenario::kJoin},
      {"register-only", absl::GetFlag(FLAGS_register_only),
       Scenario::kRegister}};
  for (const Choice& choice : choices) {
    if (choice.count == 0) continue;
    if (options.scenario != Scenario::kRoom) {
      return Bad("Give one of --pairs, --idle, --join and --register-only.");
    }
    options.scenario = choice.scenario;
    if (absl::Status status =
            ReadCount(choice.name, choice.count, 1, 999'999, options.count);
        !status.ok()) {
      return status;
    }
  }
  if (options.raw && (options.scenario == Scenario::kJoin ||
                      options.scenario == Scenario::kRegister)) {
    return Bad("--raw has no logins, so neither --join nor --register-only.");
  }
  return absl::OkStatus();
}

absl::Status ReadPresence(Options& options) {
  const std::string presence = absl::GetFlag(FLAGS_presence);
  if (presence == "notices") {
    options.presence = chat77_wire::kNotices;
  } else if (presence == "batched") {
    options.presence = chat77_wire::kBatched;
  } else if (presence == "none") {
    options.presence = chat77_wire::kNone;
  } else {
    return Bad(absl::StrCat("--presence=", presence,
                            " is none of notices, batched and none."));
  }
  return absl::OkStatus();
}

absl::Status ReadNumbers(Options& options) {
  struct Number {
    const char* name;
    int given, least, most;
    uint32_t& value;
  };
  const int readers = absl::GetFlag(FLAGS_readers);
  const Number numbers[] = {
      {"readers", readers, 0, 999'999, options.readers},
      {"talkers", absl::GetFlag(FLAGS_talkers), 1, 10'000, options.talkers},
      {"stalled", absl::GetFlag(FLAGS_stalled), 0, readers, options.stalled},
      {"window", absl::GetFlag(FLAGS_window), 0, 100'000, options.window},
      {"size", absl::GetFlag(FLAGS_size), 17,
       static_cast<int>(wire::kTextBytes), options.size},
      {"login-par", absl::GetFlag(FLAGS_login_par), 1, 999'999,
       options.login_par}};
  for (const Number& number : numbers) {
    if (absl::Status status = ReadCount(number.name, number.given, number.least,
                                        number.most, number.value);
        !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status ReadPace(Options& options) {
  options.rate = absl::GetFlag(FLAGS_rate);
  options.seconds = absl::GetFlag(FLAGS_seconds);
  options.warmup = absl::GetFlag(FLAGS_warmup);
  options.timeout = absl::GetFlag(FLAGS_timeout);
  if (options.rate < 0 || options.seconds <= 0 || options.warmup < 0 ||
      options.timeout <= 0) {
    return Bad(
        "--seconds and --timeout must be above 0, --rate and --warmup "
        "not below.");
  }
  if (options.rate > 0 && options.window > 0) {
    return Bad("Give either --window or --rate.");
  }
  if (options.rate == 0 && options.window == 0) options.window = 64;
  if (options.scenario == Scenario::kRoom &&
      options.readers - options.stalled + options.talkers < 2) {
    return Bad("Nobody would hear: give more --readers or --talkers.");
  }
  return absl::OkStatus();
}

}  // namespace

std::string HelpText() { return kHelp; }

absl::StatusOr<Options> ReadOptions(int argc, char** argv) {
  const auto words = wire::ParseCommandLine(argc, argv);
  if (!words.ok()) return words.status();
  if (!words->empty()) {
    return Bad(
        absl::StrCat("\"", words->front(), "\" is no flag; see load --help."));
  }
  Options options;
  options.prefix = absl::GetFlag(FLAGS_prefix);
  options.raw = absl::GetFlag(FLAGS_raw);
  options.tls = absl::GetFlag(FLAGS_tls);
  options.json = absl::GetFlag(FLAGS_json);
  options.pid = absl::GetFlag(FLAGS_pid);
  for (const auto& read :
       {ReadServer, ReadScenario, ReadPresence, ReadNumbers, ReadPace}) {
    if (absl::Status status = read(options); !status.ok()) return status;
  }
  return options;
}

}  // namespace chat77::bench
