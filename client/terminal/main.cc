// chat77: the terminal client. Reads flags, then hands on to Chat or to one of
// the subcommands for scripts.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <google/protobuf/stubs/logging.h>
#include <iostream>
#include <iterator>
#include <string>
#include <unistd.h>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "client/server_name.h"
#include "client/terminal/chat.h"
#include "client/terminal/sanitize.h"
#include "client/terminal/scripts.h"
#include "client/terminal/settings.h"
#include "client/tls_connector.h"
#include "client/wifi_around.h"
#include "proto/command_line.h"

ABSL_FLAG(std::string, server, "127.0.0.1:7700", "HOST[:PORT] of the server");
ABSL_FLAG(std::string, alias, "", "your name");
ABSL_FLAG(bool, register, false, "make the account first");
ABSL_FLAG(std::string, invitation, "", "the code to register with");
ABSL_FLAG(std::string, tls, "auto", "auto, on or off");
ABSL_FLAG(std::string, fingerprint, "", "the only server key to accept");
ABSL_FLAG(std::string, forget, "", "HOST[:PORT] whose key to forget");
ABSL_FLAG(bool, take_over, false, "end another session of yours");
ABSL_FLAG(std::string, password_file, "", "its first line is the password");
ABSL_FLAG(int32_t, password_fd, -1, "a descriptor to read the password from");
ABSL_FLAG(uint32_t, history, 10, "messages from before to show");
ABSL_FLAG(std::string, presence, "notices",
          "how to hear who joins and leaves: notices, batched or off");
ABSL_FLAG(uint64_t, count, 0, "tail: end after so many");
ABSL_FLAG(bool, json, false, "tail, online: JSON");
ABSL_FLAG(bool, no_color, false, "no colours");

namespace chat77::client {
namespace {

constexpr char kHelp[] = R"(chat77: talk in a chat77 chatroom

  chat77 [flags]                    talk; asks for what is missing
  chat77 send [flags] TEXT...       say each TEXT in the room; `-` is what
                                    standard input holds, as one message
  chat77 tail [flags]               print what happens until interrupted
  chat77 online [flags]             print who is online
  chat77 wifi                       print nearby Wi-Fi networks
  chat77 --forget=HOST[:PORT]       forget the key of that server

Flags:
  --server=HOST[:PORT]    the server (127.0.0.1:7700)
  --alias=NAME            your name
  --register              make the account first
  --invitation=CODE       for a server that registers only with such a code
  --take_over             end another session of yours instead of being refused
  --tls=auto|on|off       whether the connection is encrypted: auto (the
                          default) is TLS to all servers but those on this
                          computer (127.0.0.0/8, ::1, localhost)
  --fingerprint=SHA256:.. accept only a server with this key
  --password_file=PATH    the password is the first line of this file
  --password_fd=N         the password is the first line of this descriptor
  --history=N             messages from before to show, at most 1000 (10;
                          for tail 0)
  --presence=HOW          chat, tail: who joins and leaves, as notices, one for
                          each (the default); batched, at most once a second;
                          or off
  --count=N               tail: end after N lines
  --json                  tail, online: JSON, for tail one object a line
  --no-color              no colours (so does NO_COLOR in the environment)
  --flagfile=PATH         more flags, one a line

There is no flag for the password itself: other users of the computer could
read it. send, tail and online need --alias and one of the two others.
What you type in the chat: /help there lists it.

A server whose certificate this system's authorities vouch for is taken for
what it says. Of any other the key is shown at the first connection and
remembered in $CHAT77_KNOWN_HOSTS, $XDG_CONFIG_HOME/chat77/known_hosts or
~/.config/chat77/known_hosts; from then on no other key is accepted, until it
is forgotten with --forget.

Exit codes:
  0   done             65  a text was refused (too long, not UTF-8, ...)
  64  a bad flag       69  no chat77 server there; no Wi-Fi tool
  75  lost or busy: the same may work later
  76  the server is not the one it was: its key or certificate is not accepted,
      or what is known of it cannot be read
  77  the login was refused (password, name taken, already online, banned)

Examples:
  chat77 --server=chat.example --alias=ann
  echo "build 17 is green" | chat77 send --alias=bot --password_file=pw -
  chat77 tail --json --alias=bot --password_file=pw | jq .text
)";

int UsageError(const std::string& sentence) {
  std::fprintf(stderr, "chat77: %s\n", sentence.c_str());
  return kUsage;
}

int UsageError(const absl::Status& status) {
  return UsageError(std::string(status.message()));
}

bool WantsColor() {
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) != 0 && !absl::GetFlag(FLAGS_no_color) &&
         (no_color == nullptr || *no_color == '\0');
}

absl::StatusOr<GivenLogin> ReadLogin() {
  GivenLogin login;
  login.credentials.alias = absl::GetFlag(FLAGS_alias);
  login.credentials.make_account = absl::GetFlag(FLAGS_register);
  login.credentials.invitation = absl::GetFlag(FLAGS_invitation);
  login.credentials.take_over = absl::GetFlag(FLAGS_take_over);
  login.has_alias = !login.credentials.alias.empty();
  const std::string file = absl::GetFlag(FLAGS_password_file);
  const int fd = absl::GetFlag(FLAGS_password_fd);
  if (file.empty() && fd < 0) return login;
  absl::StatusOr<std::string> password =
      file.empty() ? ReadPasswordFd(fd) : ReadPasswordFile(file);
  if (!password.ok()) return password.status();
  login.credentials.password = *std::move(password);
  login.has_password = true;
  return login;
}

absl::StatusOr<TlsOptions> ReadTls() {
  TlsOptions tls;
  const absl::StatusOr<TlsMode> mode = ParseTlsMode(absl::GetFlag(FLAGS_tls));
  if (!mode.ok()) return mode.status();
  tls.mode = *mode;
  tls.fingerprint = absl::GetFlag(FLAGS_fingerprint);
  absl::Status status = CheckTlsOptions(tls);
  if (!status.ok()) return status;
  return tls;
}

int RunForget() {
  const absl::StatusOr<ServerAddress> server =
      ParseServer(absl::GetFlag(FLAGS_forget));
  if (!server.ok()) {
    return UsageError(absl::StrCat("--forget=", absl::GetFlag(FLAGS_forget),
                                   " is no server; write HOST or HOST:PORT."));
  }
  const absl::Status status =
      TlsConnector::Forget({}, server->host, server->port);
  if (!status.ok()) {
    std::fprintf(stderr, "chat77: %s\n",
                 SanitizeLine(std::string(status.message())).c_str());
    return absl::IsNotFound(status) ? kUsage : kUntrusted;
  }
  std::printf("The key of %s is forgotten.\n",
              CanonicalServerName(server->host, server->port).c_str());
  return kOk;
}

int RunWifi() {
  const char* path = std::getenv("PATH");
  const absl::StatusOr<std::string> networks =
      WifiAround(path == nullptr ? "" : path);
  if (!networks.ok()) {
    std::fprintf(
        stderr, "chat77: %s\n",
        SanitizeLine(std::string(networks.status().message())).c_str());
    return kUnavailable;
  }
  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(*networks, '\n'))) {
    std::puts(SanitizeLine(line).c_str());
  }
  return kOk;
}

// `-` stands for what standard input holds; nothing at all for `-`.
std::vector<std::string> Texts(std::vector<std::string> texts) {
  if (texts.empty()) texts.push_back("-");
  for (std::string& text : texts) {
    if (text != "-") continue;
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
      text.pop_back();
    }
  }
  return texts;
}

bool IsGiven(const std::vector<std::string>& arguments,
             const std::string& flag) {
  for (const std::string& argument : arguments) {
    if (argument.starts_with(absl::StrCat("--", flag))) return true;
  }
  return false;
}

int RunScript(const std::string& command, const ScriptOptions& options,
              const std::vector<std::string>& rest) {
  if (command == "send") return RunSend(options, Texts(rest));
  if (!rest.empty()) {
    return UsageError(absl::StrCat(command, " takes no \"", rest[0],
                                   "\"; see chat77 --help."));
  }
  return command == "tail" ? RunTail(options) : RunOnline(options);
}

int RunCommand(const std::vector<std::string>& words, bool history_given) {
  if (!absl::GetFlag(FLAGS_forget).empty()) return RunForget();
  const std::string command = words.empty() ? "" : words[0];
  const bool is_script =
      command == "send" || command == "tail" || command == "online";
  if (command == "wifi") return RunWifi();
  if (!is_script && !command.empty()) {
    return UsageError(absl::StrCat("there is no command \"", command,
                                   "\"; see chat77 --help."));
  }
  const absl::StatusOr<ServerAddress> server =
      ParseServer(absl::GetFlag(FLAGS_server));
  if (!server.ok()) return UsageError(server.status());
  const absl::StatusOr<pb::Presence> presence =
      ParsePresence(absl::GetFlag(FLAGS_presence));
  if (!presence.ok()) return UsageError(presence.status());
  const absl::StatusOr<TlsOptions> tls = ReadTls();
  if (!tls.ok()) return UsageError(tls.status());
  const absl::StatusOr<GivenLogin> login = ReadLogin();
  if (!login.ok()) return UsageError(login.status());

  ClientOptions client;
  client.host = server->host;
  client.port = server->port;
  client.presence = *presence;
  client.tls = *tls;
  const bool shows_history =
      command.empty() || (command == "tail" && history_given);
  client.core.newest = shows_history ? absl::GetFlag(FLAGS_history) : 0;
  ViewOptions view;
  view.color = WantsColor();
  if (!is_script) return Chat({client, *login, view}).Run();
  if (!login->has_alias || !login->has_password) {
    return UsageError(absl::StrCat(
        command, " needs --alias and --password_file or --password_fd."));
  }
  ScriptOptions options{client, login->credentials, view,
                        absl::GetFlag(FLAGS_json), absl::GetFlag(FLAGS_count)};
  return RunScript(command, options, {words.begin() + 1, words.end()});
}

int Main(int argc, char** argv) {
  if (wire::WantsHelp(argc, argv)) {
    std::fputs(kHelp, stdout);
    return kOk;
  }
  google::protobuf::SetLogHandler(nullptr);  // its lines would tear the screen
  const absl::StatusOr<std::vector<std::string>> words =
      wire::ParseCommandLine(argc, argv);
  if (!words.ok()) return UsageError(words.status());
  return RunCommand(*words, IsGiven({argv + 1, argv + argc}, "history"));
}

}  // namespace
}  // namespace chat77::client

int main(int argc, char** argv) { return chat77::client::Main(argc, argv); }
