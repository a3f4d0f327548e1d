#include "server/core/recent_answers.h"

#include <algorithm>

#include "proto/limits.h"

namespace chat77::server {

const chat77::v1::ServerFrame* RecentAnswers::Find(uint64_t message_id) const {
  if (message_id == 0) return nullptr;
  // What is asked for again is among the last.
  const auto entry = std::find_if(
      entries_.rbegin(), entries_.rend(),
      [&](const Entry& one) { return one.message_id == message_id; });
  return entry == entries_.rend() ? nullptr : &entry->answer;
}

void RecentAnswers::Add(uint64_t message_id,
                        const chat77::v1::ServerFrame& answer) {
  if (message_id == 0) return;
  entries_.push_back({message_id, answer});
  entries_.back().answer.clear_reply_to();
  if (entries_.size() > wire::kRequestsInFlight) entries_.pop_front();
}

}  // namespace chat77::server
