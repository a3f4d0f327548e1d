// One I/O thread: an event loop, the connections that live on it, and its own
// copy of what the room said.
//
// Everything here is used on the shard's thread, except Post(). The core has
// one owner (CoreHost), which lives on the first shard's thread; the others
// reach it, and it them, by batches posted from loop to loop. So no session, no
// log and no rule is ever shared between threads.
//
// Writing is put off to the end of a turn of the loop: however many requests
// came in, every reader is written to once, and the core's own work that leaves
// the thread (the store's, other shards') goes out in one piece just before.
//
// What the room says is kept in up to three logs, by what readers want to hear
// of who comes and goes: each notice, a batch now and then, nothing. A log that
// nobody here reads takes no bytes.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "proto/network.h"
#include "server/core/event.h"
#include "server/fanout/presence_batch.h"
#include "server/fanout/room_log.h"
#include "server/net/clock.h"
#include "server/net/door.h"
#include "server/net/poller.h"
#include "server/net/send_burst.h"
#include "server/net/session.h"

namespace chat77::server {

struct ShardOptions {
  wire::ConnectionOptions connection;
  // Of each log, of which there are kFeeds.
  size_t log_bytes = 16 * 1024 * 1024;
  // What may wait for this shard's connections alone (replies, private texts,
  // cut frames), all together. See Shard::Strained.
  size_t own_bytes = 64 * 1024 * 1024;
  bool io_uring = true;  // for bursts of sends, where there is one
  // What a connection that is metered may send.
  ReadRates reading;
  // Whom the core is told no limits are for.
  wire::NetworkList unlimited;
  // From where connections need not be encrypted.
  wire::NetworkList plain_networks = *wire::NetworkList::Parse("loopback");
  // Outlives the shard and what lives on its loop.
  Clock* clock = &SteadyClock::Instance();
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

  // Called at the end of each turn in which EndTurnSoon() was called, before
  // anything is written. False: nothing is to be written yet; whoever says so
  // calls EndTurnSoon() in a moment.
  void OnEndOfTurn(std::function<bool()> call) {
    end_of_turn_ = std::move(call);
  }
  void EndTurnSoon();

  // Told what metered sessions do, on the shard's thread.
  void OnPassage(std::function<void(SessionId, Passage)> call) {
    on_passage_ = std::move(call);
  }

  // ---- from the core --------------------------------------------------------
  // `socket` does not block.
  void Add(SessionId id, Descriptor socket, Entrance entrance = {},
           bool metered = false);
  // For the connections that begin from now on.
  void ServeTls(std::shared_ptr<const tls::TlsContext> context) {
    commons_.tls = std::move(context);
  }
  void Deliver(SessionId to, std::string_view bytes, DeliveryKind kind);
  void JoinRoom(SessionId id, std::optional<uint64_t> after_seq = std::nullopt);
  // A message, for all but `except`.
  void TellMessage(SessionId except, std::string_view frame);
  // Somebody joined or left: the event's frame, for all but `except`.
  void TellPresence(SessionId except, std::string_view frame,
                    std::string_view alias, bool online);
  void CloseSession(SessionId id, pb::Code code, std::string_view sentence,
                    uint32_t retry_after_ms);
  // Says why it may not come in; until it is gone it counts in refused().
  void Refuse(SessionId id, pb::Code code, std::string_view sentence,
              uint32_t retry_after_ms);
  // The same for one that came in, unless it has logged in meanwhile; when
  // `most` are being refused already, it goes without a word.
  void GiveWay(SessionId id, std::string_view sentence, uint32_t retry_after_ms,
               size_t most);
  // Also those the core has not heard of, or no longer.
  void CloseAll(pb::Code code, std::string_view sentence,
                uint32_t retry_after_ms);

  // ---- for its sessions -----------------------------------------------------
  const ShardOptions& options() const { return options_; }
  const RoomLog& log(Feed feed) const { return room(feed).log; }
  Poller& poller() { return poller_; }
  ChannelCommons& commons() { return commons_; }
  // Empty between uses.
  std::string& scratch() { return scratch_; }
  // The steady time of this turn of the loop: for deadlines only.
  absl::Time now() const { return now_; }
  void Touch() { now_ = options_.clock->Now(); }
  void ToCore(SessionId session, const pb::ClientFrame& frame) {
    core_->Request(session, frame);
  }
  void ToCore(Event event) { core_->Happened(std::move(event)); }
  // Will be flushed at the end of this turn.
  void MarkDirty(Session& session);
  // Will be flushed within two rounds of kLateRound, unless it is before.
  // Returns the round, for Session::OwesSince.
  uint8_t FlushLater(Session& session);
  // What waits for a session alone grew, or shrank.
  void Owe(std::ptrdiff_t change) {
    own_bytes_ =
        static_cast<size_t>(static_cast<std::ptrdiff_t>(own_bytes_) + change);
  }
  // Half of ShardOptions::own_bytes waits: whoever has more than its share is
  // read from no further.
  bool Strained() const { return own_bytes_ > options_.own_bytes / 2; }
  // All of it: a session that takes nothing gets nothing more.
  bool Exhausted() const { return own_bytes_ > options_.own_bytes; }
  size_t own_bytes() const { return own_bytes_; }
  // A step of a TLS handshake takes a good part of a millisecond, and who talks
  // would wait for all that strangers begin: between two rounds of everybody
  // else there is one. False: not now, the poller will tell again.
  bool MayShakeHands();
  void ShookHands() { shook_hands_ = true; }
  // Its deadline may be nearer now: Tick it in the next look.
  void LookSoon(SessionId id);
  void Passed(SessionId id, Passage passage) {
    if (on_passage_) on_passage_(id, passage);
  }
  // It is read from no further for a while: counted, for the log.
  void Slowed() { ++slowed_; }
  void Remove(SessionId id);

  // Any thread.
  size_t sessions() const { return count_.load(std::memory_order_relaxed); }
  size_t refused() const {
    return refused_count_.load(std::memory_order_relaxed);
  }

 private:
  using WorkGuard =
      boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

  // A feed's log and those who read it, nullptr where one went away.
  struct Room {
    RoomLog log;
    std::vector<Session*> readers;
    size_t gaps = 0;
    bool grew = false;
  };
  struct Entry {
    std::unique_ptr<Session> session;
    int64_t look_at = 0;  // the first round of the tick that looks at it
  };

  const Room& room(Feed feed) const {
    return rooms_[static_cast<size_t>(feed)];
  }
  Room& room(Feed feed) { return rooms_[static_cast<size_t>(feed)]; }
  static bool HasReaders(const Room& room) {
    return room.readers.size() > room.gaps;
  }
  bool Serve(std::span<const epoll_event> found);
  Session* Find(SessionId id);
  void Append(Room& room, std::string_view frame, bool is_message);
  void ScheduleFlush();
  void Flush();
  void FlushReaders(Room& room);
  void FlushDirty();
  static void CloseGaps(Room& room);
  void OnTick();
  void Look();
  void ArmLate();
  void FlushLate();
  void FlushBatch();

  const ShardOptions& options_;
  boost::asio::io_context io_;
  WorkGuard work_;
  Poller poller_;
  const std::unique_ptr<Timer> tick_;
  const std::unique_ptr<Timer> late_timer_;
  const std::unique_ptr<Timer> batch_timer_;
  CorePort* core_ = nullptr;
  std::function<bool()> end_of_turn_;
  std::function<void(SessionId, Passage)> on_passage_;
  std::array<Room, kFeeds> rooms_;
  PresenceBatch batch_;
  absl::flat_hash_map<SessionId, Entry> sessions_;
  absl::flat_hash_set<SessionId> refused_;
  SendBurst burst_;
  std::vector<Session*> dirty_;
  std::vector<Session*> flushed_;  // those of this flush
  // Removed in this turn: somebody may still point at them.
  std::vector<std::unique_ptr<Session>> removed_;
  std::array<std::vector<SessionId>, 2> late_;  // by parity of the round
  std::string scratch_;
  ChannelCommons commons_;
  size_t own_bytes_ = 0;  // of all sessions' outboxes
  absl::Time now_ = options_.clock->Now();
  size_t slowed_ = 0;  // since the last tick
  int64_t look_ = 0;   // rounds of the tick so far
  uint8_t late_round_ = 0;
  bool late_armed_ = false;
  bool shook_hands_ = false;  // somebody, in this look of the poller's
  bool put_off_ = false;      // somebody else was
  bool flush_posted_ = false;
  bool flushing_readers_ = false;
  bool turn_ends_ = false;
  bool held_ = false;  // end_of_turn_ said so
  std::atomic<size_t> count_ = 0;
  std::atomic<size_t> refused_count_ = 0;
  std::thread thread_;
};

}  // namespace chat77::server
