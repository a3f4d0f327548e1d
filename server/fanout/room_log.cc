#include "server/fanout/room_log.h"

#include <algorithm>
#include <cstring>

namespace chat77::server {
namespace {

// The whole length of the frame at the beginning of `bytes`.
uint64_t FrameSize(std::string_view bytes) {
  uint64_t body = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    body |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) return body + i + 1;
  }
  return bytes.size();
}

}  // namespace

RoomLog::RoomLog(size_t limit, uint64_t next_seq)
    : max_chunks_(std::max<size_t>(2, (limit + kChunkBytes - 1) / kChunkBytes)),
      next_seq_(next_seq) {}

void RoomLog::Append(std::string_view frame, bool is_message) {
  if (chunks_.empty() || chunks_.back().used + frame.size() > kChunkBytes) {
    AddChunk();
  }
  Chunk& chunk = chunks_.back();
  if (is_message) {
    chunk.messages.push_back(static_cast<uint32_t>(chunk.used));
    ++next_seq_;
  }
  std::memcpy(chunk.bytes.get() + chunk.used, frame.data(), frame.size());
  chunk.used += frame.size();
  end_ += frame.size();
}

void RoomLog::PassOver() {
  ++next_seq_;
  chunks_.clear();
  begin_ = tail_start_ = end_;
  tail_ = nullptr;
}

void RoomLog::AddChunk() {
  Chunk chunk;
  if (chunks_.size() >= max_chunks_) {
    chunk = std::move(chunks_.front());  // its memory serves again
    chunks_.pop_front();
    chunk.messages.clear();
  } else {
    chunk.bytes = std::make_unique_for_overwrite<char[]>(kChunkBytes);
  }
  chunk.start = end_;
  chunk.first_seq = next_seq_;
  chunk.used = 0;
  chunks_.push_back(std::move(chunk));
  begin_ = chunks_.front().start;
  tail_ = chunks_.back().bytes.get();
  tail_start_ = end_;
}

const RoomLog::Chunk& RoomLog::At(uint64_t position) const {
  // Nearly every reader is in the last chunk.
  if (position >= chunks_.back().start) return chunks_.back();
  const auto next = std::upper_bound(
      chunks_.begin(), chunks_.end(), position,
      [](uint64_t at, const Chunk& chunk) { return at < chunk.start; });
  return *std::prev(next);
}

uint64_t RoomLog::SeqAt(uint64_t position) const {
  if (position >= end_) return next_seq_;
  const Chunk& chunk = At(position);
  const auto offset = static_cast<uint32_t>(position - chunk.start);
  const auto before =
      std::lower_bound(chunk.messages.begin(), chunk.messages.end(), offset) -
      chunk.messages.begin();
  return chunk.first_seq + static_cast<uint64_t>(before);
}

uint64_t RoomLog::After(uint64_t seq) const {
  if (seq >= next_seq_) return end_;
  // The last chunk with a message up to `seq`: the first to begin behind it is
  // one too far.
  const auto beyond = std::upper_bound(chunks_.begin(), chunks_.end(), seq,
                                       [](uint64_t wanted, const Chunk& chunk) {
                                         return wanted < chunk.first_seq;
                                       });
  if (beyond == chunks_.begin()) return begin_;
  const Chunk& chunk = *std::prev(beyond);
  const uint64_t start = chunk.start + chunk.messages[seq - chunk.first_seq];
  return FrameEnd(start, start + 1);
}

std::string_view RoomLog::Piece(uint64_t from, uint64_t until) const {
  const Chunk& chunk = At(from);
  const uint64_t stop = std::min(until, chunk.start + chunk.used);
  return {chunk.bytes.get() + (from - chunk.start),
          static_cast<size_t>(stop - from)};
}

uint64_t RoomLog::FrameEnd(uint64_t from, uint64_t position) const {
  while (from < position) from += FrameSize(Piece(from, end_));
  return from;
}

}  // namespace chat77::server
