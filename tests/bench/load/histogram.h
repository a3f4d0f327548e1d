// How often which value came, to one part in 32: quantiles of millions of
// latencies in 15 KB and without sorting.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace chat77::bench {

class Histogram {
 public:
  void Add(uint64_t value) {
    ++counts_[BucketOf(value)];
    ++total_;
    if (value > max_) max_ = value;
  }
  void Clear() { *this = Histogram(); }

  uint64_t total() const { return total_; }
  uint64_t max() const { return max_; }
  // The least value of the bucket that holds this quantile (0 to 1); 0 if
  // nothing was added.
  uint64_t At(double quantile) const {
    const auto wanted =
        static_cast<uint64_t>(quantile * static_cast<double>(total_));
    uint64_t seen = 0;
    for (size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > wanted) return LeastOf(i);
    }
    return max_;
  }

 private:
  // Values below 32 have a bucket each; above, the five bits after the first.
  static constexpr size_t kFine = 5;
  static size_t BucketOf(uint64_t value) {
    const size_t width = static_cast<size_t>(std::bit_width(value));
    if (width <= kFine) return value;
    const size_t shift = width - kFine - 1;
    return (shift << kFine) + static_cast<size_t>(value >> shift);
  }
  static uint64_t LeastOf(size_t bucket) {
    const size_t low = bucket & ((1u << kFine) - 1);
    if (bucket < 2u << kFine) return bucket;
    return ((1u << kFine) + low) << ((bucket >> kFine) - 1);
  }

  std::array<uint64_t, 61 << kFine> counts_ = {};
  uint64_t total_ = 0;
  uint64_t max_ = 0;
};

}  // namespace chat77::bench
