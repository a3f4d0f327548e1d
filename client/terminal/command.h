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
struct BlockCommand {
  std::string alias;
};
struct UnblockCommand {
  std::string alias;
};
struct BlockedCommand {};
// Without a name: the only one that was asked.
struct WithdrawCommand {
  std::optional<std::string> alias;
};
struct PasswordCommand {};
struct ClaimCommand {
  std::string code;
};
struct KickCommand {
  std::string alias;
  std::string reason;
};
// Of these, `seconds` 0 is until it is lifted.
struct MuteCommand {
  std::string alias;
  uint64_t seconds = 0;
  std::string reason;
};
struct BanCommand {
  std::string target;
  bool is_network = false;  // else an alias
  uint64_t seconds = 0;
  std::string reason;
};
struct LiftCommand {
  uint64_t number = 0;  // as /sanctions lists it
};
struct SanctionsCommand {};
struct InviteCommand {};
struct HelpCommand {};
struct QuitCommand {};

using Command =
    std::variant<NothingCommand, SayCommand, ConnectCommand, AcceptCommand,
                 RejectCommand, EndCommand, MessageCommand, OnlineCommand,
                 PrivateCommand, HistoryCommand, DevicesCommand, RevokeCommand,
                 BlockCommand, UnblockCommand, BlockedCommand, WithdrawCommand,
                 PasswordCommand, ClaimCommand, KickCommand, MuteCommand,
                 BanCommand, LiftCommand, SanctionsCommand, InviteCommand,
                 HelpCommand, QuitCommand>;

}  // namespace chat77::client
