// One connection on the server's side: its socket, the wire's connection, and
// its outbox. Belongs to one shard and is used on that shard's thread only.
//
// Reading takes no buffer of its own: the shard lends one large buffer for the
// moment in which bytes are there, and only the beginning of an incomplete
// frame is kept. Reading stops while too many of its requests wait for their
// answer or too much waits to be written, so what one client makes the server
// hold is bounded by kRequestsInFlight, kLargeInFlight and kOwnBytesSoft; what
// others make it hold for a client, by kOwnBytesHard.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include <boost/asio/generic/stream_protocol.hpp>

#include "proto/connection.h"
#include "server/core/ids.h"
#include "server/fanout/outbox.h"

namespace chat77::server {

namespace pb = ::chat77::v1;
class Shard;

class Session : public std::enable_shared_from_this<Session> {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;

  // Replies and private texts held for one client: above the first no more is
  // read from it, above the second it is cut off.
  static constexpr size_t kOwnBytesSoft = 256 * 1024;
  static constexpr size_t kOwnBytesHard = 4 * 1024 * 1024;
  // Requests under way whose replies may be as large as a frame. All of them
  // and the soft limit together stay below the hard one: what a client asked
  // for is no reason to cut it off.
  static constexpr uint32_t kLargeInFlight = 32;
  // A reader that takes no byte for this long is cut off.
  static constexpr absl::Duration kNoProgress = absl::Seconds(30);
  // A closed connection may take this long to read its goodbye.
  static constexpr absl::Duration kLinger = absl::Seconds(5);

  Session(Shard& shard, SessionId id, Socket socket, bool trusted);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Start();

  // From the core, through the shard.
  void Deliver(std::string_view bytes, bool is_reply, bool is_login);
  void JoinRoom();
  void SkipOwn(size_t size);
  void Goodbye(pb::Code code, std::string_view sentence,
               uint32_t retry_after_ms);

  // Writes what it can. Called by the shard once per batch.
  void Flush();
  // Deadlines; called by the shard now and then.
  void Tick(absl::Time now);

  SessionId id() const { return id_; }
  bool joined() const { return outbox_.joined(); }
  bool dirty() const { return dirty_; }
  void set_dirty(bool dirty) { dirty_ = dirty; }

 private:
  void AwaitBytes();
  void Read();
  void Take(std::string_view bytes);
  void OnFrame(const pb::ClientFrame& frame);
  void OnHello(const pb::Hello& hello);
  void Resume();
  bool Choked() const;
  void AfterWire();
  void OnEnd();
  bool WriteSome();
  void AwaitRoom();
  void NoticeProgress(absl::Time now);
  void Drain();
  void TellCoreClosed();
  void Destroy();

  Shard& shard_;
  const SessionId id_;
  Socket socket_;
  wire::ServerConnection connection_;
  Outbox outbox_;
  std::string held_;  // read, but not yet wanted: see Choked()
  absl::Time blocked_since_ = absl::InfiniteFuture();
  absl::Time destroy_at_ = absl::InfiniteFuture();
  int untaken_ = 0;  // bytes in the socket when last looked at
  uint32_t in_flight_ = 0;
  uint32_t large_ = 0;     // of in_flight_ since it was 0
  const bool trusted_;     // may say where its person really is
  bool opened_ = false;    // the core knows it
  bool ended_ = false;     // over; the core knows if it ever knew of it
  bool reading_ = false;   // a wait for bytes is pending
  bool writing_ = false;   // a wait for room is pending
  bool eof_ = false;       // the peer will send no more
  bool waiting_ = false;   // the core is at its password
  bool draining_ = false;  // goodbye is written; what comes is dropped
  bool gone_ = false;      // out of the shard; late handlers do nothing
  bool dirty_ = false;     // in the shard's list for the next flush
};

}  // namespace chat77::server
