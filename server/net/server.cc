#include "server/net/server.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <utility>

#include "absl/time/clock.h"
#include <boost/asio/post.hpp>

#include "proto/limits.h"
#include "server/net/address.h"
#include "server/net/steady_time.h"
#include "store/legacy_json/replaceable.h"

namespace chat77::server {
namespace {

using boost::system::error_code;

// Goodbyes may take this long to be read before the server goes without.
constexpr absl::Duration kPartingTime = absl::Seconds(3);
constexpr std::chrono::milliseconds kPartingLook(10);
constexpr uint32_t kComeBackMs = 2000;
// So many more than may come in are told that the server is full.
constexpr size_t kRefusedAtOnce = 100;
constexpr absl::Duration kFullAgain = absl::Minutes(1);  // between two warnings

// Between two looks at what is past its time in the store.
constexpr std::chrono::minutes kTidyPause(1);

uint64_t Random() {
  std::random_device random;
  return static_cast<uint64_t>(random()) << 32 | random();
}

CoreOptions ToCoreOptions(const ServerOptions& options,
                          const store::RoomState& lobby) {
  CoreOptions core;
  // Without history the numbers of this run belong to this run.
  core.epoch = options.history ? lobby.epoch : Random() | 1;
  core.last_seq = lobby.last_seq;
  core.history = options.history;
  core.grace = options.grace;
  core.mailbox_bytes = options.send_bytes / 4;
  core.run = Random() << 32;
  return core;
}

// A log beyond kLogBytes serves nobody: whoever is so far behind reads history.
constexpr size_t kLogBytes = 16 * 1024 * 1024;

ServerOptions WithSizes(ServerOptions options) {
  const size_t threads = std::max<size_t>(1, options.io_threads);
  options.io_threads = threads;
  options.shard.log_bytes =
      std::min(kLogBytes, options.send_bytes / 2 / threads / kFeeds);
  options.shard.own_bytes = options.send_bytes / 4 / threads;
  return options;
}

// Who was online when the server ended and may come back. The logins of all
// others end here.
absl::StatusOr<Restored> Restore(store::Store& store) {
  const auto stays = store.OpenStays();
  if (!stays.ok()) return stays.status();
  const auto pairs = store.OpenPairs();
  if (!pairs.ok()) return pairs.status();
  const absl::StatusOr<int64_t> closed =
      store.CloseOpenConnections(absl::Now(), "server stopped");
  if (!closed.ok()) return closed.status();
  if (*closed > 0) {
    spdlog::warn("start open_logins_closed={} reason=\"server stopped\"",
                 *closed);
  }
  Restored restored;
  for (const store::Stay& stay : *stays) {
    restored.stays.push_back(
        {stay.connection, stay.device, {stay.account, stay.alias}});
  }
  for (const store::PrivatePair& pair : *pairs) {
    restored.pairs.push_back({pair.first, pair.second, pair.first_alias,
                              pair.second_alias,
                              pair.state == store::PairState::kLinked});
  }
  if (!restored.stays.empty()) {
    spdlog::info("start stays={} pairs={}", restored.stays.size(),
                 restored.pairs.size());
  }
  return restored;
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
  absl::StatusOr<Restored> restored = Restore(**store);
  if (!restored.ok()) return restored.status();
  const absl::StatusOr<store::RoomState> lobby =
      (*store)->OpenRoom(wire::kLobby);
  if (!lobby.ok()) return lobby.status();

  std::unique_ptr<Server> server(
      new Server(std::move(options), *std::move(store), *lobby));
  server->core_->Happened(*std::move(restored));
  Server* self = server.get();
  auto listener = Listener::Open(
      self->io(), self->options_.listen,
      [self](Descriptor socket) { self->Accept(std::move(socket)); });
  if (!listener.ok()) return listener.status();
  server->listener_ = *std::move(listener);
  return server;
}

Server::Server(ServerOptions options, std::unique_ptr<store::Store> store,
               const store::RoomState& lobby)
    : options_(WithSizes(std::move(options))) {
  const CoreOptions core = ToCoreOptions(options_, lobby);
  for (size_t i = 0; i < options_.io_threads; ++i) {
    shards_.push_back(
        std::make_unique<Shard>(options_.shard, core.last_seq + 1));
  }
  storage_ = std::make_unique<Storage>(
      std::move(store), options_.storage,
      [this](std::vector<Event> events) { core_->Post(std::move(events)); });
  runner_ = std::make_unique<EffectRunner>(shards_, *storage_,
                                           [this] { AwaitEmpty(); });
  core_ = std::make_unique<CoreHost>(core, *runner_, io());
  tidy_ = std::make_unique<boost::asio::steady_timer>(io());
  ArmTidy();
  shards_[0]->set_core(core_.get());
  shards_[0]->OnEndOfTurn([this] { return runner_->EndTurn(); });
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

void Server::ArmTidy() {
  tidy_->expires_after(kTidyPause);
  tidy_->async_wait([this](error_code error) {
    if (error) return;
    storage_->Tidy(absl::Now());
    ArmTidy();
  });
}

void Server::Accept(Descriptor socket) {
  size_t serving = sessions(), refused = 0;
  for (const auto& shard : shards_) refused += shard->refused();
  serving -= std::min(serving, refused);
  const bool full = serving >= options_.max_connections ||
                    core_->overload() >= Overload::kConnections;
  if (full && refused >= kRefusedAtOnce) return;
  const bool trusted = IsTrusted(socket);
  const size_t shard = next_shard_++ % shards_.size();
  const SessionId id = Place(std::move(socket), trusted, shard);
  if (full) Refuse(id, shard);
}

bool Server::IsTrusted(const Descriptor& socket) const {
  const auto& trusted = options_.trusted_gateways;
  if (trusted.empty()) return false;
  const std::string host = PeerAddress(socket.get()).host;
  return std::find(trusted.begin(), trusted.end(), host) != trusted.end();
}

// A session like others until it has read that: a socket that is closed with a
// hello unread would reset the connection and take the sentence along.
void Server::Refuse(SessionId id, size_t index) {
  const absl::Time now = SteadyNow();
  if (now >= warn_full_at_) {
    spdlog::warn("full max_connections={}", options_.max_connections);
    warn_full_at_ = now + kFullAgain;
  }
  Shard& shard = *shards_[index];
  boost::asio::post(shard.io(), [&shard, id] {
    shard.Refuse(
        id, "The server has as many connections as it may; please try later.",
        kComeBackMs);
  });
}

void Server::AdoptTrusted(int fd) {
  boost::asio::post(io(), [this, fd] {
    const size_t shard = next_shard_++ % shards_.size();
    Place(Descriptor(fd), true, shard);
    if (last_wait_ != nullptr) CloseAll();  // it came too late
  });
}

// The remainder of an id names its shard: see EffectRunner::Route.
SessionId Server::Place(Descriptor socket, bool trusted, size_t index) {
  const SessionId id{++last_session_ * shards_.size() + index};
  Shard& shard = *shards_[index];
  if (index == 0) {
    shard.Add(id, std::move(socket), trusted);
    return id;
  }
  boost::asio::post(shard.io(),
                    [&shard, id, trusted, moved = std::move(socket)]() mutable {
                      shard.Add(id, std::move(moved), trusted);
                    });
  return id;
}

size_t Server::sessions() const {
  size_t all = 0;
  for (const auto& shard : shards_) all += shard->sessions();
  return all;
}

// Also those who have not said hello.
void Server::CloseAll() {
  for (const auto& shard : shards_) {
    boost::asio::post(shard->io(), [&shard = *shard] {
      shard.Touch();
      shard.CloseAll(pb::SERVER_STOPPING,
                     "The server is stopping. Come back soon.", kComeBackMs);
    });
  }
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
    give_up_at_ = SteadyNow() + kPartingTime;
    CloseAll();
  }
  if (sessions() == 0 || SteadyNow() >= give_up_at_) {
    if (stopped_) stopped_();
    return;
  }
  last_wait_->expires_after(kPartingLook);
  last_wait_->async_wait([this](error_code error) {
    if (!error) AwaitEmpty();
  });
}

}  // namespace chat77::server
