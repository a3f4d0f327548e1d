// What a room said, encoded once: frames one behind the other in an
// append-only log, read by any number of cursors (Outbox) and bounded in bytes.
//
// A position is a byte offset since the log began and always stands between
// two frames. A frame never crosses a chunk, so what a reader gets in one piece
// goes out in one write. When the log is over its limit the oldest chunk goes;
// readers still in it have missed something and are told by their outbox.
//
// The idea (shared blocks, a cursor per consumer, trimmed from the head) is
// that of valkey's replication buffer. One thread: each shard has a log of its
// own, so nothing here is shared and nothing is counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

namespace chat77::server {

class RoomLog {
 public:
  // Larger than any frame.
  static constexpr size_t kChunkBytes = 128 * 1024;

  // `limit`: bytes kept, rounded up to whole chunks; at least two are.
  // `next_seq`: of the first message to come.
  RoomLog(size_t limit, uint64_t next_seq);

  // Adds a frame: a message (its seq is next_seq()) or a notice.
  void Append(std::string_view frame, bool is_message);
  // A message goes by that nobody here will read: it takes its seq, and what
  // is held is let go. Only while there is no cursor in this log.
  void PassOver();

  uint64_t begin() const { return begin_; }
  uint64_t end() const { return end_; }
  // The seq of the first message at or after a position that is held.
  uint64_t SeqAt(uint64_t position) const;
  uint64_t next_seq() const { return next_seq_; }
  // Right behind the message `seq`; the beginning of what is held if that is
  // further on.
  uint64_t After(uint64_t seq) const;

  // The bytes from `from` on, up to `until` or the end of the chunk. `from` is
  // within the log, `from` < `until`.
  std::string_view Piece(uint64_t from, uint64_t until) const;

  // The bytes from `from` to the end, if they lie in one piece: nearly always.
  std::string_view Tail(uint64_t from) const {
    if (from < tail_start_) return {};
    return {tail_ + (from - tail_start_), static_cast<size_t>(end_ - from)};
  }

  // The end of the frame that the byte before `position` belongs to, searching
  // from `from`, an earlier position between frames.
  uint64_t FrameEnd(uint64_t from, uint64_t position) const;

  size_t bytes_held() const { return chunks_.size() * kChunkBytes; }

 private:
  struct Chunk {
    uint64_t start = 0;
    uint64_t first_seq = 0;  // of the first message at or after start
    size_t used = 0;
    std::vector<uint32_t> messages;  // offsets where messages begin
    std::unique_ptr<char[]> bytes;
  };

  const Chunk& At(uint64_t position) const;
  void AddChunk();

  size_t max_chunks_;
  std::deque<Chunk> chunks_;
  uint64_t begin_ = 0;
  uint64_t end_ = 0;
  uint64_t next_seq_;
  const char* tail_ = nullptr;  // the last chunk's bytes
  uint64_t tail_start_ = 0;     // and its start
};

}  // namespace chat77::server
