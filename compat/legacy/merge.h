// Telling apart what an unframed client sent in several goes and the network
// delivered as one.
//
// There is no delimiter, but an original client begins every public text with
// its own `{alias}: ` and strips every message at its end. So a message may end
// where `{alias}: ` follows anything but white space. A command at the tail is
// never run. A private text glued to something else is the one tail that must
// not be shown either: it would tell everybody what was meant for one.
#pragma once

#include <cstddef>
#include <string_view>

namespace chat77::compat::legacy {

struct MergeCut {
  size_t end;     // the first message is bytes [0, end)
  bool withhold;  // and what follows begins with a private command: drop it all
};

// Where the first message of `bytes` ends. `alias` is the sender's name as the
// client writes it; empty (not logged in): the whole is one message. Linear.
MergeCut FirstMessage(std::string_view bytes, std::string_view alias);

// Where the last message of `bytes` begins: what comes before is complete even
// if more bytes follow. 0 if that cannot be told.
size_t LastMessage(std::string_view bytes, std::string_view alias);

}  // namespace chat77::compat::legacy
