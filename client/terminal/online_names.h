// Who is online, as far as was told: for completing names. Right whichever way
// the server tells who comes and goes; where it does not (PRESENCE_NONE), as
// of the last Replace.
#pragma once

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"

#include "client/core/event.h"

namespace chat77::client {

// Pure.
class OnlineNames {
 public:
  // With what ListOnline answered.
  void Replace(const pb::ListOnlineReply& list);
  // Joined, Left and PresenceChanged; others are ignored. False for a Joined or
  // Left that tells nothing new: after a reconnect some come again. One that a
  // list was faster than is news all the same.
  bool Note(const Event& event);

  // Each name once; who came last stands last.
  const std::vector<std::string>& all() const { return names_; }

 private:
  bool Has(const std::string& alias) const;
  bool Join(const std::string& alias);
  bool Leave(const std::string& alias);
  void Change(const std::vector<std::string>& joined,
              const std::vector<std::string>& left);

  std::vector<std::string> names_;
  // The last list had everybody; before the first and after one that was cut
  // everything is news.
  bool complete_ = false;
  // What the last list changed and no event has told yet.
  absl::flat_hash_set<std::string> came_;
  absl::flat_hash_set<std::string> went_;
};

}  // namespace chat77::client
