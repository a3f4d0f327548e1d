#include "server/net/server.h"

#include <algorithm>
#include <chrono>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <utility>

#include "absl/time/clock.h"
#include <boost/asio/post.hpp>

#include "server/net/core_options.h"
#include "server/net/moment_now.h"
#include "server/net/steady_time.h"
#include "server/storage/restore.h"
#include "store/code.h"
#include "store/legacy_json/replaceable.h"

namespace chat77::server {
namespace {

using boost::system::error_code;

// Goodbyes may take this long to be read before the server goes without.
constexpr absl::Duration kPartingTime = absl::Seconds(3);
constexpr std::chrono::milliseconds kPartingLook(10);
constexpr uint32_t kComeBackMs = 2000;
// Between two looks at what is past its time in the store.
constexpr std::chrono::minutes kTidyPause(1);
constexpr uint64_t kTidiesAnHour = 60;

// A log beyond kLogBytes serves nobody: whoever is so far behind reads history.
constexpr size_t kLogBytes = 16 * 1024 * 1024;

// The store that is no file; nor is then the certificate one.
constexpr char kNoFile[] = "memory:";

// What follows from the options that were given.
ServerOptions Completed(ServerOptions options) {
  const size_t threads = std::max<size_t>(1, options.io_threads);
  options.io_threads = threads;
  options.shard.log_bytes =
      std::min(kLogBytes, options.send_bytes / 2 / threads / kFeeds);
  options.shard.own_bytes = options.send_bytes / 2 / threads;
  options.shard.unlimited = options.door.unlimited;
  if (options.store != kNoFile) {
    options.certificate.own = options.store + ".tls.pem";
  }
  return options;
}

// Whoever runs the server may want to go back.
void LogMigration(const store::Migration& migration) {
  spdlog::warn("migrate store=\"{}\" schema={} to={} backup=\"{}\"",
               migration.path, migration.from, migration.to, migration.backup);
}

void LogStart(const Restoration& restoration) {
  if (restoration.closed > 0) {
    spdlog::warn("start open_logins_closed={} reason=\"server stopped\"",
                 restoration.closed);
  }
  const Restored& restored = restoration.restored;
  if (!restored.stays.empty()) {
    spdlog::info("start stays={}", restored.stays.size());
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Open(ServerOptions options) {
  if (const std::string& json = options.storage.legacy_json; !json.empty()) {
    if (absl::Status status = store::CheckReplaceable(json); !status.ok()) {
      return status;
    }
  }
  // Writes touch their indexes all over; reads mostly want what is newest.
  const size_t reader_cache_bytes = options.store_cache_bytes / 4;
  absl::StatusOr<std::unique_ptr<store::Store>> store = store::OpenStore(
      options.store, options.store_cache_bytes - reader_cache_bytes,
      LogMigration);
  if (!store.ok()) return store.status();
  const absl::StatusOr<absl::Time> newest = (*store)->NewestTime();
  if (!newest.ok()) return newest.status();
  const Moment now = MomentNow();
  const Calendar calendar(now, *newest);
  options.storage.calendar = calendar;
  absl::StatusOr<Restoration> restoration = Restore(**store, calendar, now);
  if (!restoration.ok()) return restoration.status();
  LogStart(*restoration);
  const absl::StatusOr<bool> has_admin = (*store)->HasAdmin();
  if (!has_admin.ok()) return has_admin.status();
  if (!*has_admin) options.storage.admin_code = store::NewCode();
  const absl::StatusOr<store::LobbyState> lobby = (*store)->OpenLobby();
  if (!lobby.ok()) return lobby.status();
  const absl::StatusOr<RoomId> last_room = (*store)->LastRoom();
  if (!last_room.ok()) return last_room.status();

  const absl::StatusOr<store::Reader*> reader =
      (*store)->OpenReader(reader_cache_bytes);
  if (!reader.ok()) return reader.status();

  std::unique_ptr<Server> server(new Server(
      std::move(options), *std::move(store), **reader, *lobby, *last_room));
  server->admin_code_ = server->options_.storage.admin_code;
  server->core_->Happened(std::move(restoration->restored));
  if (absl::Status status = server->ServeTls(); !status.ok()) return status;
  if (absl::Status status = server->Listen(); !status.ok()) return status;
  return server;
}

absl::Status Server::Listen() {
  const auto open = [this](const std::string& address, bool plain_ok) {
    return Listener::Open(io(), address, [this, plain_ok](Descriptor socket) {
      Accept(std::move(socket), plain_ok);
    });
  };
  auto listener = open(options_.listen, false);
  if (!listener.ok()) return listener.status();
  listener_ = *std::move(listener);
  if (options_.insecure_listen.empty()) return absl::OkStatus();
  auto insecure = open(options_.insecure_listen, true);
  if (!insecure.ok()) return insecure.status();
  insecure_ = *std::move(insecure);
  spdlog::warn(
      "insecure_listen={}: passwords and messages cross the network there for "
      "anybody to read",
      insecure_->address());
  return absl::OkStatus();
}

Server::Server(ServerOptions options, std::unique_ptr<store::Store> store,
               store::Reader& reader, const store::LobbyState& lobby,
               RoomId last_room)
    : options_(Completed(std::move(options))), door_(options_.door) {
  if (options_.memory_budget > 0) memory_.emplace(options_.memory_budget);
  const CoreOptions core = ToCoreOptions(options_, lobby, last_room);
  for (size_t i = 0; i < options_.io_threads; ++i) {
    shards_.push_back(
        std::make_unique<Shard>(options_.shard, core.last_seq + 1));
    shards_[i]->OnPassage([this, i](SessionId id, Passage passage) {
      OnPassage(id, passage, i);
    });
  }
  storage_ = std::make_unique<Storage>(
      std::move(store), reader, options_.storage,
      [this](std::vector<Event> events) { core_->Post(std::move(events)); });
  runner_ = std::make_unique<EffectRunner>(shards_, *storage_,
                                           [this] { AwaitEmpty(); });
  core_ = std::make_unique<CoreHost>(core, *runner_, io());
  tidy_ = std::make_unique<boost::asio::steady_timer>(io());
  ArmTidy();
  guard_ = std::make_unique<boost::asio::steady_timer>(io());
  ArmGuard();
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
    storage_->Tidy(MomentNow().steady);
    if (++tidied_ % kTidiesAnHour == 0) core_->Happened(HourPassed{});
    ArmTidy();
  });
}

absl::Status Server::ServeTls() {
  const auto certificate =
      tls::LoadCertificate(options_.certificate, absl::Now());
  if (!certificate.ok()) return certificate.status();
  const auto context = tls::TlsContext::Make(*certificate);
  if (!context.ok()) return context.status();
  for (const auto& shard : shards_) {
    boost::asio::post(shard->io(), [&shard = *shard, context = *context] {
      shard.ServeTls(context);
    });
  }
  spdlog::info("tls fingerprint=\"{}\" certificate=\"{}\" expires={}",
               certificate->Fingerprint(), certificate->source,
               absl::FormatTime("%Y-%m-%d", certificate->Expires(),
                                absl::UTCTimeZone()));
  if (certificate->Expires() < absl::Now()) {
    spdlog::warn(
        "tls certificate=\"{}\" has expired; only clients that pinned its key "
        "take it",
        certificate->source);
  }
  return absl::OkStatus();
}

void Server::ReloadCertificate() {
  const auto& files = options_.certificate;
  if (files.certificate.empty() && files.own.empty()) {
    spdlog::info("tls reload=no reason=\"the certificate is in no file\"");
    return;
  }
  const absl::Status status = ServeTls();
  if (status.ok()) {
    spdlog::info("tls reload=done");
  } else {
    spdlog::error("tls reload=failed reason=\"{}\" in_use=\"the one before\"",
                  std::string(status.message()));
  }
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
  if (insecure_ != nullptr) insecure_->Close();
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
