// What /help prints.
#pragma once

#include <string>

namespace chat77::client {

// Lines of at most 79 columns; names every command.
std::string HelpText();

}  // namespace chat77::client
