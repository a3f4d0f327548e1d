// What every store does alike when it reads a page of history.
#pragma once

#include <cstddef>

#include "absl/status/status.h"

#include "store/model.h"

namespace chat77::store {

// InvalidArgument for a limit of 0 or for both directions at once.
absl::Status CheckHistoryQuery(const HistoryQuery& query);

// Gathers messages in the order of the query's direction until the page is
// full. Example: `while (... && pager.Add(next)) {}  return pager.Finish();`
class HistoryPager {
 public:
  explicit HistoryPager(const HistoryQuery& query)
      : limit_(query.limit),
        bytes_left_(query.bytes),
        ascending_(query.after_seq.has_value()) {}

  // False once the page is full: `message` is then beyond it.
  bool Add(Message message);

  // The page, ascending by seq. Once.
  HistoryPage Finish();

 private:
  const size_t limit_;
  size_t bytes_left_;
  const bool ascending_;
  HistoryPage page_;
};

}  // namespace chat77::store
