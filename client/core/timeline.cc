#include "client/core/timeline.h"

#include <algorithm>
#include <utility>

namespace chat77::client {

Timeline::Timeline(std::string room, uint64_t newest)
    : room_(std::move(room)), newest_(std::min(newest, kMaxNewest)) {}

Timeline::Fetch Timeline::OnLogin(const pb::RoomPosition& position,
                                  std::vector<Event>& events) {
  OnClosed();
  const bool first = !known_;
  if (first) {
    seq_ = position.seq() - std::min<uint64_t>(newest_, position.seq());
  } else if (epoch_ != 0 && position.epoch() != epoch_) {
    events.push_back(Restarted{room_});
    seq_ = 0;
  }
  known_ = true;
  epoch_ = position.epoch();
  seq_ = std::min<uint64_t>(seq_, position.seq());
  if (!first || seq_ < position.seq()) Await(position.seq());
  TellCaughtUp(events);
  return CatchUp(position.seq(), events);
}

Timeline::Fetch Timeline::OnResume(const pb::RoomPosition& position,
                                   std::vector<Event>& events) {
  if (!known_ || position.epoch() != epoch_) return OnLogin(position, events);
  OnClosed();
  seq_ = std::min<uint64_t>(seq_, position.seq());
  Await(position.seq());
  replaying_ = true;
  TellCaughtUp(events);
  return std::nullopt;
}

void Timeline::OnClosed() {
  held_.clear();
  fetching_ = false;
  replaying_ = false;
  target_ = 0;
}

// What an earlier login had still to reach is this one's too.
void Timeline::Await(uint64_t target) {
  if (!login_seq_) caught_up_ = 0;
  login_seq_ = target;
}

Timeline::Fetch Timeline::OnMissed(const pb::Missed& missed,
                                   std::vector<Event>& events) {
  if (missed.from_seq() > missed.to_seq()) return std::nullopt;
  return CatchUp(missed.to_seq(), events);
}

Timeline::Fetch Timeline::CatchUp(uint64_t target, std::vector<Event>& events) {
  target_ = std::max(target_, target);
  if (!fetching_ && target_ > seq_ + kMaxCatchUp) {
    Skip(target_ - kMaxCatchUp, events);
  }
  return Settle();
}

Timeline::Fetch Timeline::Settle() {
  if (fetching_) return std::nullopt;
  if (!held_.empty() && awaited_ == 0 && !replaying_) {
    target_ = std::max(target_, held_.begin()->first - 1);
  }
  if (target_ <= seq_) return std::nullopt;
  return Ask();
}

Timeline::Fetch Timeline::Ask() {
  fetching_ = true;
  asked_after_ = seq_;
  asked_target_ = target_;
  pb::FetchHistory fetch;
  fetch.set_room(room_);
  fetch.set_after_seq(seq_);
  return fetch;
}

Timeline::Fetch Timeline::OnPage(const pb::FetchHistoryReply& page,
                                 std::string_view self,
                                 std::vector<Event>& events) {
  if (!fetching_) return std::nullopt;
  fetching_ = false;
  for (const pb::Said& said : page.messages()) {
    if (said.seq() <= seq_) continue;
    Skip(said.seq() - 1, events);
    Hear(RoomSaid{said, said.alias() == self, true}, events);
  }
  const bool goes_on =
      page.more() && !page.messages().empty() &&
      page.messages(page.messages_size() - 1).seq() > asked_after_;
  // A target that was raised since may lie beyond what the page could know.
  if (!goes_on) Skip(asked_target_, events);
  return Settle();
}

Timeline::Fetch Timeline::OnPageFailed(std::vector<Event>& events) {
  if (!fetching_) return std::nullopt;
  fetching_ = false;
  Skip(asked_target_, events);
  return Settle();
}

Timeline::Fetch Timeline::OnSaid(const pb::Said& said, std::string_view self,
                                 std::vector<Event>& events) {
  if (!std::exchange(known_, true)) {
    // A room that the login did not name is heard from here on.
    seq_ = said.seq() - std::min<uint64_t>(said.seq(), 1);
  }
  const bool late = login_seq_ && said.seq() <= *login_seq_;
  Hear(RoomSaid{said, said.alias() == self, late}, events);
  return Settle();
}

Timeline::Fetch Timeline::OnSayReply(const pb::Said& said,
                                     std::vector<Event>& events) {
  if (awaited_ > 0) --awaited_;
  Hear(RoomSaid{said, true, false}, events);
  return Settle();
}

Timeline::Fetch Timeline::OnSayRefused() {
  if (awaited_ > 0) --awaited_;
  return Settle();
}

void Timeline::Hear(RoomSaid heard, std::vector<Event>& events) {
  const uint64_t seq = heard.said.seq();
  if (seq <= seq_) return;
  if (seq == seq_ + 1) {
    Emit(std::move(heard), events);
    Drain(events);
    return;
  }
  held_.try_emplace(seq, std::move(heard));
  if (held_.size() <= kHeld) return;
  target_ = std::max(target_, held_.rbegin()->first);
  held_.erase(std::prev(held_.end()));
}

void Timeline::Emit(RoomSaid said, std::vector<Event>& events) {
  seq_ = said.said.seq();
  if (login_seq_ && seq_ <= *login_seq_ && !said.own) ++caught_up_;
  events.push_back(std::move(said));
  TellCaughtUp(events);
}

void Timeline::Drain(std::vector<Event>& events) {
  while (!held_.empty() && held_.begin()->first <= seq_ + 1) {
    auto next = held_.extract(held_.begin());
    if (next.key() == seq_ + 1) Emit(std::move(next.mapped()), events);
  }
}

void Timeline::Skip(uint64_t to, std::vector<Event>& events) {
  while (seq_ < to) {
    const uint64_t next =
        held_.empty() ? to + 1 : std::min(to + 1, held_.begin()->first);
    if (next > seq_ + 1) {
      events.push_back(Gap{room_, seq_ + 1, next - 1});
      seq_ = next - 1;
      TellCaughtUp(events);
    }
    Drain(events);
  }
}

void Timeline::TellCaughtUp(std::vector<Event>& events) {
  if (!login_seq_ || seq_ < *login_seq_) return;
  login_seq_.reset();
  replaying_ = false;
  events.push_back(CaughtUp{room_, caught_up_});
}

}  // namespace chat77::client
