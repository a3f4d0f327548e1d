#include "client/core/timeline.h"

#include <algorithm>
#include <utility>

#include "proto/limits.h"

namespace chat77::client {

Timeline::Timeline(uint64_t newest)
    : room_(wire::kLobby), newest_(std::min(newest, kMaxNewest)) {}

Timeline::Timeline(uint64_t room, std::string alias)
    : room_(room), alias_(std::move(alias)) {}

uint64_t Timeline::Beginning(const pb::RoomState& state, bool first) const {
  if (direct()) return state.read();
  return first ? state.seq() - std::min<uint64_t>(newest_, state.seq()) : 0;
}

Timeline::Fetch Timeline::OnLogin(const pb::RoomState& state,
                                  std::vector<Event>& events) {
  OnClosed();
  const bool first = !std::exchange(known_, true);
  const bool restarted = !first && epoch_ != 0 && state.epoch() != epoch_;
  if (restarted && !direct()) events.push_back(Restarted{room_});
  if (first || restarted) seq_ = Beginning(state, first);
  if (restarted) shown_.clear();
  epoch_ = state.epoch();
  seq_ = std::min<uint64_t>(seq_, state.seq());
  shown_.erase(shown_.upper_bound(state.seq()), shown_.end());
  if (!first || seq_ < state.seq()) Await(state.seq());
  TellCaughtUp(events);
  return CatchUp(state.seq(), events);
}

Timeline::Fetch Timeline::OnResume(const pb::RoomState& state,
                                   std::vector<Event>& events) {
  if (!known_ || state.epoch() != epoch_) return OnLogin(state, events);
  OnClosed();
  seq_ = std::min<uint64_t>(seq_, state.seq());
  Await(state.seq());
  replaying_ = true;
  TellCaughtUp(events);
  return std::nullopt;
}

Timeline::Fetch Timeline::FetchRest() {
  to_the_end_ = known_;
  return Settle();
}

void Timeline::OnClosed() {
  held_.clear();
  fetching_ = false;
  replaying_ = false;
  to_the_end_ = false;
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
  if (fetching_ || Waits()) return std::nullopt;
  if (!held_.empty() && awaited_ == 0 && !replaying_) {
    target_ = std::max(target_, held_.begin()->first - 1);
  }
  if (target_ <= seq_ && !to_the_end_) return std::nullopt;
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
    Hear({said, said.alias() == self, /*late=*/true}, events);
  }
  const bool goes_on =
      page.more() && !page.messages().empty() &&
      page.messages(page.messages_size() - 1).seq() > asked_after_;
  if (!goes_on) {
    // A target that was raised since may lie beyond what the page could know.
    Skip(asked_target_, events);
    to_the_end_ = false;
  }
  return Settle();
}

Timeline::Fetch Timeline::OnPageFailed(std::vector<Event>& events) {
  if (!fetching_) return std::nullopt;
  fetching_ = false;
  to_the_end_ = false;
  Skip(asked_target_, events);
  return Settle();
}

void Timeline::Meet(uint64_t seq, uint64_t epoch) {
  if (!std::exchange(known_, true)) seq_ = seq - std::min<uint64_t>(seq, 1);
  if (epoch_ == 0) epoch_ = epoch;
}

Timeline::Fetch Timeline::OnEntry(const pb::Said& said, uint64_t epoch,
                                  std::string_view self,
                                  std::vector<Event>& events) {
  Meet(said.seq(), epoch);
  const bool late = login_seq_ && said.seq() <= *login_seq_;
  Hear({said, said.alias() == self, late}, events);
  return Settle();
}

Timeline::Fetch Timeline::OnSayReply(const pb::Said& said, uint64_t epoch,
                                     std::vector<Event>& events) {
  Meet(said.seq(), epoch);
  if (awaited_ > 0) --awaited_;
  if (direct() && said.seq() > seq_) shown_.insert(said.seq());
  Hear({said, /*own=*/true, /*late=*/false}, events);
  Drain(events);
  return Settle();
}

Timeline::Fetch Timeline::OnSayRefused(std::vector<Event>& events) {
  if (awaited_ > 0) --awaited_;
  Drain(events);
  return Settle();
}

void Timeline::Hear(const Entry& entry, std::vector<Event>& events) {
  const uint64_t seq = entry.said.seq();
  if (seq <= seq_) return;
  held_.try_emplace(seq, entry);
  Drain(events);
  if (held_.size() <= kHeld) return;
  target_ = std::max(target_, held_.rbegin()->first);
  held_.erase(std::prev(held_.end()));
}

bool Timeline::Waits() const {
  if (!direct() || awaited_ == 0 || held_.empty()) return false;
  const auto& [seq, next] = *held_.begin();
  return seq == seq_ + 1 && next.own && next.said.kind() == pb::TEXT &&
         !shown_.contains(seq);
}

void Timeline::Emit(Entry entry, std::vector<Event>& events) {
  seq_ = entry.said.seq();
  if (login_seq_ && seq_ <= *login_seq_ && !entry.own) ++caught_up_;
  const bool shown = shown_.erase(seq_) > 0;
  if (entry.said.kind() == pb::TEXT && !shown) {
    entry.said.set_room(room_);
    if (direct()) {
      events.push_back(
          PrivateText{alias_, std::move(entry.said), entry.own, entry.late});
    } else {
      events.push_back(RoomSaid{std::move(entry.said), entry.own, entry.late});
    }
  }
  TellCaughtUp(events);
}

void Timeline::Drain(std::vector<Event>& events) {
  while (!held_.empty() && held_.begin()->first <= seq_ + 1 && !Waits()) {
    auto next = held_.extract(held_.begin());
    if (next.key() == seq_ + 1) Emit(std::move(next.mapped()), events);
  }
}

void Timeline::Skip(uint64_t to, std::vector<Event>& events) {
  while (seq_ < to && !Waits()) {
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
  if (!direct()) events.push_back(CaughtUp{room_, caught_up_});
}

}  // namespace chat77::client
