#include "client/terminal/private_book.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace chat77::client {
namespace {

absl::StatusOr<std::string> TheOne(const std::optional<std::string>& given,
                                   const std::set<std::string>& names,
                                   const char* nobody, const char* several) {
  if (given) return *given;
  if (names.empty()) return absl::NotFoundError(nobody);
  if (names.size() == 1) return *names.begin();
  return absl::InvalidArgumentError(
      absl::StrCat(several, ": ", absl::StrJoin(names, ", "),
                   "; please name the one you mean."));
}

template <class Message>
Message EventAbout(const std::string& alias) {
  Message message;
  message.set_alias(alias);
  return message;
}

}  // namespace

void PrivateBook::Note(const Event& event) {
  if (auto* offline = std::get_if<Offline>(&event)) {
    if (!offline->retry_in) Replace({});
  } else if (auto* online = std::get_if<Online>(&event)) {
    Replace(online->private_state);
  } else if (auto* asked = std::get_if<pb::PrivateRequested>(&event)) {
    asking_.insert(asked->alias());
  } else if (auto* linked = std::get_if<pb::PrivateConnected>(&event)) {
    Linked(linked->alias());
  } else if (auto* ended = std::get_if<pb::PrivateEnded>(&event)) {
    Ended(ended->alias());
  } else if (auto* withdrawn = std::get_if<pb::RequestWithdrawn>(&event)) {
    // Only the direction it says: each may have asked the other once.
    withdrawn->was_asking() ? TookBack(withdrawn->alias())
                            : Answered(withdrawn->alias());
  } else if (auto* rejected = std::get_if<pb::PrivateRejected>(&event)) {
    TookBack(rejected->alias());
  }
}

void PrivateBook::Linked(const std::string& alias) {
  asking_.erase(alias);
  asked_.erase(alias);
  linked_.insert(alias);
}

void PrivateBook::Blocked(const std::string& alias) {
  linked_.erase(alias);
  asking_.erase(alias);
  asked_.erase(alias);
}

void PrivateBook::Replace(const pb::ListPrivateReply& reply) {
  linked_ = {reply.linked().begin(), reply.linked().end()};
  asking_ = {reply.asking().begin(), reply.asking().end()};
  asked_ = {reply.asked().begin(), reply.asked().end()};
}

std::vector<Event> PrivateBook::NewsIn(const pb::ListPrivateReply& now) const {
  std::vector<Event> news;
  const std::set<std::string> still(now.linked().begin(), now.linked().end());
  for (const std::string& alias : linked_) {
    if (!still.contains(alias))
      news.push_back(EventAbout<pb::PrivateEnded>(alias));
  }
  for (const std::string& alias : now.linked()) {
    if (!linked_.contains(alias)) {
      news.push_back(EventAbout<pb::PrivateConnected>(alias));
    }
  }
  for (const std::string& alias : now.asking()) {
    if (!asking_.contains(alias)) {
      news.push_back(EventAbout<pb::PrivateRequested>(alias));
    }
  }
  return news;
}

std::vector<std::string> PrivateBook::UnansweredIn(
    const pb::ListPrivateReply& now) const {
  std::set<std::string> gone = asked_;
  for (const std::string& alias : now.asked()) gone.erase(alias);
  for (const std::string& alias : now.linked()) gone.erase(alias);
  return {gone.begin(), gone.end()};
}

absl::StatusOr<std::string> PrivateBook::WhoAsked(
    const std::optional<std::string>& given) const {
  return TheOne(given, asking_, "Nobody has asked you for a private chat.",
                "Several people asked you");
}

absl::StatusOr<std::string> PrivateBook::WhoIsLinked(
    const std::optional<std::string>& given) const {
  return TheOne(given, linked_, "You have no private chat to end.",
                "You have several private chats");
}

absl::StatusOr<std::string> PrivateBook::WhomAsked(
    const std::optional<std::string>& given) const {
  return TheOne(given, asked_, "You wait for nobody's answer.",
                "You asked several people");
}

}  // namespace chat77::client
