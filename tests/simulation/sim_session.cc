#include "tests/simulation/sim_session.h"

#include <algorithm>
#include <utility>

#include "proto/limits.h"
#include "proto/request_traits.h"
#include "tests/simulation/sim_server.h"

namespace chat77::simulation {

namespace pb = wire::pb;

SimSession::SimSession(SimServer& server, server::SessionId id,
                       std::unique_ptr<Socket> socket)
    : server_(server),
      id_(id),
      socket_(std::move(socket)),
      connection_(server.wire_options(), server.now()) {}

void SimSession::Start() {
  socket_->Handle({
      [this](std::string_view bytes) {
        if (gone_ || draining_) return;
        Take(bytes);
        Resume();
      },
      [this] { Flush(); },
      [this](bool reset) { OnEnd(reset); },
  });
}

// ---- in -------------------------------------------------------------------

void SimSession::Take(std::string_view bytes) {
  if (!held_.empty() || Choked()) {
    held_.append(bytes);
    return;
  }
  const size_t taken = connection_.Receive(
      bytes, server_.now(), scratch_, [this](const pb::ClientFrame& frame) {
        // The connection's own answers keep their place before ours.
        PushScratch();
        OnFrame(frame);
        if (Choked()) connection_.Pause();
      });
  if (PushScratch()) server_.MarkDirty(id_);
  if (!connection_.closed() && taken < bytes.size()) {
    held_.assign(bytes.substr(taken));
  }
  AfterWire();
}

void SimSession::OnFrame(const pb::ClientFrame& frame) {
  if (ended_) return;
  if (frame.has_hello()) {
    opened_ = true;
    server_.OnHello(id_, frame.hello());
    return;
  }
  ++in_flight_;
  if (wire::TraitsOf(frame.request_case()).rate ==
      pb::RequestOptions::ATTEMPT) {
    waiting_ = true;
    connection_.Waiting(true, server_.now());
  }
  server_.OnRequest(id_, frame);
}

bool SimSession::Choked() const {
  return in_flight_ >= wire::kRequestsInFlight ||
         outbox_.own_bytes() > kOwnBytesSoft;
}

void SimSession::Resume() {
  while (!held_.empty() && !Choked() && !gone_ && !connection_.closed()) {
    const std::string held = std::exchange(held_, {});
    Take(held);
  }
  if (!gone_) socket_->Freeze(Choked() && !draining_);
}

bool SimSession::PushScratch() {
  if (scratch_.empty()) return false;
  outbox_.Push(scratch_, server_.log());
  scratch_.clear();
  server_.MarkDirty(id_);
  return true;
}

void SimSession::AfterWire() {
  if (!connection_.closed()) return;
  TellCoreClosed();
  DestroySoon();
}

void SimSession::DestroySoon() {
  destroy_at_ = std::min(destroy_at_, server_.now() + kLinger);
  server_.MarkDirty(id_);
}

// The peer will send no more. What it asked is answered, then it is let go.
void SimSession::OnEnd(bool reset) {
  if (gone_) return;
  if (reset) return Destroy();
  eof_ = true;
  if ((in_flight_ > 0 || !held_.empty()) && !connection_.closed()) return;
  TellCoreClosed();
  DestroySoon();
}

// ---- out ------------------------------------------------------------------

void SimSession::Deliver(std::string_view bytes, Delivery kind) {
  if (gone_ || connection_.closed()) return;
  outbox_.Push(bytes, server_.log());
  server_.MarkDirty(id_);
  if (kind == Delivery::kLogin) connection_.LoggedIn();
  if (kind != Delivery::kEvent) Answered();
}

void SimSession::Answered() {
  if (in_flight_ > 0) --in_flight_;
  if (in_flight_ > 0) return;
  if (std::exchange(waiting_, false)) {
    connection_.Waiting(false, server_.now());
  }
}

void SimSession::JoinRoom(std::optional<uint64_t> after_seq) {
  if (ended_) return;
  reads_ = true;
  if (!after_seq) return outbox_.Join(server_.log());
  outbox_.Join(server_.log(), *after_seq);
  server_.MarkDirty(id_);
}

void SimSession::SkipOwn(size_t size) { outbox_.Skip(size, server_.log()); }

void SimSession::Goodbye(pb::Code code, std::string_view sentence,
                         uint32_t retry_after_ms) {
  if (gone_ || connection_.closed()) return;
  outbox_.Leave(server_.log());
  connection_.Close(code, sentence, scratch_, retry_after_ms);
  PushScratch();
  AfterWire();
}

void SimSession::Flush() {
  if (gone_) return;
  if (!held_.empty() && !Choked()) Resume();
  if (gone_) return;
  const server::RoomLog& log = server_.log();
  for (;;) {
    server::Outbox::Pieces pieces;
    outbox_.Gather(log, pieces);
    if (pieces.count == 0) break;
    std::string bytes;
    for (size_t i = 0; i < pieces.count; ++i) bytes.append(pieces.piece[i]);
    const size_t sent = socket_->Write(bytes);
    outbox_.Advance(sent, log);
    if (sent > 0) blocked_since_ = absl::InfiniteFuture();
    if (sent < bytes.size()) {
      blocked_since_ = std::min(blocked_since_, server_.now());
      if (outbox_.own_bytes() > kOwnBytesHard) Destroy();
      return;
    }
    if (outbox_.Empty(log)) break;
  }
  if (eof_ && !ended_) OnEnd(false);
  if (eof_ && ended_) return Destroy();
  if (connection_.closed()) {
    if (std::exchange(draining_, true)) return;
    socket_->FinishWriting();
    socket_->Freeze(false);
    return;
  }
  Resume();
}

// ---- the end --------------------------------------------------------------

void SimSession::NoticeProgress(absl::Time now) {
  if (blocked_since_ == absl::InfiniteFuture()) return;
  const size_t untaken = socket_->unsent();
  if (untaken < untaken_) blocked_since_ = now;
  untaken_ = untaken;
}

void SimSession::Tick(absl::Time now) {
  NoticeProgress(now);
  if (now >= destroy_at_ || now >= blocked_since_ + kNoProgress) {
    if (now < destroy_at_) server_.context().Count("slow_closed");
    return Destroy();
  }
  // What we do not read we cannot hear.
  if (Choked() && outbox_.joined()) return;
  if (now < connection_.NextDeadline()) return;
  connection_.OnDeadline(now, scratch_);
  PushScratch();
  AfterWire();
}

void SimSession::TellCoreClosed() {
  outbox_.Leave(server_.log());
  if (std::exchange(ended_, true) || !opened_) return;
  server_.OnClosed(id_);
}

void SimSession::Destroy() {
  if (std::exchange(gone_, true)) return;
  TellCoreClosed();
  server_.Remove(id_);
}

}  // namespace chat77::simulation
