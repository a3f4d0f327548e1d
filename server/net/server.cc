#include "server/net/server.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <spdlog/spdlog.h>
#include <utility>

#include "absl/time/clock.h"
#include <boost/asio/post.hpp>

#include "proto/frame_encoder.h"
#include "proto/limits.h"
#include "server/net/address.h"
#include "store/legacy_json/replaceable.h"

namespace chat77::server {
namespace {

using boost::system::error_code;

// Goodbyes may take this long to be read before the server goes without.
constexpr absl::Duration kPartingTime = absl::Seconds(3);
constexpr std::chrono::milliseconds kPartingLook(10);

// Without history the numbers of this run belong to this run.
uint64_t FreshEpoch() {
  std::random_device random;
  return (static_cast<uint64_t>(random()) << 32 | random()) | 1;
}

CoreOptions ToCoreOptions(const ServerOptions& options,
                          const store::RoomState& lobby) {
  return {options.history ? lobby.epoch : FreshEpoch(), lobby.last_seq,
          options.history};
}

void Refuse(Listener::Socket& socket) {
  pb::ServerFrame frame;
  frame.mutable_goodbye()->set_code(pb::SERVER_FULL);
  frame.mutable_goodbye()->set_sentence(
      "The server has as many connections as it may; please try later.");
  std::string bytes;
  wire::AppendFrame(frame, bytes);
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(boost::asio::buffer(bytes), ignored);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Open(ServerOptions options) {
  if (const std::string& json = options.storage.legacy_json; !json.empty()) {
    if (absl::Status status = store::CheckReplaceable(json); !status.ok()) {
      return status;
    }
  }
  absl::StatusOr<std::unique_ptr<store::Store>> store =
      store::OpenStore(options.store);
  if (!store.ok()) return store.status();
  const absl::StatusOr<int64_t> closed =
      (*store)->CloseOpenConnections(absl::Now(), "server stopped");
  if (!closed.ok()) return closed.status();
  if (*closed > 0) {
    spdlog::warn("start open_logins_closed={} reason=\"server stopped\"",
                 *closed);
  }
  const absl::StatusOr<store::RoomState> lobby =
      (*store)->OpenRoom(wire::kLobby);
  if (!lobby.ok()) return lobby.status();

  std::unique_ptr<Server> server(
      new Server(std::move(options), *std::move(store), *lobby));
  Server* self = server.get();
  auto listener = Listener::Open(
      self->io(), self->options_.listen,
      [self]() -> boost::asio::io_context& {
        self->accepting_shard_ = self->next_shard_++ % self->shards_.size();
        return self->shards_[self->accepting_shard_]->io();
      },
      [self](Listener::Socket socket) { self->Accept(std::move(socket)); });
  if (!listener.ok()) return listener.status();
  server->listener_ = *std::move(listener);
  return server;
}

Server::Server(ServerOptions options, std::unique_ptr<store::Store> store,
               const store::RoomState& lobby)
    : options_(std::move(options)) {
  const CoreOptions core = ToCoreOptions(options_, lobby);
  for (size_t i = 0; i < std::max<size_t>(1, options_.io_threads); ++i) {
    shards_.push_back(
        std::make_unique<Shard>(options_.shard, core.last_seq + 1));
  }
  storage_ = std::make_unique<Storage>(
      std::move(store), options_.storage,
      [this](std::vector<Event> events) { core_->Post(std::move(events)); });
  runner_ = std::make_unique<EffectRunner>(shards_, *storage_,
                                           [this] { AwaitEmpty(); });
  core_ = std::make_unique<CoreHost>(core, *runner_, io());
  shards_[0]->set_core(core_.get());
  for (size_t i = 1; i < shards_.size(); ++i) {
    remote_cores_.push_back(std::make_unique<RemoteCore>(*core_, io()));
    shards_[i]->set_core(remote_cores_.back().get());
  }
}

Server::~Server() {
  for (auto& shard : shards_) shard->Finish();
  for (auto& shard : shards_) shard->Join();
  // The store finishes what it was given; its reports find the core's loop
  // stopped and are dropped with it.
  storage_.reset();
}

void Server::Run() {
  for (size_t i = 1; i < shards_.size(); ++i) shards_[i]->StartThread();
  shards_[0]->Run();
}

void Server::Accept(Listener::Socket socket) {
  if (sessions() >= options_.max_connections) return Refuse(socket);
  error_code error;
  socket.set_option(boost::asio::ip::tcp::no_delay(true), error);
  const auto peer = socket.remote_endpoint(error);
  if (error) return;  // gone already
  const std::string host = peer.address().to_string();
  const auto& trusted = options_.trusted_gateways;
  const bool is_trusted =
      std::find(trusted.begin(), trusted.end(), host) != trusted.end();
  Place(Session::Socket(std::move(socket)), is_trusted, accepting_shard_);
}

void Server::AdoptTrusted(int fd) {
  boost::asio::post(io(), [this, fd] {
    const size_t shard = next_shard_++ % shards_.size();
    Session::Socket socket(shards_[shard]->io());
    error_code error;
    socket.assign(Session::Socket::protocol_type(AF_UNIX, 0), fd, error);
    if (error) {
      spdlog::error("gateway error=\"{}\"", error.message());
      return;
    }
    Place(std::move(socket), true, shard);
  });
}

// The remainder of an id names its shard: see EffectRunner::Route.
void Server::Place(Session::Socket socket, bool trusted, size_t index) {
  const SessionId id{++last_session_ * shards_.size() + index};
  Shard& shard = *shards_[index];
  if (index == 0) return shard.Add(id, std::move(socket), trusted);
  boost::asio::post(shard.io(),
                    [&shard, id, trusted, moved = std::move(socket)]() mutable {
                      shard.Add(id, std::move(moved), trusted);
                    });
}

size_t Server::sessions() const {
  size_t all = 0;
  for (const auto& shard : shards_) all += shard->sessions();
  return all;
}

void Server::Stop(std::function<void()> stopped) {
  stopped_ = std::move(stopped);
  listener_->Close();
  core_->Happened(StopRequested{});
}

// Everybody was told; wait until they have read it, within reason.
void Server::AwaitEmpty() {
  if (last_wait_ == nullptr) {
    last_wait_ = std::make_unique<boost::asio::steady_timer>(io());
    give_up_at_ = absl::Now() + kPartingTime;
  }
  if (sessions() == 0 || absl::Now() >= give_up_at_) {
    if (stopped_) stopped_();
    return;
  }
  last_wait_->expires_after(kPartingLook);
  last_wait_->async_wait([this](error_code error) {
    if (!error) AwaitEmpty();
  });
}

}  // namespace chat77::server
