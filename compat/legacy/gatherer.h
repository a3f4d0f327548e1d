// Bytes from a legacy client -> its messages. Finds out which dialect the
// client speaks from its first answer: one with a newline means lines, one
// after which nothing comes for a quiet time means unframed.
//
//   Gatherer g(options);
//   while (!g.full()) g.Receive(bytes, now);      // at most kReadBytes each
//   while (auto input = g.Next(now)) ...          // as the caller wants them
//   at g.NextDeadline(): ask Next() again
//   g.End();                                      // the client sends no more
//
// Pure: no clock, no socket. Not thread-safe. Holds at most message_bytes +
// kReadBytes, if the caller keeps to full(); nothing once all was taken.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "compat/legacy/dialect.h"

namespace chat77::compat::legacy {

struct GathererOptions {
  // Nothing for so long ends a message of an unframed client. Its kernel joins
  // what it sends quickly; a long text comes in several packets.
  absl::Duration quiet_time = absl::Milliseconds(60);
  // A message: a text of kTextBytes with the longest command and name.
  size_t message_bytes = 9 * 1024;
};

struct Input {
  enum class Kind {
    kMessage,   // text: UTF-8 without NUL; one line without its end
    kTooLong,   // a message above the limit was dropped
    kWithheld,  // a private text glued to another message was dropped
  };
  Kind kind = Kind::kMessage;
  std::string text;
};

class Gatherer {
 public:
  static constexpr size_t kReadBytes = 4 * 1024;

  explicit Gatherer(const GathererOptions& options) : options_(options) {}

  void Receive(std::string_view bytes, absl::Time now);
  // No more will come: what there is is complete.
  void End() { ended_ = true; }
  // The name the client writes before its texts; lets merges be told apart.
  void set_alias(std::string alias) { alias_ = std::move(alias); }

  // The next complete message; nothing yet without one. Call it as often as it
  // gives something, at latest when NextDeadline() is over.
  std::optional<Input> Next(absl::Time now);
  // When bytes that wait become a message; InfiniteFuture() if none can.
  absl::Time NextDeadline() const;

  Dialect dialect() const { return dialect_; }
  // Read no more until Next() has made room.
  bool full() const { return buffered() > options_.message_bytes; }
  // End() was called and everything was taken.
  bool drained() const { return ended_ && buffered() == 0 && !too_long_; }
  size_t buffered() const { return buffer_.size() - taken_; }

 private:
  std::string_view waiting() const {
    return std::string_view(buffer_).substr(taken_);
  }
  void Take(size_t bytes);
  void Skip(std::string_view bytes);
  void LimitUnframed();
  std::optional<Input> NextLine();
  std::optional<Input> NextUnframed(absl::Time now);

  GathererOptions options_;
  Dialect dialect_ = Dialect::kUnknown;
  std::string alias_;
  std::string buffer_;
  size_t taken_ = 0;    // bytes at the front of buffer_ that are used up
  size_t settled_ = 0;  // bytes after them known to end with a message's end
  absl::Time heard_ = absl::InfinitePast();
  bool skipping_ = false;  // the rest of a message that is too long
  bool too_long_ = false;  // ... which Next() has to tell yet
  bool withhold_ = false;  // the settled bytes begin with a glued private text
  bool ended_ = false;
};

}  // namespace chat77::compat::legacy
