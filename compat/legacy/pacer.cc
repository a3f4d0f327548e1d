#include "compat/legacy/pacer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "compat/legacy/text.h"

namespace chat77::compat::legacy {
namespace {

bool MayShare(Message::Role role) {
  return role == Message::Role::kReply || role == Message::Role::kText;
}

bool IsReply(Message::Role role) {
  return role == Message::Role::kReply || role == Message::Role::kLogin;
}

}  // namespace

void Pacer::Enqueue(const Message& message, bool front) {
  Entry entry{message.role(), {}, sizeof(Entry) + message.text().size()};
  if (dialect_ == Dialect::kLines) {
    entry.pieces.push_back(message.text());
  } else {
    std::vector<std::string> pieces = message.Pieces(kUnframedBytes);
    std::move(pieces.begin(), pieces.end(), std::back_inserter(entry.pieces));
  }
  queued_ += entry.cost;
  if (IsReply(entry.role)) queued_replies_ += entry.cost;
  queue_.insert(front ? queue_.begin() : queue_.end(), std::move(entry));
}

void Pacer::Push(const Message& message) {
  Enqueue(message, /*front=*/false);
  while (queued_ > options_.max_queue_bytes) {
    if (DropOldest(Message::Role::kText)) continue;
    if (DropOldest(Message::Role::kReply)) continue;
    overflowed_ = true;
    return;
  }
}

bool Pacer::DropOldest(Message::Role role) {
  const auto oldest =
      std::find_if(queue_.begin(), queue_.end(), [role](const Entry& entry) {
        return entry.role == role && !entry.started;
      });
  if (oldest == queue_.end()) return false;
  Forget(*oldest);
  queue_.erase(oldest);
  ++dropped_;
  return true;
}

void Pacer::Forget(const Entry& entry) {
  queued_ -= entry.cost;
  if (IsReply(entry.role)) queued_replies_ -= entry.cost;
}

absl::Time Pacer::NextWrite() const {
  return empty() ? absl::InfiniteFuture() : not_before_;
}

// In the place of what was dropped: before everything that is still whole and
// no step of the login.
void Pacer::TellDropped() {
  if (dropped_ == 0) return;
  if (!queue_.empty() &&
      (queue_.front().started || queue_.front().role == Message::Role::kLogin ||
       queue_.front().role == Message::Role::kWelcome)) {
    return;
  }
  const size_t dropped = std::exchange(dropped_, 0);
  Enqueue(Message::Info(
              Cat(dropped, dropped == 1 ? " message was" : " messages were",
                  " left out, because more came than this client can take")),
          /*front=*/true);
}

std::string Pacer::Take(absl::Time now) {
  if (empty() || now < not_before_) return "";
  TellDropped();
  switch (dialect_) {
    case Dialect::kLines:
      return TakeLines();
    case Dialect::kUnknown:
      return Cat(TakeOne(), "\n");
    case Dialect::kUnframed:
      return TakeUnframed();
  }
  return "";
}

std::string Pacer::TakeLines() {
  std::string out;
  while (!queue_.empty()) out += TakeOne() += '\n';
  return out;
}

// One piece off the front.
std::string Pacer::TakeOne() {
  Entry& entry = queue_.front();
  std::string piece = std::move(entry.pieces.front());
  entry.pieces.pop_front();
  entry.started = true;
  long_gap_ = entry.role == Message::Role::kWelcome;
  if (entry.pieces.empty()) {
    Forget(entry);
    queue_.pop_front();
  }
  return piece;
}

std::string Pacer::TakeUnframed() {
  const bool shares = MayShare(queue_.front().role);
  std::string out = TakeOne();
  while (shares && !queue_.empty() && MayShare(queue_.front().role) &&
         out.size() + 1 + queue_.front().pieces.front().size() <=
             kUnframedBytes) {
    out += Cat("\n", TakeOne());
  }
  return out;
}

void Pacer::Written(absl::Time now) {
  if (dialect_ == Dialect::kLines) return;
  not_before_ = now + (long_gap_ ? options_.gap_after_welcome : options_.gap);
}

}  // namespace chat77::compat::legacy
