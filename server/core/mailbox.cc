#include "server/core/mailbox.h"

namespace chat77::server {

// What a short event takes beside its text.
size_t Mailbox::Cost(const chat77::v1::ServerFrame& event) {
  return sizeof(event) + event.ByteSizeLong();
}

void Mailbox::Add(chat77::v1::ServerFrame& event) {
  event.set_private_seq(++last_seq_);
  events_.push_back(event);
  bytes_ += Cost(event);
}

void Mailbox::Received(uint64_t seq) {
  if (seq > last_seq_) return;
  while (!events_.empty() && events_.front().private_seq() <= seq) {
    bytes_ -= Cost(events_.front());
    events_.pop_front();
  }
  // An idle user holds nothing.
  if (events_.empty()) std::deque<chat77::v1::ServerFrame>().swap(events_);
}

}  // namespace chat77::server
