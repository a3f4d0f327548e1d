#include "client/core/page_requests.h"

#include <algorithm>
#include <utility>

namespace chat77::client {

std::optional<PageRequests::Page> PageRequests::OnAnswer(uint64_t request_id) {
  auto node = sent_.extract(request_id);
  if (node.empty()) return std::nullopt;
  return std::move(node.mapped());
}

bool PageRequests::OnError(const Page& page, const pb::Error& error,
                           absl::Time now) {
  const bool may_pass = error.code() == pb::BUSY ||
                        error.code() == pb::UNAVAILABLE ||
                        error.code() == pb::RATE_LIMITED;
  if (!may_pass || page.tries >= kTries) return false;
  const absl::Duration pause =
      std::max(absl::Milliseconds(error.retry_after_ms()),
               kPause * (1 << (page.tries - 1)));
  waiting_.emplace(now + pause, Page{page.request, page.tries + 1});
  return true;
}

absl::Time PageRequests::due() const {
  return waiting_.empty() ? absl::InfiniteFuture() : waiting_.begin()->first;
}

std::vector<PageRequests::Page> PageRequests::TakeDue(absl::Time now) {
  std::vector<Page> pages;
  while (due() <= now) {
    pages.push_back(std::move(waiting_.begin()->second));
    waiting_.erase(waiting_.begin());
  }
  return pages;
}

void PageRequests::Clear() {
  sent_.clear();
  waiting_.clear();
}

}  // namespace chat77::client
