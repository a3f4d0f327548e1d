#include "server/built_in_gateway.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <boost/asio/post.hpp>

#include "server/thread_name.h"

namespace chat77::server {
namespace {

absl::StatusOr<client::Link::Socket> Connect(boost::asio::io_context& io,
                                             Server& server) {
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

}  // namespace

absl::StatusOr<std::unique_ptr<BuiltInGateway>> BuiltInGateway::Start(
    const Config& config, Server& server) {
  std::unique_ptr<BuiltInGateway> built(new BuiltInGateway);
  compat::GatewayOptions options;
  options.listen = config.compat_listen;
  options.max_connections = config.compat_connections;
  options.allow = config.compat_allow;
  options.strangers = config.compat_strangers;
  options.unlimited = config.server.door.unlimited;
  auto gateway = compat::Gateway::Open(
      built->io_, options,
      [io = &built->io_, &server](const compat::Gateway::OnSocket& done) {
        done(Connect(*io, server));
      });
  if (!gateway.ok()) return gateway.status();
  built->gateway_ = *std::move(gateway);
  built->gateway_->OnRefused([](const compat::Gateway::Refused& refused) {
    spdlog::warn(
        "compat refused not_allowed={} strangers={} full={} gave_way={}",
        refused.not_allowed, refused.strangers, refused.full, refused.gave_way);
  });
  built->thread_ = std::thread([io = &built->io_] {
    NameThread("gateway");
    io->run();
  });
  return built;
}

BuiltInGateway::~BuiltInGateway() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void BuiltInGateway::Stop(std::function<void()> stopped) {
  boost::asio::post(
      io_, [this, stopped = std::move(stopped)] { gateway_->Stop(stopped); });
}

}  // namespace chat77::server
