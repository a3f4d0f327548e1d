// The simulated shell of the server: the real core, log, outboxes and
// connections, with the order of things that server/net has. Destroying it is
// a crash: whatever was not on disk is gone.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "proto/connection.h"
#include "server/core/chat_core.h"
#include "server/fanout/room_log.h"
#include "server/storage/restore.h"
#include "tests/simulation/context.h"
#include "tests/simulation/sim_session.h"
#include "tests/simulation/sim_storage.h"
#include "tests/simulation/watch.h"

namespace chat77::simulation {

// Where somebody with a device of that name, or an alias, is: people move.
std::string AddressOf(const std::string& name, bool elsewhere);
// Of one of its connections.
std::string AddressOf(const std::string& name, uint64_t session);

class SimServer {
 public:
  struct Options {
    absl::Duration grace = wire::kGrace;
    size_t waiting_bytes = 0;
    bool limited = false;  // by rates, as their defaults are
  };

  // Begins with what the disk has: a restart is the same as a start.
  SimServer(Context& context, Disk& disk, Watch& watch, const Options& options);
  ~SimServer();

  void Accept(std::unique_ptr<Socket> socket);
  // A planned stop; `stopped` is called when all was said.
  void Stop(std::function<void()> stopped);

  const server::ChatCore& core() const { return *core_; }
  const std::map<server::SessionId, std::unique_ptr<SimSession>>& sessions()
      const {
    return sessions_;
  }

  // ---- for its sessions -----------------------------------------------------
  const wire::ConnectionOptions& wire_options() const { return wire_; }
  const server::RoomLog& log() const { return *log_; }
  Context& context() { return context_; }
  absl::Time now() const { return context_.now(); }
  void OnHello(server::SessionId session, const wire::pb::Hello& hello);
  void OnRequest(server::SessionId session, const wire::pb::ClientFrame& frame);
  void OnClosed(server::SessionId session);
  void MarkDirty(server::SessionId session);
  void Remove(server::SessionId session);

 private:
  void Happened(const server::Event& event);
  void Do(server::Send& effect);
  void Do(server::JoinRoom& effect);
  void Do(server::TellRoom& effect);
  void Do(server::CloseSession& effect);
  void Do(server::CheckPassword& effect) { Store(effect); }
  void Do(server::FindDevice& effect) { Store(effect); }
  void Do(server::CreateAccount& effect) { Store(effect); }
  void Do(server::RecordLogin& effect) { Store(effect); }
  void Do(server::RecordLogout& effect) { Store(effect); }
  void Do(server::Append& effect) { Store(effect); }
  void Do(server::SetLink& effect) { Store(effect); }
  void Do(server::MarkRead& effect) { Store(effect); }
  void Do(server::ReadRooms& effect) { Store(effect); }
  void Do(server::FindRequest& effect) { Store(effect); }
  void Do(server::ReadDevices& effect) { Store(effect); }
  void Do(server::RevokeDevice& effect) { Store(effect); }
  void Do(server::FindAccount& effect) { Store(effect); }
  void Do(server::ChangePassword& effect) { Store(effect); }
  void Do(server::SetBlocked& effect) { Store(effect); }
  void Do(server::AddSanction& effect) { Store(effect); }
  void Do(server::LiftSanction& effect) { Store(effect); }
  void Do(server::RecordKick& effect) { Store(effect); }
  void Do(server::MakeAdmin& effect) { Store(effect); }
  void Do(server::AddInvitation& effect) { Store(effect); }
  void Do(server::NewGeneration& effect) { Store(effect); }
  void Do(server::Await& effect);
  void Do(server::ReadHistory& effect) { Store(effect); }
  void Do(server::Stopped& effect);
  template <class Work>
  void Store(const Work& work) {
    storage_->Do(work);
    ScheduleFlush();
  }
  void Restore(const server::Restoration& restoration);
  bool HasReaders() const;
  SimSession* Find(server::SessionId id);
  void ScheduleFlush();
  void Flush();
  void ArmTick();
  void ArmTidy();

  Context& context_;
  Watch& watch_;
  wire::ConnectionOptions wire_;
  std::unique_ptr<server::RoomLog> log_;
  std::unique_ptr<server::ChatCore> core_;
  std::unique_ptr<SimStorage> storage_;
  std::map<server::SessionId, std::unique_ptr<SimSession>> sessions_;
  // Removed in this turn: somebody may still be at work in them.
  std::vector<std::unique_ptr<SimSession>> removed_;
  std::set<server::SessionId> dirty_;
  bool grew_ = false;
  bool flush_posted_ = false;
  uint64_t last_session_ = 0;
  std::function<void()> stopped_;
  Life life_;
};

}  // namespace chat77::simulation
