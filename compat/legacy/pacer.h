// What is to be written to one legacy client: which messages share a write,
// and when the next write may go.
//
// To an unframed client each read is one message, so a write has at most
// kUnframedBytes, and a pause stands between two: longer after AUTH_SUCCESS,
// when the client starts its threads. What it merely prints (texts, notices,
// replies) may share a write, joined by newlines; a control message and
// each step of the login stand alone. To a client of lines everything goes at
// once. While the dialect is unknown a message carries its newline, which an
// unframed client forgives in the greeting.
//
// The queue is bounded: beyond max_queue_bytes the oldest texts are dropped,
// then the oldest replies, and the client is told how many, in their place.
// Where only control messages are left to drop, overflowed() turns true and the
// connection should end: a client without them would lie to its user.
//
// Pure: no clock, no socket. Not thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "compat/legacy/dialect.h"
#include "compat/legacy/message.h"

namespace chat77::compat::legacy {

struct PacerOptions {
  absl::Duration gap = absl::Milliseconds(50);
  absl::Duration gap_after_welcome = absl::Milliseconds(150);
  size_t max_queue_bytes = 64 * 1024;
};

class Pacer {
 public:
  static constexpr size_t kUnframedBytes = 1024;

  explicit Pacer(const PacerOptions& options) : options_(options) {}

  void set_dialect(Dialect dialect) {
    dialect_ = dialect;
    if (dialect == Dialect::kLines) not_before_ = absl::InfinitePast();
  }
  void Push(const Message& message);

  // When Take() will give something: InfinitePast() if it would at once,
  // InfiniteFuture() if nothing waits.
  absl::Time NextWrite() const;
  // What to write now; empty if nothing is due. The caller writes all of it,
  // then calls Written(), then asks again.
  std::string Take(absl::Time now);
  void Written(absl::Time now);

  bool empty() const { return queue_.empty() && dropped_ == 0; }
  // Bytes that wait, with what it costs to hold them.
  size_t queued() const { return queued_; }
  // Of these, what the client itself has caused: while it does not take that,
  // it should not be asked for more.
  size_t queued_replies() const { return queued_replies_; }
  bool overflowed() const { return overflowed_; }

 private:
  // The pieces of one message, or, for lines, the message.
  struct Entry {
    Message::Role role;
    std::deque<std::string> pieces;
    size_t cost;
    bool started = false;  // a piece was taken: it is no more dropped
  };

  void Enqueue(const Message& message, bool front);
  bool DropOldest(Message::Role role);
  void Forget(const Entry& entry);
  void TellDropped();
  std::string TakeLines();
  std::string TakeOne();
  std::string TakeUnframed();

  PacerOptions options_;
  Dialect dialect_ = Dialect::kUnknown;
  std::deque<Entry> queue_;
  size_t queued_ = 0;
  size_t queued_replies_ = 0;
  size_t dropped_ = 0;  // messages, not told yet
  bool overflowed_ = false;
  bool long_gap_ = false;
  absl::Time not_before_ = absl::InfinitePast();
};

}  // namespace chat77::compat::legacy
