#include "store/internal/history_pager.h"

#include <algorithm>
#include <utility>

namespace chat77::store {

absl::Status CheckHistoryQuery(const HistoryQuery& query) {
  if (query.limit == 0) {
    return absl::InvalidArgumentError(
        "A page of history needs a limit of at least one message.");
  }
  if (query.after_seq.has_value() && query.before_seq.has_value()) {
    return absl::InvalidArgumentError(
        "A page of history goes after a message or before one, not both.");
  }
  return absl::OkStatus();
}

bool HistoryPager::Add(Message message) {
  const size_t bytes = message.alias.size() + message.text.size();
  const bool fits = page_.messages.empty() ||
                    (page_.messages.size() < limit_ && bytes <= bytes_left_);
  if (!fits) {
    page_.more = true;
    return false;
  }
  bytes_left_ -= std::min(bytes, bytes_left_);
  page_.messages.push_back(std::move(message));
  return true;
}

HistoryPage HistoryPager::Finish() {
  if (!ascending_) {
    std::reverse(page_.messages.begin(), page_.messages.end());
  }
  return std::move(page_);
}

}  // namespace chat77::store
