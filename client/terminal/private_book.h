// Who this user has private chats with and who asked for one, as far as this
// client was told: so that /accept, /reject and /end need no name where there
// is only one. The server is the one who knows.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "absl/status/statusor.h"

#include "client/core/event.h"

namespace chat77::client {

// Pure.
class PrivateBook {
 public:
  // Offline for good empties it, Online sets it as the server says, the
  // private events change it.
  void Note(const Event& event);
  // What replies to this client's own requests tell.
  void Linked(const std::string& alias);
  void Ended(const std::string& alias) { linked_.erase(alias); }
  void Answered(const std::string& alias) { asking_.erase(alias); }
  void Replace(const pb::ListPrivateReply& reply);

  bool empty() const { return linked_.empty() && asking_.empty(); }

  // The name given, or the only one it can be, or a sentence.
  absl::StatusOr<std::string> WhoAsked(
      const std::optional<std::string>& given) const;
  absl::StatusOr<std::string> WhoIsLinked(
      const std::optional<std::string>& given) const;

 private:
  std::set<std::string> linked_;
  std::set<std::string> asking_;
};

}  // namespace chat77::client
