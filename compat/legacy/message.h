// One message to a legacy client. It can only be made by the functions below,
// so that it holds no CR, LF, NUL or other control character, and so that
// nothing a user wrote ever stands where a client looks for a control message:
// a text always follows its speaker's name, and a name that would itself read
// as a control word is shown with a `~` before it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chat77::compat::legacy {

class Message {
 public:
  // What the pacer needs to know.
  enum class Role {
    kLogin,    // a step of the login: alone in a write, never dropped
    kWelcome,  // AUTH_SUCCESS: as kLogin, and a longer pause follows
    kControl,  // changes the client's state: alone in a write, never dropped
    kReply,    // printed as it is; dropped only after all texts
    kText,     // printed as it is; dropped first
  };

  static Message Greeting();
  static Message AskAlias();
  static Message AskPassword();
  static Message Welcome();
  static Message Registered();
  static Message AlreadyOnline();
  static Message NowConnected();
  // `ERROR: {sentence}` and `INFO: {sentence}`.
  static Message Error(std::string_view sentence);
  static Message Info(std::string_view sentence);

  static Message RequestFrom(std::string_view name);
  static Message Connected(std::string_view name);
  static Message Rejected(std::string_view name);
  static Message Ended(std::string_view name, std::string_view reason);

  // `{name} has connected to the chatroom`, `{name} has left the chatroom`.
  static Message Joined(std::string_view name);
  static Message Left(std::string_view name);
  // `{name}: {text}`, and `[Private:{label}] {name}: {text}`.
  static Message Said(std::string_view name, std::string_view text);
  static Message PrivateSaid(std::string_view label, std::string_view name,
                             std::string_view text);
  // `{title}: {a}, {b}`, or `{title}: none`.
  static Message List(std::string_view title,
                      const std::vector<std::string>& names);

  Role role() const { return role_; }
  const std::string& text() const { return text_; }

  // The message in pieces of at most `limit` bytes (>= 512), cut between
  // characters; each piece begins as the message does (`{name}: `, `INFO: `),
  // so that a reader can tell whose it is and no piece reads as another
  // message.
  std::vector<std::string> Pieces(size_t limit) const;

 private:
  Message(Role role, std::string head, std::string_view tail);

  Role role_;
  size_t head_;  // bytes of text_ that every piece repeats
  std::string text_;
};

}  // namespace chat77::compat::legacy
