// A client's requests from the moment they are made until their reply: across
// connections, so that they can be sent again, and in the order in which they
// were made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"

#include "proto/connection.h"

namespace chat77::client {

namespace pb = wire::pb;

// Pure. Requests are known by their request_id, which must ascend.
class PendingRequests {
 public:
  // What may wait while there is no connection.
  static constexpr size_t kWaiting = 256;
  static constexpr size_t kWaitingBytes = 1024 * 1024;

  struct Request {
    // Whether it may be sent again on another connection though it may have
    // been carried out: what has a message_id, and what does the same twice as
    // once.
    bool MayRepeat() const;

    pb::ClientFrame frame;
    bool sent = false;  // on some connection: it may have been carried out
    bool sent_again = false;  // on another one
  };

  bool HasRoomFor(const pb::ClientFrame& request) const;
  void Add(pb::ClientFrame request);
  // Those to be sent on the present connection, in order.
  std::vector<pb::ClientFrame> TakeUnsent();
  // A new connection: all are to be sent (again).
  void Rewind() {
    next_ = 0;
    again_.clear();
  }

  // The one that was answered with "not now" was sent before, and what came of
  // it then is not known: it is asked again at that time. False: it was not,
  // and the answer is an answer.
  bool AskAgain(uint64_t request_id, absl::Time when);
  // When the first of those is due, and those that are.
  absl::Time due() const {
    return again_.empty() ? absl::InfiniteFuture() : again_.begin()->first;
  }
  std::vector<pb::ClientFrame> TakeDue(absl::Time now);

  // Request::MayRepeat of that one; false if nobody waits for it.
  bool MayRepeat(uint64_t request_id) const;

  // Removes the one that was answered; nullopt: nobody waits for it.
  std::optional<Request> Remove(uint64_t request_id);
  // Removes all those, in order.
  std::vector<Request> RemoveIf(absl::FunctionRef<bool(const Request&)> which);

  size_t size() const { return requests_.size(); }
  bool empty() const { return requests_.empty(); }

 private:
  std::map<uint64_t, Request> requests_;
  std::multimap<absl::Time, uint64_t>
      again_;  // those of AskAgain, perhaps gone
  size_t bytes_ = 0;
  uint64_t next_ = 0;  // from this id on they are not sent on this connection
};

}  // namespace chat77::client
