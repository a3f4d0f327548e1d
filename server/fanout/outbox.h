// What one connection is still to be sent: a cursor in its room's log, and
// what is for it alone at its place in that order.
//
// Nothing of the room is copied: a message costs a reader nothing until it is
// written. Frames for this connection alone (replies, private texts) are kept
// here, each marked with the log position it stands at; the connection's own
// messages are marked to be stepped over. A cursor stands between frames at
// all times: when the socket takes only part of a room frame, the rest of that
// one frame is copied here.
//
//   outbox.Push(bytes, log);              outbox.Skip(size, log);
//   outbox.Gather(log, pieces)  ->  write them  ->  outbox.Advance(n, log)
//
// Same thread as its log. The log is passed in, not kept: it is the same for
// every connection of a shard.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"

#include "server/fanout/room_log.h"

namespace chat77::server {

class Outbox {
 public:
  // What one write may carry.
  static constexpr size_t kMaxPieces = 16;
  static constexpr size_t kMaxWriteBytes = 256 * 1024;
  struct Pieces {
    std::array<std::string_view, kMaxPieces> piece;
    size_t count = 0;
    size_t bytes = 0;
  };

  // From the log's end on the room is heard.
  void Join(const RoomLog& log);
  // From the message behind `after_seq` on; what the log has no longer is named
  // by a Missed event.
  void Join(const RoomLog& log, uint64_t after_seq);
  // From the log's end on it is not; what came before still goes out.
  void Leave(const RoomLog& log);
  bool joined() const { return joined_; }

  // Frames for this connection alone, after all that is in the log now.
  void Push(std::string_view bytes, const RoomLog& log);
  // The next `size` bytes to be appended to the log are this connection's own
  // words. Call before they are appended.
  void Skip(size_t size, const RoomLog& log);

  bool Empty(const RoomLog& log) const;

  // The next bytes to write; valid until the next call. If the log has gone
  // past the cursor, a Missed event takes the place of what is lost.
  void Gather(const RoomLog& log, Pieces& pieces) {
    // Nearly always there is one piece of the log and nothing else.
    const std::string_view tail = log.Tail(cursor_);
    if (own_ != nullptr || !joined_ || tail.empty()) {
      return GatherAll(log, pieces);
    }
    pieces.piece[0] = tail;
    pieces.count = 1;
    pieces.bytes = tail.size();
  }
  // `bytes` of what Gather gave were written.
  void Advance(size_t bytes, const RoomLog& log) {
    if (own_ != nullptr || !joined_ || cursor_ + bytes != log.end()) {
      return AdvanceAll(bytes, log);
    }
    cursor_ = log.end();
    next_seq_ = log.next_seq();
  }

  // Bytes held here, not in the log: what must be bounded.
  size_t own_bytes() const {
    return own_ == nullptr ? 0 : own_->bytes.size() - own_->sent;
  }

 private:
  // At `position`: `bytes` of the own bytes, then `skip` of the log unsent.
  struct Mark {
    uint64_t position = 0;
    uint32_t bytes = 0;
    uint32_t skip = 0;
  };
  // What there is for this connection alone; gone when it is written, so that
  // an idle connection holds nothing.
  struct Own {
    std::string bytes;
    uint32_t sent = 0;        // bytes that are gone
    uint32_t first_mark = 0;  // marks before it are done
    absl::InlinedVector<Mark, 2> marks;

    bool marked() const { return first_mark < marks.size(); }
  };

  void GatherAll(const RoomLog& log, Pieces& pieces);
  void AdvanceAll(size_t bytes, const RoomLog& log);
  Own& own();
  Mark& MarkAt(uint64_t position);
  uint64_t HeardUntil(const RoomLog& log) const;
  void CatchUp(const RoomLog& log);
  static size_t AdvanceOwn(Own& own, Mark& mark, size_t bytes);
  void KeepRestOfFrame(uint64_t written_to, const RoomLog& log);
  void DropFirstMark();

  uint64_t cursor_ = 0;    // where the next room byte comes from
  uint64_t next_seq_ = 0;  // the first message not yet written
  uint64_t left_at_ = 0;   // after Leave
  std::unique_ptr<Own> own_;
  bool hears_ = false;   // the cursor means something
  bool joined_ = false;  // hears_, and not left
};

}  // namespace chat77::server
