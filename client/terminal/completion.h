// What the Tab key does: completes commands and the names of who is online.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chat77::client {

struct Completion {
  std::string insert;                   // goes in at the cursor; may be empty
  std::vector<std::string> candidates;  // to be listed, if insert is empty
};

// `before` is the line up to the cursor. A word at the beginning completes to
// a command (or to a name, `ann: `); after a command that takes one, to a
// name. Names are matched without regard to ASCII case and only where what is
// inserted continues what was typed. Pure.
Completion Complete(std::string_view before,
                    const std::vector<std::string>& names);

}  // namespace chat77::client
