// Who is online, as far as was told: for completing names. Right whichever way
// the server tells who comes and goes; where it does not (PRESENCE_NONE), as
// of the last Replace.
#pragma once

#include <string>
#include <vector>

#include "client/core/event.h"

namespace chat77::client {

// Pure.
class OnlineNames {
 public:
  // With what ListOnline answered.
  void Replace(const pb::ListOnlineReply& list);
  // Joined, Left and PresenceChanged; others are ignored.
  void Note(const Event& event);

  // Each name once; who came last stands last.
  const std::vector<std::string>& all() const { return names_; }

 private:
  void Change(const std::vector<std::string>& joined,
              const std::vector<std::string>& left);

  std::vector<std::string> names_;
};

}  // namespace chat77::client
