// What a user asked for lately that no store remembers, and how it was
// answered: so that asking again with the same id does nothing twice.
//
// Bounded: a client resends at most what it may have unanswered.
#pragma once

#include <cstdint>
#include <deque>

#include "chat77/v1/envelope.pb.h"

namespace chat77::server {

class RecentAnswers {
 public:
  // The answer to `message_id`, without its reply_to; nullptr: not known.
  const chat77::v1::ServerFrame* Find(uint64_t message_id) const;
  // Forgets the oldest beyond kRequestsInFlight. Ids that are 0 are not kept.
  void Add(uint64_t message_id, const chat77::v1::ServerFrame& answer);

 private:
  struct Entry {
    uint64_t message_id = 0;
    chat77::v1::ServerFrame answer;
  };
  std::deque<Entry> entries_;
};

}  // namespace chat77::server
