#include "client/terminal/online_names.h"

#include "absl/container/flat_hash_set.h"

namespace chat77::client {

void OnlineNames::Replace(const pb::ListOnlineReply& list) {
  names_.assign(list.aliases().begin(), list.aliases().end());
}

void OnlineNames::Note(const Event& event) {
  if (const auto* joined = std::get_if<pb::Joined>(&event)) {
    Change({joined->alias()}, {});
  } else if (const auto* left = std::get_if<pb::Left>(&event)) {
    Change({}, {left->alias()});
  } else if (const auto* changed = std::get_if<pb::PresenceChanged>(&event)) {
    Change({changed->joined().begin(), changed->joined().end()},
           {changed->left().begin(), changed->left().end()});
  }
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
