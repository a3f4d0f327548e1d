// Where a client stands in one room, so that after a pause it asks for what it
// missed and shows every message once and in order.
//
// While history is being fetched, live messages wait; if too many come they
// are dropped here and fetched as well. Sequence numbers are dense, so one
// that is missing was either this client's own (its reply is on the way) or
// announced by the server as Missed.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/core/event.h"

namespace chat77::client {

// Pure; one per room. Each call that may need history returns the request to
// send; its reply goes to OnPage, its error to OnPageFailed.
class RoomFollower {
 public:
  // Messages fetched unasked at most; of more, the oldest become a Gap.
  static constexpr uint64_t kMaxCatchUp = 1000;

  // `newest`: how many messages from before the first login to ask for.
  RoomFollower(std::string room, uint64_t newest);

  std::optional<pb::FetchHistory> OnLogin(const pb::RoomPosition& position,
                                          std::vector<Event>& events);
  std::optional<pb::FetchHistory> OnMissed(const pb::Missed& missed,
                                           std::vector<Event>& events);
  std::optional<pb::FetchHistory> OnPage(const pb::FetchHistoryReply& page,
                                         std::string_view self,
                                         std::vector<Event>& events);
  void OnPageFailed(std::vector<Event>& events);
  void OnSaid(const pb::Said& said, std::string_view self,
              std::vector<Event>& events);
  // The reply to an own text, which the server does not send again.
  void OnOwn(const pb::Said& said, std::vector<Event>& events);

  bool catching_up() const { return catching_up_; }
  // Everything up to here was seen.
  uint64_t seq() const { return seq_; }

 private:
  std::optional<pb::FetchHistory> CatchUp(uint64_t target,
                                          std::vector<Event>& events);
  void Hear(RoomSaid heard, std::vector<Event>& events);
  pb::FetchHistory Fetch() const;
  // False if it was seen before.
  bool Mark(uint64_t seq);
  void Skip(uint64_t to, std::vector<Event>& events);
  void Release(std::vector<Event>& events);

  std::string room_;
  uint64_t newest_;
  bool known_ = false;
  uint64_t epoch_ = 0;
  uint64_t seq_ = 0;
  std::set<uint64_t> ahead_;  // seen beyond seq_
  bool catching_up_ = false;
  uint64_t target_ = 0;        // the last that history must have
  std::deque<RoomSaid> held_;  // live messages that wait for it
};

}  // namespace chat77::client
