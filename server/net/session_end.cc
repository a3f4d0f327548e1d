// How a session ends: its deadlines, and what it leaves behind.

#include <utility>

#include "server/net/session.h"
#include "server/net/shard.h"

namespace chat77::server {

// A full socket can be written again only when a good part of what is in it was
// taken, and that may be megabytes: a slow reader is not a dead one.
void Session::NoticeProgress(absl::Time now) {
  if (trouble_->blocked_since == absl::InfiniteFuture()) return;
  const int untaken = channel_.Untaken();
  if (untaken < 0) return;
  if (untaken < trouble_->untaken) trouble_->blocked_since = now;
  trouble_->untaken = untaken;
}

absl::Time Session::Tick(absl::Time now) {
  Recover(now);
  if (trouble_ != nullptr) {
    NoticeProgress(now);
    if (now >= trouble_->destroy_at ||
        now >= trouble_->blocked_since + kNoProgress) {
      Destroy();
      return now;
    }
  }
  // What we do not read we cannot hear.
  if (!Choked() || !outbox_.joined()) {
    if (now >= connection_.NextDeadline()) {
      if (channel_.shaking_hands()) {
        shard_.commons().refusals.Note(Refusals::Kind::kHandshake,
                                       "not done in time", socket());
        Destroy();
        return now;
      }
      std::string& out = shard_.scratch();
      connection_.OnDeadline(now, out);
      if (PushScratch()) shard_.MarkDirty(*this);
      AfterWire();
    }
  }
  return trouble_ != nullptr || overdrawn_ ? now : connection_.NextDeadline();
}

void Session::TellCoreClosed() {
  outbox_.Leave(log());
  if (std::exchange(ended_, true) || !opened_) return;
  shard_.ToCore(SessionClosed{id_});
}

void Session::Destroy() {
  if (std::exchange(gone_, true)) return;
  Settle();
  TellCoreClosed();
  channel_.Close();
  shard_.Remove(id_);
}

}  // namespace chat77::server
