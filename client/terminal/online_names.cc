#include "client/terminal/online_names.h"

#include <algorithm>

namespace chat77::client {

void OnlineNames::Replace(const pb::ListOnlineReply& list) {
  came_ = {list.aliases().begin(), list.aliases().end()};
  went_.clear();
  for (const std::string& name : names_) {
    if (came_.erase(name) == 0) went_.insert(name);
  }
  names_.assign(list.aliases().begin(), list.aliases().end());
  complete_ = static_cast<uint32_t>(list.aliases_size()) >= list.total();
}

bool OnlineNames::Note(const Event& event) {
  if (const auto* joined = std::get_if<pb::Joined>(&event)) {
    return Join(joined->alias());
  }
  if (const auto* left = std::get_if<pb::Left>(&event)) {
    return Leave(left->alias());
  }
  if (const auto* changed = std::get_if<pb::PresenceChanged>(&event)) {
    Change({changed->joined().begin(), changed->joined().end()},
           {changed->left().begin(), changed->left().end()});
  }
  return true;
}

bool OnlineNames::Has(const std::string& alias) const {
  return std::find(names_.begin(), names_.end(), alias) != names_.end();
}

bool OnlineNames::Join(const std::string& alias) {
  const bool untold = came_.erase(alias) > 0;
  went_.erase(alias);
  const bool news = untold || !complete_ || !Has(alias);
  Change({alias}, {});
  return news;
}

bool OnlineNames::Leave(const std::string& alias) {
  const bool untold = went_.erase(alias) > 0;
  came_.erase(alias);
  const bool news = untold || !complete_ || Has(alias);
  Change({}, {alias});
  return news;
}

// One pass however many changed: ten thousand may.
void OnlineNames::Change(const std::vector<std::string>& joined,
                         const std::vector<std::string>& left) {
  absl::flat_hash_set<std::string_view> changed(joined.begin(), joined.end());
  changed.insert(left.begin(), left.end());
  std::erase_if(
      names_, [&](const std::string& name) { return changed.contains(name); });
  names_.insert(names_.end(), joined.begin(), joined.end());
}

}  // namespace chat77::client
