#include "client/core/room_follower.h"

#include <algorithm>
#include <utility>

namespace chat77::client {
namespace {

// Live messages that may wait for history.
constexpr size_t kHeld = 1000;
// Seen messages beyond a hole, after which the hole is taken for good.
constexpr size_t kAhead = 256;

}  // namespace

RoomFollower::RoomFollower(std::string room, uint64_t newest)
    : room_(std::move(room)), newest_(std::min(newest, kMaxCatchUp)) {}

std::optional<pb::FetchHistory> RoomFollower::OnLogin(
    const pb::RoomPosition& position, std::vector<Event>& events) {
  catching_up_ = false;
  held_.clear();
  const bool restarted = known_ && position.epoch() != epoch_;
  if (!known_ || restarted || position.seq() < seq_) ahead_.clear();
  if (!known_) {
    seq_ = position.seq() - std::min(newest_, position.seq());
  } else if (restarted) {
    events.push_back(Restarted{room_});
    seq_ = 0;
  }
  known_ = true;
  epoch_ = position.epoch();
  seq_ = std::min<uint64_t>(seq_, position.seq());
  return CatchUp(position.seq(), events);
}

std::optional<pb::FetchHistory> RoomFollower::OnMissed(
    const pb::Missed& missed, std::vector<Event>& events) {
  if (missed.from_seq() > missed.to_seq()) return std::nullopt;
  if (catching_up_) {
    target_ = std::max<uint64_t>(target_, missed.to_seq());
    return std::nullopt;
  }
  return CatchUp(missed.to_seq(), events);
}

std::optional<pb::FetchHistory> RoomFollower::CatchUp(
    uint64_t target, std::vector<Event>& events) {
  if (target <= seq_) return std::nullopt;
  if (target - seq_ > kMaxCatchUp) Skip(target - kMaxCatchUp, events);
  catching_up_ = true;
  target_ = target;
  return Fetch();
}

pb::FetchHistory RoomFollower::Fetch() const {
  pb::FetchHistory fetch;
  fetch.set_room(room_);
  fetch.set_after_seq(seq_);
  return fetch;
}

std::optional<pb::FetchHistory> RoomFollower::OnPage(
    const pb::FetchHistoryReply& page, std::string_view self,
    std::vector<Event>& events) {
  if (!catching_up_) return std::nullopt;
  const uint64_t before = seq_;
  for (const pb::Said& said : page.messages()) {
    if (said.seq() > seq_ + 1) Skip(said.seq() - 1, events);
    if (!Mark(said.seq())) continue;
    events.push_back(RoomSaid{said, said.alias() == self, true});
  }
  if (page.more() && seq_ > before && seq_ < target_) return Fetch();
  Skip(target_, events);
  Release(events);
  return std::nullopt;
}

void RoomFollower::OnPageFailed(std::vector<Event>& events) {
  if (!catching_up_) return;
  Skip(target_, events);
  Release(events);
}

void RoomFollower::OnSaid(const pb::Said& said, std::string_view self,
                          std::vector<Event>& events) {
  Hear(RoomSaid{said, said.alias() == self, false}, events);
}

void RoomFollower::OnOwn(const pb::Said& said, std::vector<Event>& events) {
  Hear(RoomSaid{said, true, false}, events);
}

void RoomFollower::Hear(RoomSaid heard, std::vector<Event>& events) {
  if (!catching_up_) {
    if (Mark(heard.said.seq())) events.push_back(std::move(heard));
  } else if (held_.size() < kHeld) {
    held_.push_back(std::move(heard));
  } else {
    // Once one was left to history, all later ones are: held_ stays full.
    target_ = std::max<uint64_t>(target_, heard.said.seq());
  }
}

bool RoomFollower::Mark(uint64_t seq) {
  if (seq <= seq_ || !ahead_.insert(seq).second) return false;
  if (ahead_.size() > kAhead) seq_ = *ahead_.begin() - 1;
  while (!ahead_.empty() && *ahead_.begin() == seq_ + 1) {
    ahead_.erase(ahead_.begin());
    ++seq_;
  }
  return true;
}

void RoomFollower::Skip(uint64_t to, std::vector<Event>& events) {
  while (seq_ < to) {
    const uint64_t next =
        ahead_.empty() ? to + 1 : std::min(to + 1, *ahead_.begin());
    if (next > seq_ + 1) events.push_back(Gap{room_, seq_ + 1, next - 1});
    seq_ = next - 1;
    while (!ahead_.empty() && *ahead_.begin() == seq_ + 1) {
      ahead_.erase(ahead_.begin());
      ++seq_;
    }
  }
}

void RoomFollower::Release(std::vector<Event>& events) {
  catching_up_ = false;
  for (RoomSaid& held : std::exchange(held_, {})) {
    if (Mark(held.said.seq())) events.push_back(std::move(held));
  }
}

}  // namespace chat77::client
