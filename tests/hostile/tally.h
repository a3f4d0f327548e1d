// What the server said to the connections of an attack, and how they ended.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace chat77::hostile {

class Tally {
 public:
  void Count(std::string_view what, uint64_t times = 1) {
    counts_[std::string(what)] += times;
  }
  uint64_t Of(std::string_view what) const {
    const auto found = counts_.find(std::string(what));
    return found == counts_.end() ? 0 : found->second;
  }
  // "closed 12, goodbye TOO_MANY_CONNECTIONS 5": the most frequent first.
  std::string ToString() const;

 private:
  std::map<std::string, uint64_t> counts_;
};

}  // namespace chat77::hostile
