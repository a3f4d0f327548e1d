#include "tests/hostile/tally.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace chat77::hostile {

std::string Tally::ToString() const {
  std::vector<std::pair<std::string, uint64_t>> sorted(counts_.begin(),
                                                       counts_.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return std::pair(b.second, a.first) < std::pair(a.second, b.first);
  });
  std::string text;
  for (const auto& [what, times] : sorted) {
    if (!text.empty()) text += ", ";
    text += what + " " + std::to_string(times);
  }
  return text;
}

}  // namespace chat77::hostile
