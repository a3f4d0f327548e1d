// Delivers private events: to the user's session, if there is one, and to the
// mailbox of a user who may have lost the connection it went to.
//
// All mailboxes together have a budget in bytes; see Mailbox for that of one.
//
// Pure; one thread, the core's.
#pragma once

#include <cstddef>
#include <cstdint>

#include "server/core/presence.h"
#include "server/core/turn.h"

namespace chat77::server {

class Mailboxes {
 public:
  explicit Mailboxes(size_t limit) : limit_(limit) {}

  // True if the user can receive another private event.
  bool CanBeTold(const User& user) const;
  void Notify(User& user, pb::ServerFrame event, Turn& turn);
  // What `other` did, unless the user hears nothing of them.
  void NotifyOf(const User& other, User& user, pb::ServerFrame event,
                Turn& turn);
  // The client has everything up to that number.
  void Received(User& user, uint64_t private_seq);
  // The stay has ended.
  void Drop(User& user);
  void Clear() { bytes_ = 0; }

  size_t bytes() const { return bytes_; }  // of all users

 private:
  const size_t limit_;
  size_t bytes_ = 0;
};

}  // namespace chat77::server
