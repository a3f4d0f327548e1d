// chat77d: the server and, in front of it, the text gateway.
//
// Threads: this one runs the core, the first shard and the signals; further
// shards, the store, two for passwords, and one for the gateway run beside it.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include "compat/gateway.h"
#include "proto/command_line.h"
#include "proto/steady_time.h"
#include "server/config.h"
#include "server/net/server.h"

namespace chat77::server {
namespace {

// sysexits.h
constexpr int kUsage = 64;
constexpr int kUnavailable = 69;

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "chat77d: %s\n", std::string(status.message()).c_str());
  if (store::IsStoreInUse(status)) return 75;
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return kUsage;
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kFailedPrecondition:
      return 66;
    case absl::StatusCode::kAborted:  // Listener, Gateway
      return kUnavailable;
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

// The built-in gateway: its own loop and thread, and a socket pair for each of
// its clients, so that pacing and parsing text never delay native clients.
class BuiltInGateway {
 public:
  static absl::StatusOr<std::unique_ptr<BuiltInGateway>> Start(
      const Config& config, Server& server) {
    std::unique_ptr<BuiltInGateway> built(new BuiltInGateway);
    compat::GatewayOptions options;
    options.listen = config.compat_listen;
    options.max_connections = config.compat_connections;
    auto gateway = compat::Gateway::Open(
        built->io_, options,
        [io = &built->io_, &server](const compat::Gateway::OnSocket& done) {
          done(Connect(*io, server));
        });
    if (!gateway.ok()) return gateway.status();
    built->gateway_ = *std::move(gateway);
    built->thread_ = std::thread([io = &built->io_] { io->run(); });
    return built;
  }

  ~BuiltInGateway() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  std::string address() const { return gateway_->address(); }

  // Any thread; `stopped` is called on the gateway's.
  void Stop(std::function<void()> stopped) {
    boost::asio::post(
        io_, [this, stopped = std::move(stopped)] { gateway_->Stop(stopped); });
  }

 private:
  BuiltInGateway() : io_(1), work_(io_.get_executor()) {}

  static absl::StatusOr<client::Link::Socket> Connect(
      boost::asio::io_context& io, Server& server) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
      return absl::ResourceExhaustedError(
          "The server has no descriptors left; please try again later.");
    }
    client::Link::Socket socket(io);
    boost::system::error_code error;
    socket.assign(client::Link::Socket::protocol_type(AF_UNIX, 0), ends[0],
                  error);
    if (error) {
      close(ends[0]);
      close(ends[1]);
      return absl::ResourceExhaustedError(
          "The server cannot take more connections; please try again later.");
    }
    server.AdoptTrusted(ends[1]);
    return socket;
  }

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type>
      work_;
  std::unique_ptr<compat::Gateway> gateway_;
  std::thread thread_;
};

// Who asks again does not want to wait for the goodbyes. Nothing acknowledged
// is lost: the next start closes the logins that are open in the log.
void AwaitSecondSignal(boost::asio::signal_set& signals, absl::Time first) {
  signals.async_wait(
      [&signals, first](boost::system::error_code error, int signal) {
        if (error) return;
        // Shells and timeout(1) signal the process and its group, too.
        if (wire::SteadyNow() < first + absl::Seconds(1)) {
          return AwaitSecondSignal(signals, first);
        }
        spdlog::warn("stop signal={} waiting=no", signal);
        std::_Exit(128 + signal);
      });
}

int Serve(const Config& config) {
  absl::StatusOr<std::unique_ptr<Server>> opened = Server::Open(config.server);
  if (!opened.ok()) return Fail(opened.status());
  Server& server = **opened;
  std::unique_ptr<BuiltInGateway> gateway;
  if (!config.compat_listen.empty()) {
    auto started = BuiltInGateway::Start(config, server);
    if (!started.ok()) {
      Fail(started.status());
      return absl::IsInvalidArgument(started.status()) ? kUsage : kUnavailable;
    }
    gateway = *std::move(started);
  }

  const auto finish = [&server] { server.io().stop(); };
  boost::asio::signal_set signals(server.io(), SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code error, int signal) {
    if (error) return;
    spdlog::info("stop signal={}", signal);
    AwaitSecondSignal(signals, wire::SteadyNow());
    server.Stop([&] {
      if (gateway == nullptr) return finish();
      gateway->Stop(finish);
    });
  });

  spdlog::info("start store=\"{}\" history={} io_threads={}",
               config.server.store, config.server.history ? "on" : "off",
               config.server.io_threads);
  std::printf("listening native=%s compat=%s\n", server.address().c_str(),
              gateway ? gateway->address().c_str() : "off");
  std::fflush(stdout);
  server.Run();
  gateway.reset();
  spdlog::info("stopped");
  return EXIT_SUCCESS;
}

}  // namespace

int Main(int argc, char** argv) {
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
  RaiseDescriptorLimit();
  if (config->server.storage.password_cost == store::PasswordCost::kMin) {
    spdlog::warn(
        "password_cost=min: new passwords are hashed for load tests only and "
        "are easy to guess from a stolen store");
  }
  return Serve(*config);
}

}  // namespace chat77::server

int main(int argc, char** argv) { return chat77::server::Main(argc, argv); }
