// A typed line to a command, or to a sentence that says what was wrong.
//
// Three ways of speaking are understood: `/words`, the commands of the
// original as people typed them (`connect to ann`, `private txt ann hello`),
// and anything else, which is said in the room. What looks like a mistyped
// command is never said in the room: it might be meant for one person only.
// `//text` says `/text`; `bdct txt text` says the text whatever it is.
//
// Words are matched without regard to case, and any white space between them
// counts as one space. The text of a message is kept as it is but for white
// space at its ends.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "client/terminal/command.h"

namespace chat77::client {

// InvalidArgument with one sentence. Pure.
absl::StatusOr<Command> ParseCommand(std::string_view line);

// "/accept", "/connect", ... in order: for completion.
const std::vector<std::string>& SlashCommands();
// The beginnings of the original's commands: "bdct txt ", "connect to ", ...
const std::vector<std::string>& OriginalCommands();

}  // namespace chat77::client
