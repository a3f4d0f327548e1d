#include "compat/legacy/message.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"

#include "compat/legacy/text.h"

namespace chat77::compat::legacy {
namespace {

// What an original client of either dialect looks for before a colon, in upper
// case. An alias may be spelled like any of them.
constexpr std::array<std::string_view, 12> kControlWords = {
    "PRIVATE_REQUEST_FROM",
    "PRIVATE_CONNECTED",
    "PRIVATE_REJECTED",
    "PRIVATE_ENDED",
    "GROUP_JOINED",
    "GROUP_INVITE",
    "BEEP_UDP_PORT",
    "BEEP",
    "ERROR",
    "INFO",
    "GROUPS",
    "AUTH_SUCCESS"};

// A name as it may stand at the beginning of a message, before a colon.
std::string Speaker(std::string_view name) {
  std::string speaker = OneLine(name);
  const std::string word =
      absl::AsciiStrToUpper(speaker.substr(0, speaker.find(':')));
  if (std::find(kControlWords.begin(), kControlWords.end(), Strip(word)) !=
      kControlWords.end()) {
    return Cat("~", speaker);
  }
  return speaker;
}

}  // namespace

Message::Message(Role role, std::string head, std::string_view tail)
    : role_(role), head_(head.size()), text_(std::move(head)) {
  text_ += OneLine(tail);
}

Message Message::Greeting() {
  return Message(Role::kLogin, "", "Authorise MODE? (REGISTER/LOGIN)");
}
Message Message::AskAlias() { return Message(Role::kLogin, "", "ALIAS?"); }
Message Message::AskPassword() {
  return Message(Role::kLogin, "", "PASSWORD?");
}
Message Message::Welcome() {
  return Message(Role::kWelcome, "", "AUTH_SUCCESS");
}
Message Message::Registered() {
  return Message(Role::kLogin, "",
                 "Registration successful. You can login now.");
}
Message Message::AlreadyOnline() {
  return Message(Role::kLogin, "", "This alias is already logged in");
}
Message Message::NowConnected() {
  return Message(Role::kReply, "", "you are now connected");
}
Message Message::Error(std::string_view sentence) {
  return Message(Role::kLogin, "ERROR: ", sentence);
}
Message Message::Info(std::string_view sentence) {
  return Message(Role::kReply, "INFO: ", sentence);
}

Message Message::RequestFrom(std::string_view name) {
  return Message(Role::kControl, "PRIVATE_REQUEST_FROM:", name);
}
Message Message::Connected(std::string_view name) {
  return Message(Role::kControl, "PRIVATE_CONNECTED:", name);
}
Message Message::Rejected(std::string_view name) {
  return Message(Role::kControl, "PRIVATE_REJECTED:", name);
}
Message Message::Ended(std::string_view name, std::string_view reason) {
  return Message(Role::kControl, "PRIVATE_ENDED:", Cat(name, ":", reason));
}

Message Message::Joined(std::string_view name) {
  return Message(Role::kText, "",
                 Cat(Speaker(name), " has connected to the chatroom"));
}
Message Message::Left(std::string_view name) {
  return Message(Role::kText, "", Cat(Speaker(name), " has left the chatroom"));
}
Message Message::Said(std::string_view name, std::string_view text) {
  return Message(Role::kText, Cat(Speaker(name), ": "), text);
}
Message Message::PrivateSaid(std::string_view label, std::string_view name,
                             std::string_view text) {
  return Message(Role::kText,
                 Cat("[Private:", OneLine(label), "] ", OneLine(name), ": "),
                 text);
}
Message Message::List(std::string_view title,
                      const std::vector<std::string>& names) {
  return Message(Role::kReply, Cat(title, ": "),
                 names.empty() ? "none" : absl::StrJoin(names, ", "));
}

std::vector<std::string> Message::Pieces(size_t limit) const {
  if (text_.size() <= limit) return {text_};
  std::vector<std::string> pieces;
  // A head that leaves no room (it never should) is not repeated.
  const size_t repeated = head_ + 64 < limit ? head_ : 0;
  const std::string head = text_.substr(0, repeated);
  std::string_view left = std::string_view(text_).substr(repeated);
  while (!left.empty()) {
    std::string_view piece = CutPrefix(left, limit - repeated);
    // A list is cut between names: half a name reads as another name.
    const size_t comma = role_ == Role::kReply && piece.size() < left.size()
                             ? piece.rfind(", ")
                             : std::string_view::npos;
    if (comma != std::string_view::npos) piece = piece.substr(0, comma + 2);
    pieces.push_back(Cat(head, piece));
    left.remove_prefix(piece.size());
  }
  return pieces;
}

}  // namespace chat77::compat::legacy
