// The model's links between accounts, and what may not last of them.
#include <algorithm>

#include "proto/limits.h"
#include "tests/support/core_model.h"

namespace chat77::server {

CoreModel::Pair CoreModel::PairOf(const std::string& one,
                                  const std::string& other) const {
  const auto place = [&](const std::string& name) {
    return std::find(names_.begin(), names_.end(), name);
  };
  return place(one) < place(other) ? Pair{one, other} : Pair{other, one};
}

CoreModel::Link CoreModel::LinkOf(const std::string& one,
                                  const std::string& other) const {
  const auto found = state_.links.find(PairOf(one, other));
  return found == state_.links.end() ? Link{} : found->second;
}

CoreModel::StayPtr CoreModel::Present(const std::string& name) const {
  for (const StayPtr& stay : online_) {
    if (stay->name == name) return stay;
  }
  return nullptr;
}

bool CoreModel::Asks(const std::string& who, const std::string& whom) const {
  const Link link = LinkOf(who, whom);
  return link.state == Link::kAsked &&
         link.second_asked == (PairOf(who, whom).second == who);
}

std::vector<CoreModel::Pair> CoreModel::PairsOf(const std::string& name) const {
  std::vector<Pair> pairs;
  for (const std::string& other : names_) {
    if (other == name) continue;
    const Pair pair = PairOf(name, other);
    if (state_.links.contains(pair)) pairs.push_back(pair);
  }
  return pairs;
}

uint64_t CoreModel::RoomOf(const std::string& name,
                           const std::string& alias) const {
  const std::string other = Registered(alias);
  return name.empty() || other.empty() ? 0 : LinkOf(name, other).room;
}

CoreModel::Pair CoreModel::PairOfRoom(const std::string& name,
                                      uint64_t room) const {
  for (const Pair& pair : PairsOf(name)) {
    if (state_.links.at(pair).room == room) return pair;
  }
  return {};
}

void CoreModel::Bind(const Pair& pair, Link& link) const {
  for (const bool second : {false, true}) {
    const StayPtr stay = Find(second ? pair.second : pair.first);
    link.bound[second] = stay != nullptr && !stay->resumes ? stay : nullptr;
  }
}

// ---- what may not last ------------------------------------------------------

// Those who wait for an answer hear it first.
void CoreModel::EndBound(const StayPtr& stay) {
  if (stay->resumes) return;
  const std::string& me = stay->name;
  for (const int state : {0, 1, 2}) {
    for (const Pair& pair : PairsOf(me)) {
      const bool second = pair.second == me;
      const std::string& other = second ? pair.first : pair.second;
      const Link link = state_.links[pair];
      const bool due = state == 0   ? Asks(other, me)
                       : state == 1 ? Asks(me, other)
                                    : link.state == Link::kLinked;
      if (due && link.bound[second] == stay) EndIfLeft(pair, second);
    }
  }
}

void CoreModel::EndIfLeft(const Pair& pair, bool second) {
  const Link link = state_.links[pair];
  const StayPtr& stay = link.bound[second];
  if (stay == nullptr || !stay->gone || link.state == Link::kNone) return;
  ChangeUnasked(link.state == Link::kLinked ? Step::kEnd : Step::kWithdraw,
                second ? pair.second : pair.first,
                second ? pair.first : pair.second, true);
}

void CoreModel::EndIfBlocked(const std::string& me, const std::string& you) {
  if (Present(me) == nullptr || !HasBlocked(me, you)) return;
  const Link link = LinkOf(me, you);
  if (link.state == Link::kLinked) return ChangeUnasked(Step::kEnd, me, you);
  if (Asks(me, you)) return ChangeUnasked(Step::kWithdraw, me, you);
  if (Asks(you, me) && !link.hidden) ChangeUnasked(Step::kHide, me, you);
}

void CoreModel::EndIfOld(const Pair& pair) {
  const auto life =
      static_cast<uint64_t>(absl::ToInt64Milliseconds(wire::kAskLife));
  const Link link = state_.links[pair];
  if (link.state != Link::kAsked || link.asked_at + life >= now_) return;
  ChangeUnasked(Step::kExpire, link.second_asked ? pair.second : pair.first,
                link.second_asked ? pair.first : pair.second);
}

void CoreModel::Reconcile(const Pair& pair) {
  for (const bool second : {false, true}) {
    EndIfLeft(pair, second);
    EndIfBlocked(second ? pair.second : pair.first,
                 second ? pair.first : pair.second);
  }
  EndIfOld(pair);
}

void CoreModel::ReconcileAll(const std::string& name) {
  for (const Pair& pair : PairsOf(name)) Reconcile(pair);
}

// Requests expire that one of the two can hear of, in the order of accounts.
void CoreModel::LongAfter(uint64_t milliseconds) {
  now_ += milliseconds;
  if (stopping_) return;
  for (const std::string& one : names_) {
    for (const Pair& pair : PairsOf(one)) {
      if (pair.first != one) continue;
      if (Find(pair.first) == nullptr && Find(pair.second) == nullptr) continue;
      EndIfOld(pair);
    }
  }
}

}  // namespace chat77::server
