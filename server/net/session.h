// One connection on the server's side: its socket, the wire's connection, and
// its outbox. Belongs to one shard and is used on that shard's thread only.
//
// Reading takes no buffer of its own: the shard lends one large buffer for the
// moment in which bytes are there, and only the beginning of an incomplete
// frame is kept. Reading stops while too many of its requests wait for their
// answer or too much waits to be written, so what one client makes the server
// hold is bounded by kRequestsInFlight, kLargeInFlight and kOwnBytesSoft; what
// others make it hold for a client, by kOwnBytesHard; and all of a shard's
// together by ShardOptions::own_bytes. How much of one is read at all, asked or
// not, right or wrong, is bounded by ReadBudget, if limits are for its address.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/epoll.h>

#include "absl/time/time.h"

#include "proto/connection.h"
#include "server/core/ids.h"
#include "server/fanout/outbox.h"
#include "server/net/channel.h"
#include "server/net/descriptor.h"
#include "server/net/read_budget.h"

namespace chat77::server {

namespace pb = ::chat77::v1;
class Shard;

// What a session hears of who comes and goes beside the messages: a log each.
enum class Feed : uint8_t { kNotices, kBatches, kMessages };
inline constexpr size_t kFeeds = 3;

// What a frame for one session is to it.
enum class DeliveryKind : uint8_t {
  kEvent,
  kReply,
  kLateReply,  // may wait a moment for company, if the client allows it
  kLogin,      // the reply to a login
};

// What the place where a connection came in says of it.
struct Entrance {
  bool trusted = false;     // may say where its person really is
  bool plain_ok = false;    // need not be encrypted, wherever it comes from
  bool plain_only = false;  // never is: a socket pair within the process
};

// What is needed only in trouble lives in Trouble, so that an idle session is
// small (tests/bench/FINDINGS.md counts its bytes).
class Session {
 public:
  static constexpr uint32_t kNoPlace = ~uint32_t{0};
  // Replies and private texts held for one client: above the first no more is
  // read from it, above the second it is cut off.
  static constexpr size_t kOwnBytesSoft = 256 * 1024;
  static constexpr size_t kOwnBytesHard = 4 * 1024 * 1024;
  // What each may have of a shard that has too much.
  static constexpr size_t kOwnBytesFair = 16 * 1024;
  // Requests under way whose replies may be as large as a frame. All of them
  // and the soft limit together stay below the hard one: what a client asked
  // for is no reason to cut it off.
  static constexpr uint32_t kLargeInFlight = 32;
  // A reader that takes no byte for this long is cut off.
  static constexpr absl::Duration kNoProgress = absl::Seconds(30);
  // A closed connection may take this long to read its goodbye.
  static constexpr absl::Duration kLinger = absl::Seconds(5);
  // Replies that may come late do so only up to this much.
  static constexpr size_t kLateBytes = 4 * 1024;

  // `socket` does not block.
  Session(Shard& shard, SessionId id, Descriptor socket, Entrance entrance);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Before Start(): it is one of those the limits by address and rate are for.
  void Meter() { metered_ = true; }
  void Start();

  // From the core, through the shard.
  void Deliver(std::string_view bytes, DeliveryKind kind);
  void JoinRoom(std::optional<uint64_t> after_seq = std::nullopt);
  void SkipOwn(size_t size);
  void Goodbye(pb::Code code, std::string_view sentence,
               uint32_t retry_after_ms);
  // The same at the door: said when the first bytes have told how.
  void Refuse(pb::Code code, std::string_view sentence,
              uint32_t retry_after_ms);

  // Nobody has logged in on it, or is about to.
  bool stranger() const { return !logged_in_ && !waiting_; }
  bool metered() const { return metered_; }
  // Ends it without a word.
  void Cut() { Destroy(); }

  // Writes what it can. Called by the shard once per batch.
  void Flush();
  // For a shard that writes to many at once: what is due, if sending it is all
  // there is to be done; else false, and Flush() does what there is. Sent() and
  // then Wrote() are told what came of sending it: bytes or -errno. Sent() has
  // no effect on others; Wrote() may end the session, which has.
  bool Due(Outbox::Pieces& pieces);
  void Sent(ssize_t sent);
  void Wrote(ssize_t sent, size_t offered);

  // From the poller.
  void Ready(uint32_t events);

  // Looks at the deadlines. Returns when to look again, at the latest.
  absl::Time Tick(absl::Time now);

  SessionId id() const { return id_; }
  int socket() const { return channel_.socket(); }
  Feed feed() const { return feed_; }
  bool joined() const { return outbox_.joined(); }
  bool dirty() const { return dirty_; }
  void set_dirty(bool dirty) { dirty_ = dirty; }
  // Its place among the feed's readers.
  uint32_t place() const { return place_; }
  void set_place(uint32_t place) { place_ = place; }
  // A reply has waited since that round of the shard's.
  bool OwesSince(uint8_t round) const { return owes_ && owes_since_ == round; }

 private:
  // What only a session in trouble needs.
  struct Trouble {
    std::string held;  // read, but not yet wanted: see Choked()
    absl::Time blocked_since = absl::InfiniteFuture();
    absl::Time destroy_at = absl::InfiniteFuture();
    int untaken = 0;  // bytes in the socket when last looked at

    bool over() const {
      return held.empty() && blocked_since == absl::InfiniteFuture() &&
             destroy_at == absl::InfiniteFuture();
    }
  };

  const RoomLog& log() const;
  Trouble& trouble();
  // Nothing can be said yet.
  bool Unready() const {
    return channel_.shaking_hands() ||
           (held_back_ && channel_.wire() == Channel::Wire::kUnknown);
  }
  // Something of what may come is wanted.
  bool Listens() const {
    return !eof_ && (!connection_.closed() || draining_ || Unready());
  }
  bool MayBePlain(const std::string& host) const;
  bool holds() const { return trouble_ != nullptr && !trouble_->held.empty(); }
  void Watch(uint32_t wanted);
  bool reading() const { return (watched_ & EPOLLIN) != 0; }
  bool writing() const { return (watched_ & EPOLLOUT) != 0; }
  void AwaitBytes();
  void StopReading();
  void Read();
  void Take(std::string_view bytes);
  void OnFrame(const pb::ClientFrame& frame);
  void OnHello(const pb::Hello& hello);
  void Resume();
  bool Choked() const;
  void Charge(size_t bytes, size_t frames);
  void Recover(absl::Time now);
  bool PushScratch();
  void Settle();
  void WriteSoon(bool may_wait);
  void AfterWire();
  void LoggedIn();
  void Answered();
  void DestroySoon();
  void OnEnd();
  void FlushAll();
  bool WriteSome();
  void AwaitRoom();
  void NoticeProgress(absl::Time now);
  void Drain();
  void TellCoreClosed();
  void Destroy();

  Shard& shard_;
  const SessionId id_;
  Channel channel_;
  wire::ServerConnection connection_;
  Outbox outbox_;
  std::unique_ptr<Trouble> trouble_;
  std::unique_ptr<ReadBudget> budget_;  // while something is missing from it
  uint32_t watched_ = 0;                // what the poller watches it for
  uint32_t place_ = kNoPlace;
  uint32_t settled_ = 0;  // own bytes the shard knows of
  uint16_t in_flight_ = 0;
  uint16_t large_ = 0;  // of in_flight_ since it was 0
  Feed feed_ = Feed::kNotices;
  uint8_t owes_since_ = 0;
  bool owes_ = false;          // a late reply is in the outbox
  bool late_replies_ = false;  // the client allows them
  const Entrance entrance_;
  bool metered_ = false;    // limits of address and rate are for it
  bool logged_in_ = false;  // somebody has, on it
  bool overdrawn_ = false;  // its budget is: it is not read from
  bool held_back_ = false;  // refused at the door: see Refuse()
  bool opened_ = false;     // the core knows it
  bool ended_ = false;      // over; the core knows if it ever knew of it
  bool eof_ = false;        // the peer will send no more
  bool waiting_ = false;    // the core is at its password
  bool draining_ = false;   // goodbye is written; what comes is dropped
  bool gone_ = false;       // out of the shard; late handlers do nothing
  bool dirty_ = false;      // in the shard's list for the next flush
};

}  // namespace chat77::server
