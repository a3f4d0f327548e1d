// Records in the order in which every store lists them.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace chat77::store {

// By `time`, then in the order they have.
template <typename Record>
std::vector<Record> Sorted(const std::vector<Record>& records,
                           absl::Time Record::* time) {
  std::vector<const Record*> order;
  order.reserve(records.size());
  for (const Record& record : records) order.push_back(&record);
  std::sort(order.begin(), order.end(),
            [time](const Record* a, const Record* b) {
              return std::pair(a->*time, a) < std::pair(b->*time, b);
            });
  std::vector<Record> sorted;
  sorted.reserve(order.size());
  for (const Record* record : order) sorted.push_back(*record);
  return sorted;
}

}  // namespace chat77::store
