#include "server/net/session.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

#include "proto/request_traits.h"
#include "server/net/address.h"
#include "server/net/shard.h"

namespace chat77::server {
Session::Session(Shard& shard, SessionId id, Descriptor socket,
                 Entrance entrance)
    : shard_(shard),
      id_(id),
      channel_(std::move(socket), entrance.plain_only
                                      ? Channel::Wire::kPlain
                                      : Channel::Wire::kUnknown),
      connection_(shard.options().connection, shard.now()),
      entrance_(entrance) {}

const RoomLog& Session::log() const { return shard_.log(feed_); }

Session::Trouble& Session::trouble() {
  if (trouble_ == nullptr) trouble_ = std::make_unique<Trouble>();
  return *trouble_;
}

void Session::Start() { AwaitBytes(); }

void Session::Watch(uint32_t wanted) {
  if (wanted == watched_ || gone_) return;
  const bool watching =
      shard_.poller().Watch(socket(), *this, watched_, wanted);
  watched_ = wanted;
  if (!watching) Destroy();
}

void Session::Ready(uint32_t events) {
  if (gone_) return;
  if (writing() && (events & ~EPOLLIN) != 0) {
    Watch(watched_ & ~uint32_t{EPOLLOUT});
    Flush();
  }
  if (!gone_ && reading() && (events & ~EPOLLOUT) != 0) Read();
}

// ---- in ------------------------------------------------------------------

void Session::AwaitBytes() {
  if (Listens()) Watch(watched_ | EPOLLIN);
}

// Not now: what comes stays in the kernel, and its sender has to wait.
void Session::StopReading() { Watch(watched_ & ~uint32_t{EPOLLIN}); }

void Session::Read() {
  const bool unready = Unready(), begins = channel_.begins();
  if (begins && !shard_.MayShakeHands()) return;
  const Channel::Input input = channel_.Read(shard_.commons(), draining_);
  if (begins && channel_.wire() == Channel::Wire::kTls) shard_.ShookHands();
  if (input.broken) return Destroy();
  Charge(input.taken, 0);
  if (!input.bytes.empty()) Take(input.bytes);
  if (gone_) return;
  // What TLS itself had to say may not all have been taken.
  if (channel_.unsent() > 0) {
    Settle();
    AwaitRoom();
  }
  if (unready && !gone_ && !Unready()) shard_.MarkDirty(*this);
  if (input.ended && !gone_) {
    eof_ = true;
    StopReading();
    return OnEnd();
  }
  Resume();
}

void Session::Take(std::string_view bytes) {
  bool greeted = false, answered = false;
  const size_t taken = connection_.Receive(
      bytes, shard_.now(), shard_.scratch(), [&](const pb::ClientFrame& frame) {
        // The connection's own answers keep their place
        // before ours.
        const bool spoke = PushScratch();
        (frame.has_hello() ? greeted : answered) |= spoke;
        OnFrame(frame);
        if (Choked()) connection_.Pause();
      });
  answered |= PushScratch();
  Charge(0, connection_.frames());
  // A hello's answer may go with that of the login behind it.
  if (greeted || answered) WriteSoon(/*may_wait=*/waiting_ && !answered);
  if (!connection_.closed() && taken < bytes.size()) {
    trouble().held.assign(bytes.substr(taken));
  }
  AfterWire();
}

void Session::OnFrame(const pb::ClientFrame& frame) {
  if (ended_) return;
  if (frame.has_hello()) return OnHello(frame.hello());
  ++in_flight_;
  const wire::RequestTraits& request = wire::TraitsOf(frame.request_case());
  if (request.large_reply) ++large_;
  if (request.rate == pb::RequestOptions::ATTEMPT) {
    waiting_ = true;
    connection_.Waiting(true, shard_.now());
    if (metered_) shard_.Passed(id_, Passage::kBusy);
  }
  shard_.ToCore(id_, frame);
}

void Session::OnHello(const pb::Hello& hello) {
  Address address = PeerAddress(socket());
  if (!MayBePlain(address.host)) {
    shard_.commons().refusals.Note(Refusals::Kind::kPlain, "TLS is required",
                                   socket());
    return Goodbye(pb::TLS_REQUIRED,
                   "From there this server is reached with TLS only; use a "
                   "client that speaks it.",
                   0);
  }
  if (entrance_.trusted) {
    if (auto forwarded = ParseAddress(hello.forwarded_address())) {
      address = {*forwarded, static_cast<uint16_t>(hello.forwarded_port())};
    }
  }
  if (hello.presence() == pb::PRESENCE_BATCHED) feed_ = Feed::kBatches;
  if (hello.presence() == pb::PRESENCE_NONE) feed_ = Feed::kMessages;
  late_replies_ = (hello.features() & pb::FEATURE_LATE_REPLIES) != 0;
  opened_ = true;
  shard_.ToCore(SessionOpened{
      id_, address.host, address.port,
      (hello.features() & pb::FEATURE_RESUME) != 0, hello.software(),
      shard_.options().unlimited.Contains(address.host)});
}

bool Session::MayBePlain(const std::string& host) const {
  return channel_.wire() == Channel::Wire::kTls || entrance_.plain_ok ||
         entrance_.plain_only || shard_.options().plain_networks.Contains(host);
}

bool Session::Choked() const {
  return overdrawn_ || channel_.unsent() > Channel::kUnsentMost ||
         in_flight_ >= wire::kRequestsInFlight || large_ >= kLargeInFlight ||
         outbox_.own_bytes() > kOwnBytesSoft ||
         (shard_.Strained() && outbox_.own_bytes() > kOwnBytesFair);
}

// For what was read, whatever it was. Closed sessions are only drained.
void Session::Charge(size_t bytes, size_t frames) {
  if (!metered_ || gone_ || bytes + frames == 0) return;
  if (budget_ == nullptr) {
    budget_ =
        std::make_unique<ReadBudget>(shard_.options().reading, logged_in_);
  }
  budget_->Charge(bytes, frames, shard_.now());
  if (overdrawn_ || !budget_->Overdrawn(shard_.now())) return;
  overdrawn_ = true;
  shard_.Slowed();
  shard_.LookSoon(id_);
}

// What was used has come back, or is forgotten when all of it has.
void Session::Recover(absl::Time now) {
  if (budget_ == nullptr) return;
  if (overdrawn_ && !budget_->Overdrawn(now)) {
    overdrawn_ = false;
    shard_.MarkDirty(*this);  // goes on reading
  }
  if (budget_->IsFull(now)) budget_.reset();
}

// Tells the shard how much waits here. Called whenever that may have changed.
void Session::Settle() {
  const size_t own = gone_ ? 0 : outbox_.own_bytes() + channel_.unsent();
  if (own == settled_) return;
  shard_.Owe(static_cast<std::ptrdiff_t>(own) -
             static_cast<std::ptrdiff_t>(settled_));
  settled_ = static_cast<uint32_t>(own);
}

// Goes on with what was read already, then with reading.
void Session::Resume() {
  while (holds() && !Choked() && !gone_ && !connection_.closed()) {
    const std::string held = std::exchange(trouble_->held, {});
    Take(held);
  }
  if (trouble_ != nullptr && trouble_->over()) trouble_.reset();
  if (gone_) return;
  if (Choked() || !Listens()) {
    StopReading();
  } else {
    AwaitBytes();
  }
}

// What the connection itself has to say, into the outbox. False: nothing.
bool Session::PushScratch() {
  std::string& out = shard_.scratch();
  if (out.empty()) return false;
  outbox_.Push(out, log());
  Settle();
  out.clear();
  return true;
}

// At the end of this turn, or, where the client allows it, a moment later.
void Session::WriteSoon(bool may_wait) {
  if (!may_wait || !late_replies_ || !reading() || connection_.closed() ||
      outbox_.own_bytes() > kLateBytes) {
    shard_.MarkDirty(*this);
  } else if (!std::exchange(owes_, true)) {
    owes_since_ = shard_.FlushLater(*this);
  }
}

// The connection may have closed itself, and has put a goodbye in the outbox.
void Session::AfterWire() {
  if (connection_.closed()) {
    TellCoreClosed();
    DestroySoon();
  }
}

void Session::DestroySoon() {
  trouble().destroy_at = std::min(trouble().destroy_at, shard_.now() + kLinger);
  shard_.MarkDirty(*this);
  shard_.LookSoon(id_);
}

// The peer will send no more. What it asked is answered, then it is let go.
void Session::OnEnd() {
  if ((in_flight_ > 0 || holds()) && !connection_.closed()) return;
  TellCoreClosed();
  DestroySoon();
}

// ---- out -----------------------------------------------------------------

void Session::Deliver(std::string_view bytes, DeliveryKind kind) {
  // The goodbye is the last word.
  if (gone_ || connection_.closed()) return;
  outbox_.Push(bytes, log());
  Settle();
  if (shard_.Exhausted() && writing()) return Destroy();
  WriteSoon(kind == DeliveryKind::kLateReply);
  if (kind == DeliveryKind::kLogin) LoggedIn();
  if (kind != DeliveryKind::kEvent) Answered();
}

void Session::LoggedIn() {
  connection_.LoggedIn();
  logged_in_ = true;
  if (!metered_) return;
  shard_.Passed(id_, Passage::kLoggedIn);
  if (budget_ != nullptr) budget_->LoggedIn();
  Recover(shard_.now());
}

void Session::Answered() {
  if (in_flight_ > 0) --in_flight_;
  if (in_flight_ > 0) return;
  large_ = 0;
  if (std::exchange(waiting_, false)) {
    shard_.Touch();  // a core's news may be the first of its turn
    connection_.Waiting(false, shard_.now());
    shard_.LookSoon(id_);
    if (metered_ && !logged_in_) shard_.Passed(id_, Passage::kIdle);
  }
}

void Session::JoinRoom(std::optional<uint64_t> after_seq) {
  if (ended_) return;
  if (!after_seq) return outbox_.Join(log());
  outbox_.Join(log(), *after_seq);
  Settle();
  shard_.MarkDirty(*this);
}

void Session::SkipOwn(size_t size) { outbox_.Skip(size, log()); }

void Session::Goodbye(pb::Code code, std::string_view sentence,
                      uint32_t retry_after_ms) {
  if (gone_ || connection_.closed()) return;
  outbox_.Leave(log());
  std::string& out = shard_.scratch();
  connection_.Close(code, sentence, out, retry_after_ms);
  if (PushScratch()) shard_.MarkDirty(*this);
  AfterWire();
}

void Session::Refuse(pb::Code code, std::string_view sentence,
                     uint32_t retry_after_ms) {
  held_back_ = true;
  Goodbye(code, sentence, retry_after_ms);
  AwaitBytes();
}

bool Session::Due(Outbox::Pieces& pieces) {
  if (watched_ != EPOLLIN || gone_ || trouble_ != nullptr) return false;
  outbox_.Gather(log(), pieces);
  if (pieces.count == 0) return false;
  const size_t plain = pieces.bytes;
  if (!channel_.Seal(pieces, shard_.commons())) return false;
  // What is sealed is the channel's to send.
  if (channel_.unsent() > 0) outbox_.Advance(plain, log());
  return true;
}

void Session::Sent(ssize_t sent) {
  if (channel_.wire() == Channel::Wire::kTls) {
    if (sent > 0) channel_.Sent(static_cast<size_t>(sent));
  } else if (sent > 0) {
    outbox_.Advance(static_cast<size_t>(sent), log());
  }
  Settle();
}

void Session::Wrote(ssize_t sent, size_t offered) {
  dirty_ = false;
  if (sent < 0 && sent != -EAGAIN && sent != -EINTR) return Destroy();
  if (sent != static_cast<ssize_t>(offered)) return AwaitRoom();
  owes_ = false;
  if (!outbox_.Empty(log())) shard_.MarkDirty(*this);
}

void Session::Flush() {
  Outbox::Pieces pieces;
  if (!Due(pieces)) return FlushAll();
  ssize_t sent = channel_.Transmit(pieces);
  if (sent < 0) sent = -errno;
  Sent(sent);
  Wrote(sent, pieces.bytes);
}

void Session::FlushAll() {
  dirty_ = false;
  if (gone_) return;
  // What it has not read by now, a goodbye included, it will not read.
  if (outbox_.own_bytes() > kOwnBytesHard && writing()) return Destroy();
  if (holds() || (!reading() && !eof_)) Resume();
  if (gone_ || writing() || Unready()) return;
  if (!WriteSome()) return;
  // All is written.
  owes_ = false;
  if (trouble_ != nullptr && trouble_->over()) trouble_.reset();
  if (eof_ && !ended_) OnEnd();
  if ((eof_ && ended_) || connection_.closed()) {
    if (!channel_.Finish()) return errno == EAGAIN ? AwaitRoom() : Destroy();
    return eof_ ? Destroy() : Drain();
  }
  if (!reading() && !eof_) Resume();
}

// Closing a socket with unread bytes in it would reset the connection and take
// the goodbye along: say that no more comes, and read until the peer is done.
void Session::Drain() {
  if (std::exchange(draining_, true)) return;
  ::shutdown(socket(), SHUT_WR);
  AwaitBytes();
}

// True when nothing is left to write and the session still lives.
bool Session::WriteSome() {
  for (;;) {
    Outbox::Pieces pieces;
    outbox_.Gather(log(), pieces);
    const ssize_t sent = channel_.Send(pieces, shard_.commons());
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
      Destroy();
      return false;
    }
    if (sent >= 0) outbox_.Advance(static_cast<size_t>(sent), log());
    Settle();
    // What stood in the way, if anything, is gone.
    if (sent >= 0 && trouble_ != nullptr) {
      trouble_->blocked_since = absl::InfiniteFuture();
    }
    if (sent < static_cast<ssize_t>(pieces.bytes) || channel_.unsent() > 0) {
      AwaitRoom();
      return false;
    }
    if (pieces.count == 0 || outbox_.Empty(log())) return true;
  }
}

void Session::AwaitRoom() {
  if (trouble().blocked_since == absl::InfiniteFuture()) {
    trouble().blocked_since = shard_.now();
    shard_.LookSoon(id_);
  }
  if (outbox_.own_bytes() > kOwnBytesHard) return Destroy();
  Watch(watched_ | EPOLLOUT);
}

}  // namespace chat77::server
