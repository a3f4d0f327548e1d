#include "tests/simulation/sim_server.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "proto/frame_encoder.h"
#include "proto/limits.h"
#include "proto/request_traits.h"

namespace chat77::simulation {
namespace {

namespace pb = wire::pb;

constexpr uint32_t kFullAgainMs = 2000;
// The least a log can have: readers are to fall behind.
constexpr size_t kLogBytes = 1;
constexpr absl::Duration kTick = absl::Seconds(1);
constexpr absl::Duration kTidyPause = absl::Seconds(20);

Delivery KindOf(const pb::ServerFrame& frame) {
  if (frame.reply_to() == 0) return Delivery::kEvent;
  return wire::TraitsOfReply(frame.body_case()).logs_in ? Delivery::kLogin
                                                        : Delivery::kReply;
}

}  // namespace

std::string AddressOf(const std::string& name, bool elsewhere) {
  return absl::StrCat(elsewhere ? "198.51.100." : "192.0.2.",
                      1 + name.at(0) - 'a');
}

std::string AddressOf(const std::string& name, uint64_t session) {
  return AddressOf(name, session % 3 == 0);
}

SimServer::SimServer(Context& context, Disk& disk, Watch& watch,
                     const Options& options)
    : context_(context), watch_(watch) {
  const store::LobbyState lobby = *disk.store->OpenLobby();
  server::CoreOptions core;
  core.epoch = 77;  // the store's is random
  core.last_seq = lobby.last_seq;
  core.direct_epoch = 78;
  core.last_room = *disk.store->LastRoom();
  core.grace = options.grace;
  core.waiting_bytes = options.waiting_bytes;
  if (options.limited) {
    core.request_rates.emplace();
    core.login_rates.emplace();
  }
  core_ = std::make_unique<server::ChatCore>(core);
  log_ = std::make_unique<server::RoomLog>(kLogBytes, lobby.last_seq + 1);
  const server::Moment start = context_.server_now();
  const server::Calendar calendar(start, *disk.store->NewestTime());
  storage_ = std::make_unique<SimStorage>(
      context_, disk, calendar, [this](std::vector<server::Event> events) {
        for (const server::Event& event : events) Happened(event);
      });
  Restore(*server::Restore(*disk.store, calendar, start));
  ArmTick();
  ArmTidy();
}

void SimServer::Restore(const server::Restoration& restoration) {
  const server::Restored& restored = restoration.restored;
  context_.Count("restored_stays", restored.stays.size());
  Happened(restored);
}

SimServer::~SimServer() {
  for (auto& [id, session] : sessions_) session->Reset();
}

void SimServer::Accept(std::unique_ptr<Socket> socket) {
  const server::SessionId id{++last_session_};
  auto session = std::make_unique<SimSession>(*this, id, std::move(socket));
  SimSession& started = *session;
  sessions_[id] = std::move(session);
  if (core_->overload() >= server::Overload::kConnections) {
    context_.Count("refused_full");
    return started.Goodbye(pb::SERVER_FULL, "The server is full.",
                           kFullAgainMs);
  }
  started.Start();
}

void SimServer::Stop(std::function<void()> stopped) {
  stopped_ = std::move(stopped);
  Happened(server::StopRequested{});
}

void SimServer::ArmTick() {
  context_.queue.After(kTick, life_.Bound([this] {
    std::vector<server::SessionId> ids;
    for (const auto& [id, session] : sessions_) ids.push_back(id);
    for (const server::SessionId id : ids) {
      if (SimSession* session = Find(id)) session->Tick(now());
    }
    ArmTick();
  }));
}

// Of the store, and of what has grown too old in the core.
void SimServer::ArmTidy() {
  context_.queue.After(kTidyPause, life_.Bound([this] {
    storage_->Tidy(context_.server_now().steady);
    Happened(server::HourPassed{});
    ArmTidy();
  }));
}

SimSession* SimServer::Find(server::SessionId id) {
  const auto entry = sessions_.find(id);
  return entry == sessions_.end() ? nullptr : entry->second.get();
}

void SimServer::OnHello(server::SessionId session, const pb::Hello& hello) {
  watch_.OnServerHello(session, hello.software());
  Happened(server::SessionOpened{
      session, AddressOf(hello.software(), session.value),
      static_cast<uint16_t>(session.value % 60000 + 1),
      (hello.features() & pb::FEATURE_RESUME) != 0, hello.software()});
}

void SimServer::OnRequest(server::SessionId session,
                          const pb::ClientFrame& frame) {
  watch_.OnServerRequest(session, frame);
  Happened(server::SessionRequested{session, &frame});
}

void SimServer::OnClosed(server::SessionId session) {
  watch_.OnServerClosed(session);
  Happened(server::SessionClosed{session});
}

void SimServer::MarkDirty(server::SessionId session) {
  dirty_.insert(session);
  ScheduleFlush();
}

void SimServer::Remove(server::SessionId id) {
  const auto entry = sessions_.find(id);
  if (entry == sessions_.end()) return;
  removed_.push_back(std::move(entry->second));
  sessions_.erase(entry);
  ScheduleFlush();
}

// ---- effects --------------------------------------------------------------

void SimServer::Happened(const server::Event& event) {
  server::Effects effects;
  core_->Handle(event, context_.server_now(), effects);
  for (server::Effect& effect : effects) {
    std::visit([this](auto& what) { Do(what); }, effect);
  }
}

void SimServer::Do(server::Send& effect) {
  if (!effect.to) return;
  watch_.OnServerSends(effect.to, effect.frame);
  std::string bytes;
  wire::AppendFrame(effect.frame, bytes);
  if (SimSession* session = Find(effect.to)) {
    session->Deliver(bytes, KindOf(effect.frame));
  }
}

void SimServer::Do(server::JoinRoom& effect) {
  if (effect.after_seq) context_.Count("replays");
  if (SimSession* session = Find(effect.session)) {
    session->JoinRoom(effect.after_seq);
  }
}

void SimServer::Do(server::TellRoom& effect) {
  watch_.OnServerTells(effect.frame);
  std::string bytes;
  wire::AppendFrame(effect.frame, bytes);
  if (SimSession* session = Find(effect.except)) session->SkipOwn(bytes.size());
  if (HasReaders()) {
    log_->Append(bytes, effect.seq != 0);
    grew_ = true;
    ScheduleFlush();
  } else if (effect.seq != 0) {
    log_->PassOver();
  }
}

// Somebody has a cursor in the log.
bool SimServer::HasReaders() const {
  return std::any_of(sessions_.begin(), sessions_.end(),
                     [](const auto& entry) { return entry.second->reads(); });
}

void SimServer::Do(server::Await& effect) {
  context_.queue.After(effect.duration,
                       life_.Bound([this, token = effect.token] {
                         Happened(server::Elapsed{token});
                       }));
}

void SimServer::Do(server::CloseSession& effect) {
  if (SimSession* session = Find(effect.session)) {
    watch_.OnServerDismisses(effect.session, effect.code);
    session->Goodbye(effect.code, effect.sentence, effect.retry_after_ms);
  }
}

void SimServer::Do(server::Stopped&) {
  // What waits to be written has its linger to go out.
  context_.queue.After(SimSession::kLinger,
                       life_.Bound([this] { stopped_(); }));
}

// ---- the end of a turn ----------------------------------------------------

void SimServer::ScheduleFlush() {
  if (std::exchange(flush_posted_, true)) return;
  // Behind everything that is ready now.
  context_.queue.After(absl::ZeroDuration(), life_.Bound([this] { Flush(); }));
}

void SimServer::Flush() {
  flush_posted_ = false;
  storage_->HandOver();
  std::set<server::SessionId> due = std::exchange(dirty_, {});
  if (std::exchange(grew_, false)) {
    for (const auto& [id, session] : sessions_) {
      if (session->joined()) due.insert(id);
    }
  }
  for (const server::SessionId id : due) {
    if (SimSession* session = Find(id)) session->Flush();
  }
  removed_.clear();
}

}  // namespace chat77::simulation
