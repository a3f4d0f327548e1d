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

void Outbox::Join(const RoomLog& log) { Join(log, log.next_seq()); }

void Outbox::Join(const RoomLog& log, uint64_t after_seq) {
  hears_ = joined_ = true;
  cursor_ = log.After(after_seq);
  next_seq_ = log.SeqAt(cursor_);
  // What waits already comes first.
  if (own_ != nullptr) {
    for (Mark& mark : own_->marks) mark.position = cursor_;
  }
  if (after_seq + 1 >= next_seq_) return;
  const std::string missed = MissedFrame(after_seq + 1, next_seq_ - 1);
  MarkAt(cursor_).bytes += static_cast<uint32_t>(missed.size());
  own_->bytes.append(missed);
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

Outbox::Own& Outbox::own() {
  if (own_ == nullptr) own_ = std::make_unique<Own>();
  return *own_;
}

// The mark that reaches `position`, or a new one there. Skipped bytes emit
// nothing, so what stands behind a skip may as well stand before it.
Outbox::Mark& Outbox::MarkAt(uint64_t position) {
  if (own().marked()) {
    Mark& last = own_->marks.back();
    if (last.position + last.skip == position) return last;
  }
  return own_->marks.emplace_back(Mark{position, 0, 0});
}

void Outbox::Push(std::string_view bytes, const RoomLog& log) {
  if (bytes.empty()) return;
  MarkAt(HeardUntil(log)).bytes += static_cast<uint32_t>(bytes.size());
  own_->bytes.append(bytes);
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
  auto& marks = own().marks;
  Mark owed{begin, 0, 0};
  size_t at = own_->first_mark;
  for (; at < marks.size() && marks[at].position < begin; ++at) {
    owed.bytes += marks[at].bytes;
    const uint64_t end = marks[at].position + marks[at].skip;
    if (end > begin) owed.skip = static_cast<uint32_t>(end - begin);
  }
  // Where one left that the log holds no more, nothing of the room follows.
  const uint64_t next = begin == log.begin() ? log.SeqAt(begin) : next_seq_;
  const std::string missed = MissedFrame(next_seq_, next - 1);
  own_->bytes.insert(own_->sent + owed.bytes, missed);
  owed.bytes += static_cast<uint32_t>(missed.size());
  marks.erase(marks.begin(), marks.begin() + static_cast<ptrdiff_t>(at));
  marks.insert(marks.begin(), owed);
  own_->first_mark = 0;
  cursor_ = begin;
  next_seq_ = next;
}

void Outbox::GatherAll(const RoomLog& log, Pieces& pieces) {
  CatchUp(log);
  pieces.count = pieces.bytes = 0;
  uint64_t at = cursor_;
  size_t own_at = own_ == nullptr ? 0 : own_->sent;
  size_t mark = own_ == nullptr ? 0 : own_->first_mark;
  const size_t marks = own_ == nullptr ? 0 : own_->marks.size();
  const uint64_t until = HeardUntil(log);
  const auto add = [&](std::string_view piece) {
    pieces.piece[pieces.count++] = piece;
    pieces.bytes += piece.size();
  };
  while (pieces.count < kMaxPieces && pieces.bytes < kMaxWriteBytes) {
    const bool marked = mark < marks;
    if (marked && own_->marks[mark].position == at) {
      const Mark& here = own_->marks[mark++];
      if (here.bytes > 0) {
        add(std::string_view(own_->bytes).substr(own_at, here.bytes));
        own_at += here.bytes;
      }
      at += here.skip;
      continue;
    }
    const uint64_t stop = marked ? own_->marks[mark].position : until;
    if (at >= stop) break;
    const std::string_view piece = log.Piece(at, stop);
    add(piece);
    at += piece.size();
  }
}

void Outbox::AdvanceAll(size_t bytes, const RoomLog& log) {
  const uint64_t until = HeardUntil(log);
  for (;;) {
    const bool marked = own_ != nullptr;
    if (marked && own_->marks[own_->first_mark].position == cursor_) {
      Mark& mark = own_->marks[own_->first_mark];
      bytes -= AdvanceOwn(*own_, mark, bytes);
      if (mark.bytes > 0) break;
      cursor_ += mark.skip;
      DropFirstMark();
      continue;
    }
    if (bytes == 0) break;
    const uint64_t stop =
        marked ? own_->marks[own_->first_mark].position : until;
    const uint64_t room = std::min<uint64_t>(bytes, stop - cursor_);
    if (room == bytes && cursor_ + room < stop) {
      KeepRestOfFrame(cursor_ + room, log);
      break;
    }
    cursor_ += room;
    bytes -= room;
  }
  if (hears_ && cursor_ >= log.begin()) next_seq_ = log.SeqAt(cursor_);
}

size_t Outbox::AdvanceOwn(Own& own, Mark& mark, size_t bytes) {
  const auto taken = static_cast<uint32_t>(std::min<size_t>(bytes, mark.bytes));
  mark.bytes -= taken;
  own.sent += taken;
  if (own.sent > kCompactBytes && own.sent > own.bytes.size() / 2) {
    own.bytes.erase(0, own.sent);
    own.sent = 0;
  }
  return taken;
}

void Outbox::KeepRestOfFrame(uint64_t written_to, const RoomLog& log) {
  const uint64_t end = log.FrameEnd(cursor_, written_to);
  cursor_ = end;
  if (end == written_to) return;
  const std::string_view rest = log.Piece(written_to, end);
  own().bytes.insert(own_->sent, rest);
  const auto at =
      own_->marks.begin() + static_cast<ptrdiff_t>(own_->first_mark);
  own_->marks.insert(at, Mark{end, static_cast<uint32_t>(rest.size()), 0});
}

void Outbox::DropFirstMark() {
  if (++own_->first_mark == own_->marks.size()) {
    own_.reset();
    return;
  }
  const uint32_t done = own_->first_mark;
  if (done > kCompactMarks && done > own_->marks.size() / 2) {
    own_->marks.erase(own_->marks.begin(), own_->marks.begin() + done);
    own_->first_mark = 0;
  }
}

}  // namespace chat77::server
