// Who this user has private chats with and who asked for one, as far as this
// client was told: so that /accept, /reject, /end and /withdraw need no name
// where there is only one, and so that somebody who comes back learns what has
// changed. The server is the one who knows.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

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
  void Asked(const std::string& alias) { asked_.insert(alias); }
  void TookBack(const std::string& alias) { asked_.erase(alias); }
  void Blocked(const std::string& alias);
  void Replace(const pb::ListPrivateReply& reply);

  // What is new in `now`, as the events that would have told it. An end is
  // without a reason.
  std::vector<Event> NewsIn(const pb::ListPrivateReply& now) const;
  // Whom this user had asked and, by `now`, neither waits for nor has a private
  // chat with.
  std::vector<std::string> UnansweredIn(const pb::ListPrivateReply& now) const;

  // The name given, or the only one it can be, or a sentence.
  absl::StatusOr<std::string> WhoAsked(
      const std::optional<std::string>& given) const;
  absl::StatusOr<std::string> WhoIsLinked(
      const std::optional<std::string>& given) const;
  // Whose answer this user waits for.
  absl::StatusOr<std::string> WhomAsked(
      const std::optional<std::string>& given) const;

 private:
  std::set<std::string> linked_;
  std::set<std::string> asking_;
  std::set<std::string> asked_;
};

}  // namespace chat77::client
