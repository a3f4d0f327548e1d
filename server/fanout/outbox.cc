#include "server/fanout/outbox.h"

#include <algorithm>

#include "chat77/v1/envelope.pb.h"
#include "proto/frame_encoder.h"
#include "proto/limits.h"

namespace chat77::server {
namespace {

// What is done with is cut off the front only when it is this much: a cursor
// that never quite catches up must not let the done part grow.
constexpr size_t kCompactBytes = 16 * 1024;
constexpr size_t kCompactMarks = 64;

std::string MissedFrame(uint64_t from_seq, uint64_t to_seq) {
  chat77::v1::ServerFrame frame;
  chat77::v1::Missed& missed = *frame.mutable_missed();
  missed.set_room(wire::kLobby);
  missed.set_from_seq(from_seq);
  missed.set_to_seq(to_seq);
  std::string bytes;
  wire::AppendFrame(frame, bytes);
  return bytes;
}

}  // namespace

void Outbox::Join(const RoomLog& log) {
  hears_ = joined_ = true;
  cursor_ = log.end();
  next_seq_ = log.next_seq();
  // What waits already comes first.
  for (Mark& mark : marks_) mark.position = cursor_;
}

void Outbox::Leave(const RoomLog& log) {
  if (!joined_) return;
  joined_ = false;
  left_at_ = log.end();
}

uint64_t Outbox::HeardUntil(const RoomLog& log) const {
  if (!hears_) return cursor_;
  return joined_ ? log.end() : left_at_;
}

// The mark that reaches `position`, or a new one there. Skipped bytes emit
// nothing, so what stands behind a skip may as well stand before it.
Outbox::Mark& Outbox::MarkAt(uint64_t position) {
  if (marks_.size() > first_mark_) {
    Mark& last = marks_.back();
    if (last.position + last.skip == position) return last;
  }
  return marks_.emplace_back(Mark{position, 0, 0});
}

void Outbox::Push(std::string_view bytes, const RoomLog& log) {
  if (bytes.empty()) return;
  MarkAt(HeardUntil(log)).bytes += static_cast<uint32_t>(bytes.size());
  own_.append(bytes);
}

void Outbox::Skip(size_t size, const RoomLog& log) {
  if (!joined_) return;
  MarkAt(log.end()).skip += static_cast<uint32_t>(size);
}

bool Outbox::Empty(const RoomLog& log) const {
  return own_bytes() == 0 && cursor_ == HeardUntil(log);
}

// The log was trimmed past the cursor: its own bytes are still owed, the room's
// are replaced by a word on what was missed.
void Outbox::CatchUp(const RoomLog& log) {
  const uint64_t begin = std::min(log.begin(), HeardUntil(log));
  if (!hears_ || cursor_ >= begin) return;
  Mark owed{begin, 0, 0};
  size_t at = first_mark_;
  for (; at < marks_.size() && marks_[at].position < begin; ++at) {
    owed.bytes += marks_[at].bytes;
    const uint64_t end = marks_[at].position + marks_[at].skip;
    if (end > begin) owed.skip = static_cast<uint32_t>(end - begin);
  }
  const uint64_t next = joined_ ? log.SeqAt(begin) : next_seq_;
  const std::string missed = MissedFrame(next_seq_, next - 1);
  own_.insert(own_sent_ + owed.bytes, missed);
  owed.bytes += static_cast<uint32_t>(missed.size());
  marks_.erase(marks_.begin(), marks_.begin() + static_cast<ptrdiff_t>(at));
  marks_.insert(marks_.begin(), owed);
  first_mark_ = 0;
  cursor_ = begin;
  next_seq_ = next;
}

void Outbox::Gather(const RoomLog& log, Pieces& pieces) {
  CatchUp(log);
  pieces.count = pieces.bytes = 0;
  uint64_t at = cursor_;
  size_t own_at = own_sent_;
  size_t mark = first_mark_;
  const uint64_t until = HeardUntil(log);
  const auto add = [&](std::string_view piece) {
    pieces.piece[pieces.count++] = piece;
    pieces.bytes += piece.size();
  };
  while (pieces.count < kMaxPieces && pieces.bytes < kMaxWriteBytes) {
    const bool marked = mark < marks_.size();
    if (marked && marks_[mark].position == at) {
      const Mark& here = marks_[mark++];
      if (here.bytes > 0) {
        add(std::string_view(own_).substr(own_at, here.bytes));
        own_at += here.bytes;
      }
      at += here.skip;
      continue;
    }
    const uint64_t stop = marked ? marks_[mark].position : until;
    if (at >= stop) break;
    const std::string_view piece = log.Piece(at, stop);
    add(piece);
    at += piece.size();
  }
}

void Outbox::Advance(size_t bytes, const RoomLog& log) {
  const uint64_t until = HeardUntil(log);
  for (;;) {
    const bool marked = first_mark_ < marks_.size();
    if (marked && marks_[first_mark_].position == cursor_) {
      Mark& mark = marks_[first_mark_];
      bytes -= AdvanceOwn(mark, bytes);
      if (mark.bytes > 0) break;
      cursor_ += mark.skip;
      DropFirstMark();
      continue;
    }
    if (bytes == 0) break;
    const uint64_t stop = marked ? marks_[first_mark_].position : until;
    const uint64_t room = std::min<uint64_t>(bytes, stop - cursor_);
    if (room == bytes && cursor_ + room < stop) {
      KeepRestOfFrame(cursor_ + room, log);
      break;
    }
    cursor_ += room;
    bytes -= room;
  }
  if (hears_) next_seq_ = joined_ ? log.SeqAt(cursor_) : next_seq_;
}

size_t Outbox::AdvanceOwn(Mark& mark, size_t bytes) {
  const auto taken = static_cast<uint32_t>(std::min<size_t>(bytes, mark.bytes));
  mark.bytes -= taken;
  own_sent_ += taken;
  if (own_sent_ == own_.size()) {
    own_.clear();
    own_sent_ = 0;
    // An idle connection holds nothing.
    if (own_.capacity() > 1024) own_.shrink_to_fit();
  } else if (own_sent_ > kCompactBytes && own_sent_ > own_.size() / 2) {
    own_.erase(0, own_sent_);
    own_sent_ = 0;
  }
  return taken;
}

void Outbox::KeepRestOfFrame(uint64_t written_to, const RoomLog& log) {
  const uint64_t end = log.FrameEnd(cursor_, written_to);
  cursor_ = end;
  if (end == written_to) return;
  const std::string_view rest = log.Piece(written_to, end);
  own_.insert(own_sent_, rest);
  const auto at = marks_.begin() + static_cast<ptrdiff_t>(first_mark_);
  marks_.insert(at, Mark{end, static_cast<uint32_t>(rest.size()), 0});
}

void Outbox::DropFirstMark() {
  if (++first_mark_ < marks_.size()) {
    if (first_mark_ > kCompactMarks && first_mark_ > marks_.size() / 2) {
      marks_.erase(marks_.begin(),
                   marks_.begin() + static_cast<ptrdiff_t>(first_mark_));
      first_mark_ = 0;
    }
    return;
  }
  marks_.clear();
  first_mark_ = 0;
  if (marks_.capacity() > 64) marks_.shrink_to_fit();
}

}  // namespace chat77::server
