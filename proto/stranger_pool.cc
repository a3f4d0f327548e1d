#include "proto/stranger_pool.h"

namespace chat77::wire {

StrangerPool::Admission StrangerPool::Admit(uint64_t id,
                                            std::string_view group) {
  Admission admission;
  if (from(group) >= limits_.per_group) {
    admission.verdict = Verdict::kTooManyThere;
    return admission;
  }
  if (size() >= limits_.most) {
    admission.gives_way = WhoGivesWay();
    if (!admission.gives_way) {
      admission.verdict = Verdict::kAllBusy;
      return admission;
    }
    Leave(*admission.gives_way);
  }
  strangers_.push_back({id, std::string(group)});
  places_[id] = std::prev(strangers_.end());
  ++groups_[strangers_.back().group];
  return admission;
}

std::optional<uint64_t> StrangerPool::WhoGivesWay() const {
  std::optional<uint64_t> oldest;
  size_t most = 0;
  for (const Stranger& stranger : strangers_) {
    if (stranger.busy) continue;
    const size_t there = from(stranger.group);
    if (there <= most) continue;
    most = there;
    oldest = stranger.id;
  }
  return oldest;
}

void StrangerPool::Busy(uint64_t id, bool busy) {
  const auto place = places_.find(id);
  if (place != places_.end()) place->second->busy = busy;
}

void StrangerPool::Leave(uint64_t id) {
  const auto place = places_.find(id);
  if (place == places_.end()) return;
  const auto group = groups_.find(place->second->group);
  if (--group->second == 0) groups_.erase(group);
  strangers_.erase(place->second);
  places_.erase(place);
}

size_t StrangerPool::from(std::string_view group) const {
  const auto found = groups_.find(std::string(group));
  return found == groups_.end() ? 0 : found->second;
}

}  // namespace chat77::wire
