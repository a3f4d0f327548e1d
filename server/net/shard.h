// One I/O thread: an event loop, the connections that live on it, and its own
// copy of what the room said.
//
// Everything here is used on the shard's thread, except Post(). The core has
// one owner (CoreHost), which lives on the first shard's thread; the others
// reach it, and it them, by batches posted from loop to loop. So no session, no
// log and no rule is ever shared between threads.
//
// Writing is put off to the end of a turn of the loop: however many requests
// came in, every reader is written to once.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "server/core/event.h"
#include "server/fanout/room_log.h"
#include "server/net/session.h"
#include "server/net/steady_time.h"

namespace chat77::server {

struct ShardOptions {
  wire::ConnectionOptions connection;
  size_t log_bytes = 16 * 1024 * 1024;
};

// Where a shard's news goes: the core, on whichever thread.
class CorePort {
 public:
  virtual ~CorePort() = default;
  // `frame` is borrowed for the call.
  virtual void Request(SessionId session, const pb::ClientFrame& frame) = 0;
  virtual void Happened(Event event) = 0;
};

class Shard {
 public:
  // `options` must outlive the shard.
  Shard(const ShardOptions& options, uint64_t next_seq);
  ~Shard();

  boost::asio::io_context& io() { return io_; }
  void set_core(CorePort* core) { core_ = core; }

  // Runs the loop: in a thread of its own, or in the caller's.
  void StartThread();
  void Run() { io_.run(); }
  // Ends the loop once nothing is left to do. Any thread.
  void Finish();
  void Join();

  // ---- from the core --------------------------------------------------------
  void Add(SessionId id, Session::Socket socket, bool trusted);
  void Deliver(SessionId to, std::string_view bytes, bool is_reply,
               bool is_login);
  void JoinRoom(SessionId id);
  void TellRoom(SessionId except, std::string_view bytes, bool is_message);
  void CloseSession(SessionId id, pb::Code code, std::string_view sentence,
                    uint32_t retry_after_ms);
  // Says that the server is full; until it is gone it counts in refused().
  void Refuse(SessionId id, std::string_view sentence, uint32_t retry_after_ms);
  // Also those the core has not heard of, or no longer.
  void CloseAll(pb::Code code, std::string_view sentence,
                uint32_t retry_after_ms);

  // ---- for its sessions -----------------------------------------------------
  const ShardOptions& options() const { return options_; }
  const RoomLog& log() const { return log_; }
  std::span<char> read_buffer() { return read_buffer_; }
  // Empty between uses.
  std::string& scratch() { return scratch_; }
  // The steady time of this turn of the loop: for deadlines only.
  absl::Time now() const { return now_; }
  void Touch() { now_ = SteadyNow(); }
  void ToCore(SessionId session, const pb::ClientFrame& frame) {
    core_->Request(session, frame);
  }
  void ToCore(Event event) { core_->Happened(std::move(event)); }
  // Will be flushed at the end of this turn.
  void MarkDirty(Session& session);
  void Remove(SessionId id);

  // Any thread.
  size_t sessions() const { return count_.load(std::memory_order_relaxed); }
  size_t refused() const {
    return refused_count_.load(std::memory_order_relaxed);
  }

 private:
  using WorkGuard =
      boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

  Session* Find(SessionId id);
  void ScheduleFlush();
  void Flush();
  void ArmTick();

  const ShardOptions& options_;
  boost::asio::io_context io_;
  WorkGuard work_;
  boost::asio::steady_timer tick_;
  CorePort* core_ = nullptr;
  RoomLog log_;
  absl::flat_hash_map<SessionId, std::shared_ptr<Session>> sessions_;
  absl::flat_hash_set<SessionId> refused_;
  std::vector<std::shared_ptr<Session>> dirty_;
  std::string scratch_;
  std::vector<char> read_buffer_;
  absl::Time now_ = SteadyNow();
  bool flush_posted_ = false;
  bool log_grew_ = false;
  std::atomic<size_t> count_ = 0;
  std::atomic<size_t> refused_count_ = 0;
  std::thread thread_;
};

}  // namespace chat77::server
