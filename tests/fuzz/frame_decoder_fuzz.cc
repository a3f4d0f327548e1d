// Any bytes, cut anywhere, are the same frames and the same error; what is
// kept is never more than one frame within the limit.
// Input: one byte that chooses the limit, then the stream.
#include <string>
#include <vector>

#include "proto/frame_decoder.h"
#include "tests/fuzz/check.h"

namespace chat77::fuzz {
namespace {

constexpr uint32_t kLimits[] = {0, 1, 127, 128, 300, 4096, 65536, UINT32_MAX};
constexpr size_t kLengthBytes = 5;

struct Outcome {
  std::vector<std::string> bodies;
  wire::FrameError error = wire::FrameError::kNone;
  size_t buffered = 0;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome Decode(std::string_view bytes, uint32_t limit, Cuts::Kind kind) {
  Outcome outcome;
  wire::FrameDecoder decoder(limit);
  size_t fed = 0;
  for (Cuts cuts(bytes, kind); !cuts.done();) {
    const std::string_view piece = cuts.Next();
    fed += piece.size();
    outcome.error = decoder.Receive(piece, [&](std::string_view body) {
      FUZZ_CHECK(body.size() <= limit);
      outcome.bodies.emplace_back(body);
      return true;
    });
    FUZZ_CHECK(decoder.buffered() <= limit + uint64_t{kLengthBytes});
    FUZZ_CHECK(decoder.buffered() <= fed);
    if (outcome.error != wire::FrameError::kNone) {
      FUZZ_CHECK(decoder.buffered() == 0);
    }
  }
  outcome.buffered = decoder.buffered();
  return outcome;
}

}  // namespace
}  // namespace chat77::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chat77::fuzz;  // NOLINT(google-build-using-namespace): main
  if (size == 0) return 0;
  const uint32_t limit = kLimits[data[0] % std::size(kLimits)];
  const std::string_view bytes = View(data + 1, size - 1);
  const Outcome whole = Decode(bytes, limit, Cuts::kWhole);
  FUZZ_CHECK(Decode(bytes, limit, Cuts::kBytes) == whole);
  FUZZ_CHECK(Decode(bytes, limit, Cuts::kRandom) == whole);
  return 0;
}
