// What a person can ask for by typing a line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace chat77::client {

struct NothingCommand {};  // an empty line
struct SayCommand {
  std::string text;
};
struct ConnectCommand {
  std::string alias;
};
// Without a name: the only one it can mean.
struct AcceptCommand {
  std::optional<std::string> alias;
};
struct RejectCommand {
  std::optional<std::string> alias;
};
struct EndCommand {
  std::optional<std::string> alias;
};
struct MessageCommand {
  std::string alias;
  std::string text;
};
struct OnlineCommand {};
struct PrivateCommand {};
struct HistoryCommand {
  uint32_t count = 20;
};
struct DevicesCommand {};
struct RevokeCommand {
  uint64_t number = 0;  // as /devices lists it
};
struct HelpCommand {};
struct QuitCommand {};

using Command =
    std::variant<NothingCommand, SayCommand, ConnectCommand, AcceptCommand,
                 RejectCommand, EndCommand, MessageCommand, OnlineCommand,
                 PrivateCommand, HistoryCommand, DevicesCommand, RevokeCommand,
                 HelpCommand, QuitCommand>;

}  // namespace chat77::client
