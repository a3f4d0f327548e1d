#include "store/internal/memory_requests.h"

#include <limits>

#include "store/internal/milliseconds.h"
#include "store/internal/refusals.h"

namespace chat77::store {

absl::StatusOr<RememberedRequest> MemoryRequests::Find(RequestKey key) const {
  const auto found = requests_.find({key.account, key.message_id});
  if (found == requests_.end()) return NotRemembered(key.message_id);
  return found->second.request;
}

uint64_t MemoryRequests::HighestMessageId(AccountId account) const {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  auto behind = requests_.upper_bound({account, kMost});
  if (behind == requests_.begin()) return 0;
  const Key& last = (--behind)->first;
  return last.first == account ? last.second : 0;
}

std::optional<Written> MemoryRequests::Repeated(RequestKey key) const {
  const auto then = Find(key);
  if (key.message_id == 0 || !then.ok()) return std::nullopt;
  return Written{.seq = then->seq,
                 .repeated = true,
                 .time = then->time,
                 .answer = then->answer};
}

void MemoryRequests::Remember(RequestKey key, RememberedRequest request,
                              absl::Time at) {
  if (key.message_id == 0) return;
  const Key name{key.account, key.message_id};
  requests_[name] = {std::move(request), Milliseconds(at)};
  order_.push_back(name);
}

absl::Time MemoryRequests::newest() const {
  return order_.empty() ? absl::InfinitePast() : requests_.at(order_.back()).at;
}

int64_t MemoryRequests::Forget(absl::Time oldest, int64_t most) {
  int64_t forgotten = 0;
  while (forgotten < most && !order_.empty() &&
         requests_.at(order_.front()).at < oldest) {
    requests_.erase(order_.front());
    order_.pop_front();
    ++forgotten;
  }
  return forgotten;
}

}  // namespace chat77::store
