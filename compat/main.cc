// chat77-compat: the gateway as a program of its own, in front of any chat77
// server.
#include <csignal>
#include <google/protobuf/stubs/logging.h>
#include <iostream>
#include <memory>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>

#include "compat/gateway.h"
#include "proto/command_line.h"

ABSL_FLAG(std::string, listen, "0.0.0.0:12345", "Where old clients connect.");
ABSL_FLAG(std::string, server, "127.0.0.1:7700", "The chat77 server.");

namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using chat77::client::Link;
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

  --listen=0.0.0.0:12345   where old clients connect; port 0 takes a free one
  --server=127.0.0.1:7700  the chat77 server; looked up at each login
  --help                   this text

When it is ready it prints one line: listening compat=ADDRESS:PORT
SIGINT and SIGTERM tell every client and let it go.

Exit codes: 0 stopped by a signal, 64 a flag is wrong, 69 the port is taken.
)";

struct Flags {
  GatewayOptions gateway;
  std::string host;
  std::string port;
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
  const std::string server = absl::GetFlag(FLAGS_server);
  const size_t colon = server.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == server.size()) {
    return absl::InvalidArgumentError(
        "--server must be HOST:PORT, such as 127.0.0.1:7700, not \"" + server +
        "\".");
  }
  flags.host = server.substr(0, colon);
  flags.port = server.substr(colon + 1);
  if (flags.host.front() == '[' && flags.host.back() == ']') {
    flags.host = flags.host.substr(1, flags.host.size() - 2);
  }
  return flags;
}

absl::Status Unreachable(const Flags& flags, const error_code& error) {
  return absl::UnavailableError("The chat server at " + flags.host + ":" +
                                flags.port + " cannot be reached (" +
                                error.message() + "). Please try again later");
}

// One connection to the server, from the name to the socket.
void ConnectTcp(boost::asio::io_context& io, const Flags& flags,
                Gateway::OnSocket on_socket) {
  auto resolver = std::make_shared<tcp::resolver>(io);
  resolver->async_resolve(
      flags.host, flags.port,
      [&io, &flags, resolver, on_socket = std::move(on_socket)](
          const error_code& error, const tcp::resolver::results_type& found) {
        if (error) return on_socket(Unreachable(flags, error));
        auto socket = std::make_shared<tcp::socket>(io);
        boost::asio::async_connect(
            *socket, found,
            [&flags, socket, on_socket](const error_code& refused,
                                        const tcp::endpoint&) {
              if (refused) return on_socket(Unreachable(flags, refused));
              error_code ignored;
              socket->set_option(tcp::no_delay(true), ignored);
              on_socket(Link::Socket(std::move(*socket)));
            });
      });
}

int Run(const Flags& flags) {
  boost::asio::io_context io(1);
  // Before anything listens: a signal that comes early is not lost.
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  auto gateway = Gateway::Open(io, flags.gateway,
                               [&io, &flags](Gateway::OnSocket on_socket) {
                                 ConnectTcp(io, flags, std::move(on_socket));
                               });
  if (!gateway.ok()) {
    std::cerr << "chat77-compat: " << gateway.status().message() << "\n";
    return absl::IsInvalidArgument(gateway.status()) ? kUsage : kUnavailable;
  }
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
