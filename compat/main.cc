// chat77-compat: the gateway as a program of its own, in front of any chat77
// server.
#include <csignal>
#include <google/protobuf/stubs/logging.h>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>

#include "client/server_name.h"
#include "client/tls_connector.h"
#include "client/tls_options.h"
#include "compat/gateway.h"
#include "proto/command_line.h"

ABSL_FLAG(std::string, listen, "0.0.0.0:12345", "Where old clients connect.");
ABSL_FLAG(std::string, allow, "loopback,private", "Networks that may connect.");
ABSL_FLAG(std::string, server, "127.0.0.1:7700", "The chat77 server.");
ABSL_FLAG(std::string, tls, "auto", "auto, on or off.");
ABSL_FLAG(std::string, fingerprint, "", "The only server key to accept.");

namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using chat77::client::ServerName;
using chat77::client::TlsConnector;
using chat77::client::TlsOptions;
using chat77::compat::Gateway;
using chat77::compat::GatewayOptions;

constexpr int kUsage = 64;        // sysexits: EX_USAGE
constexpr int kUnavailable = 69;  // EX_UNAVAILABLE

constexpr char kHelp[] =
    R"(chat77-compat lets the original's chat clients use a chat77 server.

It listens on one port for both kinds of them, those that send bare messages
and those that send lines (nc and telnet are of the second kind), and talks to
the server as a native client for each user. chat77d has the same gateway built
in (--compat_listen); this program is for a gateway on another machine.

  chat77-compat [--listen=ADDRESS:PORT] [--server=HOST:PORT]
                [--allow=NETWORKS] [--tls=auto|on|off] [--fingerprint=SHA256:...]

  --listen=0.0.0.0:12345   where old clients connect; port 0 takes a free one
  --server=127.0.0.1:7700  the chat77 server; looked up at each login
  --allow=loopback,private networks that may connect, for nothing here is
                           encrypted: such as 192.0.2.0/24, loopback, private,
                           all, with commas between them; others are told so
  --tls=auto               to the server: TLS but to this computer itself
                           (auto), always (on), or never (off)
  --fingerprint=SHA256:... accept only a server with this key
  --help                   this text

What old clients send and receive is never encrypted. A server whose certificate
this system's authorities vouch for is taken for what it says; of any other the
key is printed at the first connection and remembered in $CHAT77_KNOWN_HOSTS,
$XDG_CONFIG_HOME/chat77/known_hosts or ~/.config/chat77/known_hosts, and no
other accepted from then on until `chat77 --forget=HOST:PORT`.

When it is ready it prints one line: listening compat=ADDRESS:PORT
SIGINT and SIGTERM tell every client and let it go.

Exit codes: 0 stopped by a signal, 64 a flag is wrong, 69 the port is taken.
)";

struct Flags {
  GatewayOptions gateway;
  std::string host;
  uint16_t port = 0;
  TlsOptions tls;
};

absl::StatusOr<Flags> ReadFlags(int argc, char** argv) {
  const auto words = chat77::wire::ParseCommandLine(argc, argv);
  if (!words.ok()) return words.status();
  if (!words->empty()) {
    return absl::InvalidArgumentError("\"" + words->front() +
                                      "\" is no flag; see --help.");
  }
  Flags flags;
  flags.gateway.listen = absl::GetFlag(FLAGS_listen);
  const std::string allow = absl::GetFlag(FLAGS_allow);
  const auto networks = chat77::wire::NetworkList::Parse(allow);
  if (!networks) {
    return absl::InvalidArgumentError(
        "--allow must be networks with commas between them, such as "
        "loopback,192.0.2.0/24, not \"" +
        allow + "\".");
  }
  flags.gateway.allow = *networks;
  const std::string server = absl::GetFlag(FLAGS_server);
  const size_t colon = server.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == server.size()) {
    return absl::InvalidArgumentError(
        "--server must be HOST:PORT, such as 127.0.0.1:7700, not \"" + server +
        "\".");
  }
  uint32_t port = 0;
  if (!absl::SimpleAtoi(server.substr(colon + 1), &port) || port < 1 ||
      port > 65535) {
    return absl::InvalidArgumentError("--server=" + server +
                                      " needs a port from 1 to 65535.");
  }
  flags.port = static_cast<uint16_t>(port);
  flags.host = server.substr(0, colon);
  if (flags.host.front() == '[' && flags.host.back() == ']') {
    flags.host = flags.host.substr(1, flags.host.size() - 2);
  }
  const auto mode = chat77::client::ParseTlsMode(absl::GetFlag(FLAGS_tls));
  if (!mode.ok()) return mode.status();
  flags.tls.mode = *mode;
  flags.tls.fingerprint = absl::GetFlag(FLAGS_fingerprint);
  if (auto status = CheckTlsOptions(flags.tls); !status.ok()) return status;
  return flags;
}

absl::Status Unreachable(const Flags& flags, const error_code& error) {
  return absl::UnavailableError(
      "The chat server at " + ServerName(flags.host, flags.port) +
      " cannot be reached (" + error.message() + "). Please try again later");
}

// An old client learns only that it cannot come in; the operator, why.
void OnSecured(absl::StatusOr<TlsConnector::Secured> secured,
               const Gateway::OnSocket& on_socket) {
  if (!secured.ok()) {
    // Once for all logins that it keeps out.
    static std::string said;
    const std::string why(secured.status().message());
    if (std::exchange(said, why) != why) {
      std::cerr << "chat77-compat: " << why << std::endl;
    }
    return on_socket(absl::UnavailableError(
        "The chat server cannot be reached safely. Please try again later"));
  }
  if (!secured->news.empty()) {
    std::cerr << "chat77-compat: " << secured->news << std::endl;
  }
  on_socket(std::move(secured->transport));
}

// One connection to the server, from the name to the transport.
void Connect(boost::asio::io_context& io, TlsConnector& tls, const Flags& flags,
             Gateway::OnSocket on_socket) {
  auto resolver = std::make_shared<tcp::resolver>(io);
  resolver->async_resolve(
      flags.host, std::to_string(flags.port),
      [&io, &tls, &flags, resolver, on_socket = std::move(on_socket)](
          const error_code& error, const tcp::resolver::results_type& found) {
        if (error) return on_socket(Unreachable(flags, error));
        auto socket = std::make_shared<tcp::socket>(io);
        boost::asio::async_connect(
            *socket, found,
            [&tls, &flags, socket, on_socket](const error_code& refused,
                                              const tcp::endpoint&) {
              if (refused) return on_socket(Unreachable(flags, refused));
              error_code ignored;
              socket->set_option(tcp::no_delay(true), ignored);
              tls.Secure(std::move(*socket), flags.host, flags.port,
                         [on_socket](auto secured) {
                           OnSecured(std::move(secured), on_socket);
                         });
            });
      });
}

int Run(const Flags& flags) {
  boost::asio::io_context io(1);
  // Before anything listens: a signal that comes early is not lost.
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  TlsConnector tls(flags.tls);
  auto gateway =
      Gateway::Open(io, flags.gateway, [&](Gateway::OnSocket on_socket) {
        Connect(io, tls, flags, std::move(on_socket));
      });
  if (!gateway.ok()) {
    std::cerr << "chat77-compat: " << gateway.status().message() << "\n";
    return absl::IsInvalidArgument(gateway.status()) ? kUsage : kUnavailable;
  }
  std::cerr << "chat77-compat: nothing here is encrypted; open to "
            << absl::GetFlag(FLAGS_allow) << std::endl;
  (*gateway)->OnRefused([](const Gateway::Refused& refused) {
    std::cerr << "chat77-compat: refused not_allowed=" << refused.not_allowed
              << " strangers=" << refused.strangers << " full=" << refused.full
              << " gave_way=" << refused.gave_way << std::endl;
  });
  signals.async_wait([&](const error_code& error, int) {
    if (error) return;
    // A second signal ends the program as it would any other.
    signals.clear();
    (*gateway)->Stop([&io] { io.stop(); });
  });
  std::cout << "listening compat=" << (*gateway)->address() << std::endl;
  io.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (chat77::wire::WantsHelp(argc, argv)) {
    std::cout << kHelp;
    return 0;
  }
  const absl::StatusOr<Flags> flags = ReadFlags(argc, argv);
  if (!flags.ok()) {
    std::cerr << "chat77-compat: " << flags.status().message() << "\n";
    return kUsage;
  }
  std::signal(SIGPIPE, SIG_IGN);
  google::protobuf::SetLogHandler(nullptr);  // a bad frame has its own sentence
  return Run(*flags);
}
