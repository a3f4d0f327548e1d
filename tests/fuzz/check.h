// What the bodies of the fuzz targets share. They run under libFuzzer and,
// over their corpus, as tests; either notices an abort.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// Like assert, but in every build.
#define FUZZ_CHECK(condition)                                               \
  do {                                                                      \
    if (!(condition)) {                                                     \
      std::fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, \
                   #condition);                                             \
      std::abort();                                                         \
    }                                                                       \
  } while (false)

namespace chat77::fuzz {

inline std::string_view View(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Cuts bytes into pieces: the same ones for the same bytes and kind.
class Cuts {
 public:
  enum Kind : uint8_t { kWhole, kBytes, kRandom };

  Cuts(std::string_view bytes, Kind kind) : left_(bytes), kind_(kind) {
    for (char c : bytes)
      state_ = (state_ ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  }

  bool done() const { return left_.empty(); }
  std::string_view Next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    const size_t size = kind_ == kWhole   ? left_.size()
                        : kind_ == kBytes ? 1
                                          : 1 + (state_ >> 33) % 17;
    const std::string_view piece = left_.substr(0, size);
    left_.remove_prefix(piece.size());
    return piece;
  }

 private:
  std::string_view left_;
  Kind kind_;
  uint64_t state_ = 0xcbf29ce484222325;
};

}  // namespace chat77::fuzz

// Declared so that every body defines just this.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
