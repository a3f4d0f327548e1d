// Bytes to frames, incremental and bounded.
//
// Frames that arrive whole are handed on where they lie; only the beginning of
// an incomplete one is kept, and never more of it than has arrived: a length
// is judged as soon as it is complete and nothing is reserved for it.
//
//   FrameDecoder decoder(kFrameBytesBeforeLogin);
//   ... bytes come ...
//   if (decoder.Receive(bytes, on_frame) != FrameError::kNone) give up;
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"

namespace chat77::wire {

enum class FrameError : uint8_t {
  kNone,
  kBadLength,  // more than kMaxLengthBytes, or beyond 32 bits
  kTooLong,    // a length above the limit
};

// One per connection and direction; not thread-safe. An error is final.
class FrameDecoder {
 public:
  // Called with the body of each frame, valid until it returns. Returns false
  // to stop after this frame: the bytes behind it are left to the caller.
  using Sink = absl::FunctionRef<bool(std::string_view body)>;

  explicit FrameDecoder(uint32_t limit) : limit_(limit) {}

  // `consumed`, where given, is set to the bytes that were taken: all, unless
  // the sink stopped or an error did.
  FrameError Receive(std::string_view bytes, Sink on_frame,
                     size_t* consumed = nullptr);

  // Bytes of a body from the next length on. May be called from the sink.
  void set_limit(uint32_t limit) { limit_ = limit; }

  // Bytes held for an incomplete frame.
  size_t buffered() const { return pending_.size(); }

 private:
  FrameError Step(std::string_view& bytes, Sink on_frame);
  FrameError Fail(FrameError error);

  std::string pending_;  // the beginning of one frame, its length included
  uint32_t limit_;
  FrameError error_ = FrameError::kNone;
};

}  // namespace chat77::wire
