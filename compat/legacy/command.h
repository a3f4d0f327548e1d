// What a legacy client that is logged in wants, read from one message.
//
// The original tested fixed prefixes and broadcast what fitted none. Here a
// mistyped command is not shown to everybody: a message that begins as a
// command does, without being one, gets that command's usage, and so does
// anything that might have been meant as a private text.
#pragma once

#include <string>
#include <string_view>

namespace chat77::compat::legacy {

enum class Verb {
  kNothing,  // an empty message, or one to swallow in silence
  kSay,
  kExit,
  kOnlineClients,
  kConnect,
  kAccept,
  kReject,
  kEndPrivate,
  kPrivateChats,
  kPrivateText,
  kInfo,  // nothing to do but tell `text`
};

struct Command {
  Verb verb = Verb::kNothing;
  std::string alias;  // the other user, as typed
  std::string text;   // what is said, or the sentence of kInfo
  // Said without the sender's own name before it: no original client does that
  // but by sending the further lines of a text that has several.
  bool bare = false;
  // Meant for some only, whether it was understood or not.
  bool secret = false;
};

// `own` is the sender's alias as registered, `typed` as the client wrote it at
// login: original clients put the latter, `: ` and a text, and all of that is
// text, whatever it looks like.
Command ParseCommand(std::string_view message, std::string_view own,
                     std::string_view typed);

}  // namespace chat77::compat::legacy
