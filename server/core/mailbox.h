// Private events of a user who may resume: numbered, and kept until the client
// says that it has them, because what was written to a connection that broke
// may have been lost on the way.
//
// Bounded: Full() is asked before anything is done that would add to it, and
// what cannot be refused (somebody left, or ended it) happens at most once for
// each open private state, of which there are kPrivatePerUser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "chat77/v1/envelope.pb.h"
#include "proto/limits.h"

namespace chat77::server {

class Mailbox {
 public:
  // Gives `event` the next number and keeps a copy.
  void Add(chat77::v1::ServerFrame& event);
  // The client has everything up to `seq`, or the server must say it again: a
  // number that was never given is ignored.
  void Received(uint64_t seq);

  bool Full() const {
    return events_.size() >= wire::kMailboxEvents ||
           bytes_ >= wire::kMailboxBytes;
  }
  // In order; their numbers are dense and end with last_seq().
  const std::deque<chat77::v1::ServerFrame>& events() const { return events_; }
  uint64_t last_seq() const { return last_seq_; }
  size_t bytes() const { return bytes_; }

 private:
  static size_t Cost(const chat77::v1::ServerFrame& event);

  std::deque<chat77::v1::ServerFrame> events_;
  uint64_t last_seq_ = 0;
  size_t bytes_ = 0;
};

}  // namespace chat77::server
