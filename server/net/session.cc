#include "server/net/session.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

#include "server/net/address.h"
#include "server/net/shard.h"

namespace chat77::server {

using boost::system::error_code;

Session::Session(Shard& shard, SessionId id, Socket socket, bool trusted)
    : shard_(shard),
      id_(id),
      socket_(std::move(socket)),
      connection_(shard.options().connection, shard.now()),
      trusted_(trusted) {}

void Session::Start() {
  error_code ignored;
  socket_.native_non_blocking(true, ignored);
  AwaitBytes();
}

// ---- in ------------------------------------------------------------------

void Session::AwaitBytes() {
  if (reading_ || eof_ || gone_) return;
  if (connection_.closed() && !draining_) return;
  reading_ = true;
  socket_.async_wait(Socket::wait_read,
                     [self = shared_from_this()](error_code error) {
                       self->reading_ = false;
                       if (self->gone_) return;
                       if (error) return self->Destroy();
                       self->shard_.Touch();
                       self->Read();
                     });
}

void Session::Read() {
  const std::span<char> buffer = shard_.read_buffer();
  const ssize_t size =
      ::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
  if (size > 0) {
    if (!draining_) Take({buffer.data(), static_cast<size_t>(size)});
    Resume();
  } else if (size == 0) {
    eof_ = true;
    OnEnd();
  } else if (errno == EAGAIN || errno == EINTR) {
    AwaitBytes();
  } else {
    Destroy();
  }
}

void Session::Take(std::string_view bytes) {
  std::string& out = shard_.scratch();
  const size_t taken = connection_.Receive(
      bytes, shard_.now(), out, [this, &out](const pb::ClientFrame& frame) {
        // The connection's own answers keep their place before ours.
        outbox_.Push(out, shard_.log());
        out.clear();
        OnFrame(frame);
        if (Choked()) connection_.Pause();
      });
  outbox_.Push(out, shard_.log());
  out.clear();
  if (!connection_.closed()) held_.assign(bytes.substr(taken));
  AfterWire();
}

void Session::OnFrame(const pb::ClientFrame& frame) {
  if (ended_) return;
  if (frame.has_hello()) return OnHello(frame.hello());
  ++in_flight_;
  if (frame.has_fetch_history() || frame.has_list_online()) ++large_;
  if (frame.has_login() || frame.has_register_()) {
    waiting_ = true;
    connection_.Waiting(true, shard_.now());
  }
  shard_.ToCore(id_, frame);
}

void Session::OnHello(const pb::Hello& hello) {
  Address address = PeerAddress(socket_);
  if (trusted_) {
    if (auto forwarded = ParseAddress(hello.forwarded_address())) {
      address = {*forwarded, static_cast<uint16_t>(hello.forwarded_port())};
    }
  }
  opened_ = true;
  shard_.ToCore(SessionOpened{id_, address.host, address.port});
}

bool Session::Choked() const {
  return in_flight_ >= wire::kRequestsInFlight || large_ >= kLargeInFlight ||
         outbox_.own_bytes() > kOwnBytesSoft;
}

// Goes on with what was read already, then with reading.
void Session::Resume() {
  while (!held_.empty() && !Choked() && !gone_ && !connection_.closed()) {
    Take(std::exchange(held_, {}));
  }
  if (!Choked()) AwaitBytes();
}

// The connection may have closed itself, and has put a goodbye in the outbox.
void Session::AfterWire() {
  if (!outbox_.Empty(shard_.log())) shard_.MarkDirty(*this);
  if (connection_.closed()) {
    TellCoreClosed();
    destroy_at_ = std::min(destroy_at_, shard_.now() + kLinger);
    shard_.MarkDirty(*this);
  }
}

// The peer will send no more. What it asked is answered, then it is let go.
void Session::OnEnd() {
  if ((in_flight_ > 0 || !held_.empty()) && !connection_.closed()) return;
  TellCoreClosed();
  destroy_at_ = std::min(destroy_at_, shard_.now() + kLinger);
  shard_.MarkDirty(*this);
}

// ---- out -----------------------------------------------------------------

void Session::Deliver(std::string_view bytes, bool is_reply, bool is_login) {
  // The goodbye is the last word.
  if (gone_ || connection_.closed()) return;
  outbox_.Push(bytes, shard_.log());
  shard_.MarkDirty(*this);
  if (is_login) connection_.LoggedIn();
  if (!is_reply) return;
  if (in_flight_ > 0) --in_flight_;
  if (in_flight_ > 0) return;
  large_ = 0;
  if (std::exchange(waiting_, false)) {
    connection_.Waiting(false, shard_.now());
  }
}

void Session::JoinRoom() {
  if (!ended_) outbox_.Join(shard_.log());
}

void Session::SkipOwn(size_t size) { outbox_.Skip(size, shard_.log()); }

void Session::Goodbye(pb::Code code, std::string_view sentence,
                      uint32_t retry_after_ms) {
  if (gone_ || connection_.closed()) return;
  outbox_.Leave(shard_.log());
  std::string& out = shard_.scratch();
  connection_.Close(code, sentence, out, retry_after_ms);
  outbox_.Push(out, shard_.log());
  out.clear();
  AfterWire();
}

void Session::Flush() {
  dirty_ = false;
  if (gone_) return;
  // What it has not read by now, a goodbye included, it will not read.
  if (outbox_.own_bytes() > kOwnBytesHard && writing_) return Destroy();
  if (!held_.empty() || (!reading_ && !eof_)) Resume();
  if (gone_ || writing_) return;
  if (!WriteSome()) return;
  // All is written.
  if (eof_ && !ended_) OnEnd();
  if (eof_ && ended_) return Destroy();
  if (connection_.closed()) return Drain();
  if (!reading_ && !eof_) Resume();
}

// Closing a socket with unread bytes in it would reset the connection and take
// the goodbye along: say that no more comes, and read until the peer is done.
void Session::Drain() {
  if (std::exchange(draining_, true)) return;
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  AwaitBytes();
}

// True when nothing is left to write and the session still lives.
bool Session::WriteSome() {
  for (;;) {
    Outbox::Pieces pieces;
    outbox_.Gather(shard_.log(), pieces);
    if (pieces.count == 0) {
      outbox_.Advance(0, shard_.log());
      return true;
    }
    std::array<iovec, Outbox::kMaxPieces> iov;
    for (size_t i = 0; i < pieces.count; ++i) {
      iov[i] = {const_cast<char*>(pieces.piece[i].data()),
                pieces.piece[i].size()};
    }
    msghdr message{};
    message.msg_iov = iov.data();
    message.msg_iovlen = pieces.count;
    const ssize_t sent = ::sendmsg(socket_.native_handle(), &message,
                                   MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
      Destroy();
      return false;
    }
    if (sent > 0) {
      outbox_.Advance(static_cast<size_t>(sent), shard_.log());
      blocked_since_ = absl::InfiniteFuture();
    }
    if (sent < static_cast<ssize_t>(pieces.bytes)) {
      AwaitRoom();
      return false;
    }
  }
}

void Session::AwaitRoom() {
  if (blocked_since_ == absl::InfiniteFuture()) blocked_since_ = shard_.now();
  if (outbox_.own_bytes() > kOwnBytesHard) return Destroy();
  writing_ = true;
  socket_.async_wait(Socket::wait_write,
                     [self = shared_from_this()](error_code error) {
                       self->writing_ = false;
                       if (self->gone_) return;
                       if (error) return self->Destroy();
                       self->shard_.Touch();
                       self->Flush();
                     });
}

// ---- the end -------------------------------------------------------------

// A full socket can be written again only when a good part of what is in it was
// taken, and that may be megabytes: a slow reader is not a dead one.
void Session::NoticeProgress(absl::Time now) {
  if (blocked_since_ == absl::InfiniteFuture()) return;
  int untaken = 0;
  if (::ioctl(socket_.native_handle(), SIOCOUTQ, &untaken) != 0) return;
  if (untaken < untaken_) blocked_since_ = now;
  untaken_ = untaken;
}

void Session::Tick(absl::Time now) {
  NoticeProgress(now);
  if (now >= destroy_at_ || now >= blocked_since_ + kNoProgress) {
    return Destroy();
  }
  // What we do not read we cannot hear.
  if (Choked() && outbox_.joined()) return;
  if (now < connection_.NextDeadline()) return;
  std::string& out = shard_.scratch();
  connection_.OnDeadline(now, out);
  outbox_.Push(out, shard_.log());
  out.clear();
  AfterWire();
}

void Session::TellCoreClosed() {
  outbox_.Leave(shard_.log());
  if (std::exchange(ended_, true) || !opened_) return;
  shard_.ToCore(SessionClosed{id_});
}

void Session::Destroy() {
  if (std::exchange(gone_, true)) return;
  TellCoreClosed();
  error_code ignored;
  socket_.close(ignored);
  shard_.Remove(id_);
}

}  // namespace chat77::server
