#include "client/terminal/command_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/terminal/help_text.h"

namespace chat77::client {
namespace {

using ::testing::HasSubstr;

template <class... Ts>
struct Overload : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overload(Ts...) -> Overload<Ts...>;

std::string Or(const std::optional<std::string>& alias) {
  return alias.value_or("?");
}

// A command in one word and its arguments; an error as "! sentence".
std::string Parse(std::string_view line) {
  const absl::StatusOr<Command> command = ParseCommand(line);
  if (!command.ok()) return "! " + std::string(command.status().message());
  return std::visit(
      Overload{
          [](const NothingCommand&) -> std::string { return "nothing"; },
          [](const SayCommand& c) { return "say|" + c.text; },
          [](const ConnectCommand& c) { return "connect|" + c.alias; },
          [](const AcceptCommand& c) { return "accept|" + Or(c.alias); },
          [](const RejectCommand& c) { return "reject|" + Or(c.alias); },
          [](const EndCommand& c) { return "end|" + Or(c.alias); },
          [](const MessageCommand& c) {
            return "msg|" + c.alias + "|" + c.text;
          },
          [](const OnlineCommand&) -> std::string { return "online"; },
          [](const PrivateCommand&) -> std::string { return "private"; },
          [](const HistoryCommand& c) {
            return "history|" + std::to_string(c.count);
          },
          [](const DevicesCommand&) -> std::string { return "devices"; },
          [](const RevokeCommand& c) {
            return "revoke|" + std::to_string(c.number);
          },
          [](const BlockCommand& c) { return "block|" + c.alias; },
          [](const UnblockCommand& c) { return "unblock|" + c.alias; },
          [](const BlockedCommand&) -> std::string { return "blocked"; },
          [](const WithdrawCommand& c) { return "withdraw|" + Or(c.alias); },
          [](const PasswordCommand&) -> std::string { return "password"; },
          [](const ClaimCommand& c) { return "claim|" + c.code; },
          [](const KickCommand& c) {
            return "kick|" + c.alias + "|" + c.reason;
          },
          [](const MuteCommand& c) {
            return "mute|" + c.alias + "|" + std::to_string(c.seconds) + "|" +
                   c.reason;
          },
          [](const BanCommand& c) {
            return (c.is_network ? "ban network|" : "ban|") + c.target + "|" +
                   std::to_string(c.seconds) + "|" + c.reason;
          },
          [](const LiftCommand& c) {
            return "lift|" + std::to_string(c.number);
          },
          [](const SanctionsCommand&) -> std::string { return "sanctions"; },
          [](const InviteCommand&) -> std::string { return "invite"; },
          [](const HelpCommand&) -> std::string { return "help"; },
          [](const QuitCommand&) -> std::string { return "quit"; },
      },
      *command);
}

struct Case {
  const char* line;
  const char* command;
};

void ExpectAll(const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(Parse(c.line), c.command) << c.line;
}

TEST(CommandParserTest, SlashCommands) {
  ExpectAll({
      {"/connect ann", "connect|ann"},
      {"  /CONNECT   Ann  ", "connect|Ann"},
      {"/accept", "accept|?"},
      {"/accept ann", "accept|ann"},
      {"/reject", "reject|?"},
      {"/reject ann", "reject|ann"},
      {"/msg ann hello  there", "msg|ann|hello  there"},
      {"/msg\tann\thello", "msg|ann|hello"},
      {"/end", "end|?"},
      {"/end ann", "end|ann"},
      {"/online", "online"},
      {"/private", "private"},
      {"/history", "history|20"},
      {"/history 200", "history|200"},
      {"/devices", "devices"},
      {"/revoke 17", "revoke|17"},
      {"/help", "help"},
      {"/quit", "quit"},
      {"//etc/passwd is a file", "say|/etc/passwd is a file"},
      {"//", "say|/"},
  });
}

TEST(CommandParserTest, OriginalCommands) {
  ExpectAll({
      {"bdct txt hello all", "say|hello all"},
      {"BDCT TXT Hello", "say|Hello"},
      {"bdct txt exit", "say|exit"},
      {"bdct txt /quit", "say|/quit"},
      {"online clients", "online"},
      {"Online Clients", "online"},
      {"connect to Ann", "connect|Ann"},
      {"accept connection ann", "accept|ann"},
      {"reject connection ann", "reject|ann"},
      {"my private chats", "private"},
      {"private txt ann see you at 5", "msg|ann|see you at 5"},
      {"private  txt ann x", "msg|ann|x"},
      {"end private ann", "end|ann"},
      {"exit", "quit"},
      {" exit ", "quit"},
  });
}

TEST(CommandParserTest, ConsentAndPasswords) {
  ExpectAll({
      {"/block bob", "block|bob"},
      {"/block", "! Usage: /block NAME"},
      {"/unblock bob", "unblock|bob"},
      {"/blocked", "blocked"},
      {"/withdraw", "withdraw|?"},
      {"/withdraw bob", "withdraw|bob"},
      {"/password", "password"},
      {"/password secret",
       "! Usage: /password alone; it asks for the old and the new one"},
  });
}

TEST(CommandParserTest, Moderation) {
  ExpectAll({
      {"/claim x-y", "claim|x-y"},
      {"/kick bob", "kick|bob|"},
      {"/kick bob 10m is no time", "kick|bob|10m is no time"},
      {"/mute bob", "mute|bob|0|"},
      {"/mute bob 10m", "mute|bob|600|"},
      {"/mute bob 2h  shouting a lot", "mute|bob|7200|shouting a lot"},
      {"/mute bob 3rd warning", "mute|bob|0|3rd warning"},
      {"/ban bob 7d spam", "ban|bob|604800|spam"},
      {"/ban 192.0.2.0/24 1w", "ban network|192.0.2.0/24|604800|"},
      {"/ban 2001:db8::1", "ban network|2001:db8::1|0|"},
      {"/lift 3", "lift|3"},
      {"/sanctions", "sanctions"},
      {"/invite", "invite"},
  });
}

TEST(CommandParserTest, ModerationMistakes) {
  EXPECT_THAT(Parse("/mute bob 10"), HasSubstr("a TIME like 10m"));
  EXPECT_THAT(Parse("/mute"), HasSubstr("Usage: /mute NAME"));
  EXPECT_THAT(Parse("/ban 192.0.2.1/24"), HasSubstr("neither a name nor"));
  EXPECT_THAT(Parse("/lift bob"), HasSubstr("as /sanctions lists it"));
  EXPECT_THAT(Parse("/claim"), HasSubstr("printed at its start"));
  EXPECT_THAT(Parse("/kick bob " + std::string(201, 'x')),
              HasSubstr("has 201 bytes and may have 200"));
}

TEST(CommandParserTest, TextIsSaid) {
  ExpectAll({
      {"", "nothing"},
      {" \t ", "nothing"},
      {"hello", "say|hello"},
      {"  hello  all ", "say|hello  all"},
      {"exit is on the left", "say|exit is on the left"},
      {"online clients are few", "say|online clients are few"},
      {"connected to ann", "say|connected to ann"},
      {"private matters", "say|private matters"},
      {"1/2 a/b", "say|1/2 a/b"},
  });
}

// None of these may reach the room.
TEST(CommandParserTest, MistakesAreNeverSaid) {
  ExpectAll({
      {"/connect", "! Usage: /connect NAME"},
      {"/connect ann bob", "! Usage: /connect NAME"},
      {"/msg ann", "! Usage: /msg NAME TEXT"},
      {"/online now", "! Usage: /online"},
      {"/revoke", "! Usage: /revoke NUMBER, as /devices lists it"},
      {"/revoke phone", "! Usage: /revoke NUMBER, as /devices lists it"},
      {"/history 0", "! Usage: /history [COUNT], with COUNT from 1 to 200"},
      {"/history 201", "! Usage: /history [COUNT], with COUNT from 1 to 200"},
      {"/history -1", "! Usage: /history [COUNT], with COUNT from 1 to 200"},
      {"/history 5x", "! Usage: /history [COUNT], with COUNT from 1 to 200"},
      {"private txt ann",
       "! Usage: private txt NAME TEXT (to say it in the room: bdct txt "
       "TEXT)"},
      {"private txt",
       "! Usage: private txt NAME TEXT (to say it in the room: bdct txt "
       "TEXT)"},
      {"connect to",
       "! Usage: connect to NAME (to say it in the room: bdct txt TEXT)"},
      {"accept connection",
       "! Usage: accept connection NAME (to say it in the room: bdct txt "
       "TEXT)"},
      {"bdct txt", "! Usage: bdct txt TEXT"},
  });
}

TEST(CommandParserTest, NamesTheNearest) {
  EXPECT_THAT(Parse("/mgs ann secret"), HasSubstr("did you mean /msg?"));
  EXPECT_THAT(Parse("/acept"), HasSubstr("did you mean /accept?"));
  EXPECT_THAT(Parse("/onlin"), HasSubstr("did you mean /online?"));
  EXPECT_THAT(Parse("/"), HasSubstr("There is no such command"));
}

TEST(CommandParserTest, LongWordIsNoBurden) {
  const std::string sentence = Parse("/" + std::string(100000, 'x'));
  EXPECT_THAT(sentence, HasSubstr("no such command"));
  EXPECT_LT(sentence.size(), 200u);
}

TEST(CommandParserTest, HelpNamesEveryCommand) {
  for (const std::string& command : SlashCommands()) {
    if (command == "/help") continue;
    EXPECT_THAT(HelpText(), HasSubstr(command));
  }
  for (const std::string& command : OriginalCommands()) {
    EXPECT_THAT(HelpText(), HasSubstr(command));
  }
}

}  // namespace
}  // namespace chat77::client
