#include "proto/frame_decoder.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "proto/limits.h"

namespace chat77::wire {
namespace {

enum class Parse : uint8_t { kDone, kMore, kBad };

// The length at the beginning of a frame, and the bytes it takes.
struct Head {
  Parse parse = Parse::kMore;
  size_t size = 0;
  uint64_t body = 0;
};

Head ParseHead(std::string_view bytes) {
  Head head;
  for (size_t i = 0; i < std::min(bytes.size(), kMaxLengthBytes); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    head.body |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      head.size = i + 1;
      const bool fits = head.body <= std::numeric_limits<uint32_t>::max();
      head.parse = fits ? Parse::kDone : Parse::kBad;
      return head;
    }
  }
  if (bytes.size() >= kMaxLengthBytes) head.parse = Parse::kBad;
  return head;
}

}  // namespace

FrameError FrameDecoder::Fail(FrameError error) {
  std::string().swap(pending_);
  return error_ = error;
}

FrameError FrameDecoder::Receive(std::string_view bytes, Sink on_frame,
                                 size_t* consumed) {
  std::string_view left = bytes;
  const FrameError error =
      error_ == FrameError::kNone ? Step(left, on_frame) : error_;
  if (consumed != nullptr) *consumed = bytes.size() - left.size();
  return error;
}

// Advances `bytes` past what it took.
FrameError FrameDecoder::Step(std::string_view& bytes, Sink on_frame) {
  while (!bytes.empty()) {
    // Complete the length of a frame that was begun, byte by byte.
    Head head = ParseHead(pending_.empty() ? bytes : pending_);
    while (!pending_.empty() && head.parse == Parse::kMore && !bytes.empty()) {
      pending_.push_back(bytes.front());
      bytes.remove_prefix(1);
      head = ParseHead(pending_);
    }
    if (head.parse == Parse::kBad) return Fail(FrameError::kBadLength);
    if (head.parse == Parse::kMore) {
      pending_.append(bytes);
      bytes = {};
      return FrameError::kNone;
    }
    if (head.body > limit_) return Fail(FrameError::kTooLong);

    const size_t whole = head.size + static_cast<size_t>(head.body);
    const size_t missing = whole - std::min(whole, pending_.size());
    if (missing > bytes.size()) {
      pending_.append(bytes);
      bytes = {};
      return FrameError::kNone;
    }
    bool go_on;
    if (pending_.empty()) {
      go_on = on_frame(bytes.substr(head.size, head.body));
      bytes.remove_prefix(whole);
    } else {
      pending_.append(bytes.substr(0, missing));
      bytes.remove_prefix(missing);
      // Taken out first: the sink sees a decoder between two frames.
      const std::string frame = std::exchange(pending_, {});
      go_on = on_frame(std::string_view(frame).substr(head.size));
    }
    if (!go_on) return FrameError::kNone;
  }
  return FrameError::kNone;
}

}  // namespace chat77::wire
