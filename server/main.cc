// chat77d: the server and, in front of it, the text gateway.
//
// Threads: this one runs the core, the first shard and the signals; further
// shards, the store, two for passwords, and one for the gateway run beside it.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <google/protobuf/stubs/logging.h>
#include <malloc.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include <boost/asio/signal_set.hpp>

#include "proto/command_line.h"
#include "server/built_in_gateway.h"
#include "server/config.h"
#include "server/net/server.h"
#include "server/net/steady_time.h"
#include "server/privileges.h"

namespace chat77::server {
namespace {

// The exit codes of --help (those of sysexits.h).
int Fail(const absl::Status& status) {
  std::fprintf(stderr, "chat77d: %s\n", std::string(status.message()).c_str());
  if (store::IsStoreInUse(status)) return 75;
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return 64;
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kFailedPrecondition:
      return 66;
    case absl::StatusCode::kAborted:  // Listener, Gateway
      return 69;
    default:
      return 73;
  }
}

// Each connection is a descriptor: ask for as many as the system allows.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    spdlog::warn("start descriptors={}", limit.rlim_cur);
  }
}

// Before anything is opened: nothing that root made is in the way later, and
// nothing that strangers reach ever runs as root. Both default ports are free
// for anybody.
absl::Status DropPrivileges(const Config& config) {
  if (!config.user.empty()) return BecomeUser(config.user);
  if (IsRoot()) {
    spdlog::warn(
        "running as root, which nothing here needs: give --user, or start it "
        "as somebody else");
  }
  return absl::OkStatus();
}

// Memory that one thread gives back should serve the others and the system:
// few arenas, and large blocks of their own.
void TameAllocator(const Config& config) {
  mallopt(M_ARENA_MAX, static_cast<int>(1 + config.server.io_threads));
  mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
}

// Who asks again does not want to wait for the goodbyes. Nothing acknowledged
// is lost: the next start closes the logins that are open in the log.
void AwaitSecondSignal(boost::asio::signal_set& signals, absl::Time first) {
  signals.async_wait(
      [&signals, first](boost::system::error_code error, int signal) {
        if (error) return;
        // Shells and timeout(1) signal the process and its group, too.
        if (SteadyNow() < first + absl::Seconds(1)) {
          return AwaitSecondSignal(signals, first);
        }
        spdlog::warn("stop signal={} waiting=no", signal);
        std::_Exit(128 + signal);
      });
}

// SIGHUP: the certificate's files are new.
void AwaitReload(boost::asio::signal_set& signals, Server& server) {
  signals.async_wait([&](boost::system::error_code error, int) {
    if (error) return;
    server.ReloadCertificate();
    AwaitReload(signals, server);
  });
}

// How bursts of sends go out, and why not otherwise.
std::string WaySent(const Config& config) {
  if (!config.server.shard.io_uring) return "one by one";
  const auto why_not = SendBurst::WhyNot();
  if (!why_not.has_value()) return "io_uring";
  return "one by one, for io_uring says: " + *why_not;
}

int Serve(const Config& config) {
  absl::StatusOr<std::unique_ptr<Server>> opened = Server::Open(config.server);
  if (!opened.ok()) return Fail(opened.status());
  Server& server = **opened;
  std::unique_ptr<BuiltInGateway> gateway;
  if (!config.compat_listen.empty()) {
    auto started = BuiltInGateway::Start(config, server);
    if (!started.ok()) return Fail(started.status());
    gateway = *std::move(started);
    spdlog::info("compat encrypted=never allow=\"{}\"",
                 config.compat_allow_text);
  }

  const auto finish = [&server] { server.io().stop(); };
  boost::asio::signal_set signals(server.io(), SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code error, int signal) {
    if (error) return;
    spdlog::info("stop signal={}", signal);
    AwaitSecondSignal(signals, SteadyNow());
    server.Stop([&] {
      if (gateway == nullptr) return finish();
      gateway->Stop(finish);
    });
  });

  boost::asio::signal_set reload(server.io(), SIGHUP);
  AwaitReload(reload, server);

  spdlog::info("start store=\"{}\" history={} io_threads={} sends=\"{}\"",
               config.server.store, config.server.history ? "on" : "off",
               config.server.io_threads, WaySent(config));
  if (!server.admin_code().empty()) {
    std::fprintf(
        stderr,
        "chat77d: nobody is an admin yet. To become one, log in with a "
        "native client and type: /claim %s\n",
        server.admin_code().c_str());
  }
  std::string line =
      absl::StrCat("listening native=", server.address(),
                   " compat=", gateway ? gateway->address() : "off");
  if (const std::string insecure = server.insecure_address();
      !insecure.empty()) {
    absl::StrAppend(&line, " insecure=", insecure);
  }
  std::puts(line.c_str());
  std::fflush(stdout);
  server.Run();
  gateway.reset();
  spdlog::info("stopped");
  return EXIT_SUCCESS;
}

}  // namespace

int Main(int argc, char** argv) {
  // What is made here is nobody else's.
  ::umask(077);
  if (wire::WantsHelp(argc, argv)) {
    std::fputs(HelpText().c_str(), stdout);
    return EXIT_SUCCESS;
  }
  const absl::StatusOr<Config> config = ReadConfig(argc, argv);
  if (!config.ok()) return Fail(config.status());

  // Standard output is for the line that says where it listens.
  spdlog::set_default_logger(spdlog::stderr_color_mt("chat77d"));
  spdlog::set_level(spdlog::level::from_str(config->log_level));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  std::signal(SIGPIPE, SIG_IGN);
  // A bad frame is answered; protobuf's own line about each, on standard error,
  // would be a stranger's way to fill the log.
  google::protobuf::SetLogHandler(nullptr);
  RaiseDescriptorLimit();
  TameAllocator(*config);
  if (absl::Status status = DropPrivileges(*config); !status.ok()) {
    Fail(status);
    return 77;
  }
  if (config->server.storage.password_cost == store::PasswordCost::kMin) {
    spdlog::warn(
        "password_cost=min: new passwords are hashed for load tests only and "
        "are easy to guess from a stolen store");
  }
  return Serve(*config);
}

}  // namespace chat77::server

int main(int argc, char** argv) { return chat77::server::Main(argc, argv); }
