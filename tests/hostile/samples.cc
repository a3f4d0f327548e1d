#include "tests/hostile/samples.h"

#include <algorithm>

namespace chat77::hostile {

double Median(Samples samples) {
  if (samples.empty()) return 0;
  const auto middle = samples.begin() +
                      static_cast<Samples::difference_type>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  return *middle;
}

double Auc(const Samples& a, const Samples& b) {
  Samples sorted = a;
  std::sort(sorted.begin(), sorted.end());
  double pairs = 0;
  for (const double value : b) {
    const auto [low, high] =
        std::equal_range(sorted.begin(), sorted.end(), value);
    pairs += static_cast<double>(low - sorted.begin()) +
             static_cast<double>(high - low) / 2;
  }
  return pairs / static_cast<double>(a.size()) / static_cast<double>(b.size());
}

}  // namespace chat77::hostile
