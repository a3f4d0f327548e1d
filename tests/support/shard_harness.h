// Sessions on a shard's loop, which the test turns, with their peers at the
// other ends of socket pairs and a core that only writes down what it is told.
// The shard's time passes only in Advance() and Takes().
#pragma once

#include <array>
#include <chrono>
#include <fcntl.h>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "proto/frame_decoder.h"
#include "proto/frame_encoder.h"
#include "server/net/shard.h"
#include "tests/support/fake_clock.h"

namespace chat77::test {

namespace pb = ::chat77::v1;
using server::SessionId;

class ListeningCore : public server::CorePort {
 public:
  void Request(SessionId, const pb::ClientFrame& frame) override {
    requests.push_back(frame.request_id());
  }
  void Happened(server::Event event) override {
    if (const auto* open = std::get_if<server::SessionOpened>(&event)) {
      ++opened;
      last_opened = *open;
    }
    if (const auto* gone = std::get_if<server::SessionClosed>(&event)) {
      ++closed;
      if (on_closed) on_closed(gone->session);
    }
  }

  std::vector<uint64_t> requests;
  int opened = 0;
  server::SessionOpened last_opened;
  int closed = 0;
  std::function<void(SessionId gone)> on_closed;
};

inline std::string Frame(uint64_t id, pb::ClientFrame frame) {
  frame.set_request_id(id);
  std::string bytes;
  wire::AppendFrame(frame, bytes);
  return bytes;
}

inline std::string Hello(uint64_t features = 0,
                         pb::Presence presence = pb::PRESENCE_NOTICES) {
  pb::ClientFrame frame;
  frame.mutable_hello()->set_min_version(1);
  frame.mutable_hello()->set_max_version(1);
  frame.mutable_hello()->set_features(features);
  frame.mutable_hello()->set_presence(presence);
  return Frame(1, frame);
}

inline std::string Bytes(const pb::ServerFrame& frame) {
  std::string bytes;
  wire::AppendFrame(frame, bytes);
  return bytes;
}

inline std::string ReplyOf(uint64_t id, size_t size) {
  pb::ServerFrame frame;
  frame.set_reply_to(id);
  frame.mutable_error()->set_sentence(std::string(size, 'x'));
  return Bytes(frame);
}

inline std::string SaidOf(uint64_t seq, size_t size = 5) {
  pb::ServerFrame frame;
  frame.mutable_said()->set_seq(seq);
  frame.mutable_said()->set_text(std::string(size, 'x'));
  return Bytes(frame);
}

// What somebody heard, in short: "s7" said 7, "r7" reply 7, "m3-5" missed,
// "+ann" joined, "-ann" left, "k" keep-alive, "g203" goodbye.
inline std::string Shorthand(const pb::ServerFrame& frame) {
  if (frame.reply_to() != 0) return "r" + std::to_string(frame.reply_to());
  if (frame.has_said()) return "s" + std::to_string(frame.said().seq());
  if (frame.has_joined()) return "+" + frame.joined().alias();
  if (frame.has_left()) return "-" + frame.left().alias();
  if (frame.has_keep_alive()) return "k";
  if (frame.has_goodbye()) {
    return "g" + std::to_string(frame.goodbye().code());
  }
  if (frame.has_missed()) {
    return "m" + std::to_string(frame.missed().from_seq()) + "-" +
           std::to_string(frame.missed().to_seq());
  }
  return frame.ShortDebugString();
}

// The other end of a session's connection. Never waits.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() { HangUp(); }

  int fd() const { return fd_; }
  // How much of it was taken.
  size_t Send(std::string_view bytes) {
    const ssize_t sent =
        ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 ? 0 : static_cast<size_t>(sent);
  }
  // What has come since the last call.
  std::vector<pb::ServerFrame> Received() {
    std::vector<pb::ServerFrame> frames;
    std::array<char, 65536> buffer;
    for (;;) {
      const ssize_t size =
          ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
      ended_ = ended_ || size == 0;
      if (size <= 0) return frames;
      const auto error =
          decoder_.Receive({buffer.data(), static_cast<size_t>(size)},
                           [&](std::string_view body) {
                             return frames.emplace_back().ParseFromArray(
                                 body.data(), static_cast<int>(body.size()));
                           });
      whole_ = whole_ && error == wire::FrameError::kNone;
    }
  }
  // The same in short, with all that came before.
  const std::vector<std::string>& Heard() {
    for (const pb::ServerFrame& frame : Received()) {
      heard_.push_back(Shorthand(frame));
    }
    return heard_;
  }
  void Forget() {
    Heard();
    heard_.clear();
  }
  // Nothing but whole frames came.
  bool whole() const { return whole_ && decoder_.buffered() == 0; }
  // The session closed the connection; known after Received().
  bool ended() const { return ended_; }
  void HalfClose() { ::shutdown(fd_, SHUT_WR); }
  void HangUp() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
  wire::FrameDecoder decoder_{wire::kFrameBytes * 16};
  std::vector<std::string> heard_;
  bool whole_ = true;
  bool ended_ = false;
};

class ShardHarness {
 public:
  explicit ShardHarness(server::ShardOptions options = {},
                        uint64_t next_seq = 1)
      : options_(On(clock_, std::move(options))), shard_(options_, next_seq) {
    shard_.set_core(&core_);
  }
  static server::ShardOptions On(FakeClock& clock,
                                 server::ShardOptions options) {
    options.clock = &clock;
    return options;
  }

  server::Shard& shard() { return shard_; }
  ListeningCore& core() { return core_; }
  Peer& peer(uint64_t id) { return *peers_.at(id); }

  // A stranger. `buffer`: bytes for what its peer has not read; 0: as usual.
  Peer& Connect(uint64_t id, int buffer = 0, bool metered = false,
                bool trusted = false) {
    int ends[2];
    const int failed =
        ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
    if (failed != 0) std::abort();
    if (buffer > 0) {
      ::setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    }
    return Adopt(id, ends[0], ends[1], metered, trusted);
  }
  Peer& Adopt(uint64_t id, int peer, int session, bool metered = false,
              bool trusted = false) {
    ::fcntl(session, F_SETFL, ::fcntl(session, F_GETFL) | O_NONBLOCK);
    peers_[id] = std::make_unique<Peer>(peer);
    shard_.Add(SessionId{id}, server::Descriptor(session),
               {.trusted = trusted, .plain_ok = true}, metered);
    return *peers_[id];
  }
  // Somebody in the room.
  Peer& Enter(uint64_t id, const std::string& hello = Hello(), int buffer = 0) {
    Connect(id, buffer);
    LogIn(id, hello);
    return peer(id);
  }
  void LogIn(uint64_t id, const std::string& hello = Hello()) {
    peer(id).Send(hello);
    Poll();
    Deliver(id, ReplyOf(2, 0), server::DeliveryKind::kLogin);
    shard_.JoinRoom(SessionId{id});
    Poll();
    peer(id).Forget();
  }

  // What is to be done now; returns how many handlers ran.
  size_t Poll() {
    size_t ran = 0;
    while (ran < 10'000 && shard_.io().poll_one() > 0) ++ran;
    return ran;
  }
  absl::Time Now() const { return clock_.Now(); }
  // Lets the shard's time pass, with what is to be done meanwhile.
  void Advance(absl::Duration time) {
    Poll();
    const absl::Time end = clock_.Now() + time;
    while (clock_.AdvanceToNext(end)) Poll();
  }
  // How much of the shard's time passes until something is so, which is
  // looked at whenever a timer has rung; infinite: it does not become so.
  template <class Condition>
  absl::Duration Takes(Condition condition) {
    Poll();
    const absl::Time start = clock_.Now();
    while (!condition()) {
      if (!clock_.AdvanceToNext(start + absl::Minutes(10))) {
        return absl::InfiniteDuration();
      }
      Poll();
    }
    return clock_.Now() - start;
  }
  // Until something is so that needs no time but the kernel's; false: it did
  // not become so.
  template <class Condition>
  bool TurnUntil(Condition condition) {
    const auto until =
        std::chrono::steady_clock::now() + std::chrono::seconds(30);
    for (;;) {
      Poll();
      if (condition()) return true;
      if (std::chrono::steady_clock::now() > until) return false;
      shard_.io().run_one_for(std::chrono::milliseconds(2));
    }
  }
  // For so many turns, in which little is to be done; returns how many handlers
  // ran. Where something spins, that is as many as there are turns.
  size_t Rest(size_t turns = 100) {
    size_t ran = 0;
    for (size_t i = 0; i < turns; ++i) {
      const size_t ready = shard_.io().poll_one();
      ran += ready > 0 ? ready
                       : shard_.io().run_one_for(std::chrono::milliseconds(1));
    }
    return ran;
  }

  void Deliver(uint64_t id, std::string_view bytes,
               server::DeliveryKind kind = server::DeliveryKind::kReply) {
    shard_.Deliver(SessionId{id}, bytes, kind);
  }
  // The room's next message, for all but `except`.
  uint64_t Say(size_t size = 5, uint64_t except = 0) {
    const uint64_t seq = shard_.log(server::Feed::kMessages).next_seq();
    shard_.TellMessage(SessionId{except}, SaidOf(seq, size));
    return seq;
  }
  void TellLeft(const std::string& alias, size_t size = 0) {
    pb::ServerFrame frame;
    frame.mutable_left()->set_alias(alias + std::string(size, 'x'));
    shard_.TellPresence(SessionId{0}, Bytes(frame), alias, false);
  }

 private:
  FakeClock clock_;
  const server::ShardOptions options_;
  ListeningCore core_;
  server::Shard shard_;
  std::map<uint64_t, std::unique_ptr<Peer>> peers_;
};

}  // namespace chat77::test
