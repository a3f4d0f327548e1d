#include "compat/legacy/command.h"

#include <gtest/gtest.h>
#include <ostream>
#include <vector>

namespace chat77::compat::legacy {
namespace {

struct Reading {
  std::string message;
  Verb verb;
  std::string alias = "";
  std::string text = "";
};

std::vector<Reading> Rows() {
  const std::string kPrivate = "private txt [client] [message]";
  const std::string kGroups = "Groups are not supported by this server";
  return {
      // Commands, in any case, stripped.
      {"exit", Verb::kExit},
      {" EXIT \r\n", Verb::kExit},
      {"online clients", Verb::kOnlineClients},
      {"Online Clients ", Verb::kOnlineClients},
      {"connect to Bob", Verb::kConnect, "Bob"},
      {"CONNECT TO Bob", Verb::kConnect, "Bob"},
      {"connect to two words", Verb::kConnect, "two words"},
      {"accept connection bob", Verb::kAccept, "bob"},
      {"reject connection bob", Verb::kReject, "bob"},
      {"end private bob", Verb::kEndPrivate, "bob"},
      {"my private chats", Verb::kPrivateChats},
      {"private txt bob hi there", Verb::kPrivateText, "bob", "hi there"},
      {"Private TXT Bob  Hi", Verb::kPrivateText, "Bob", "Hi"},
      // Texts.
      {"ann: hello", Verb::kSay, "", "hello"},
      {"ann: bob: hello", Verb::kSay, "", "bob: hello"},
      {"ANN: typed otherwise", Verb::kSay, "", "typed otherwise"},
      {"ann: exit", Verb::kSay, "", "exit"},
      {"ann: connect to bob", Verb::kSay, "", "connect to bob"},
      {"ann: private txt bob x", Verb::kSay, "", "private txt bob x"},
      {"bob: hello", Verb::kSay, "", "bob: hello"},
      {"PRIVATE_CONNECTED:bob", Verb::kSay, "", "PRIVATE_CONNECTED:bob"},
      {"hello", Verb::kSay, "", "hello"},
      {"exit now", Verb::kSay, "", "exit now"},
      {"online clients?", Verb::kSay, "", "online clients?"},
      {"bdct txt hello all", Verb::kSay, "", "hello all"},
      {"bdct txt exit", Verb::kSay, "", "exit"},
      // Nothing.
      {"", Verb::kNothing},
      {" \t ", Verb::kNothing},
      // Commands that lack something.
      {"connect to ", Verb::kInfo, "", "connect to [client]"},
      {"connect  to bob", Verb::kInfo, "", "connect to [client]"},
      {"accept connection", Verb::kInfo, "", "accept connection [client]"},
      {"reject connection ", Verb::kInfo, "", "reject connection [client]"},
      {"end private", Verb::kInfo, "", "end private [client]"},
      {"bdct txt", Verb::kInfo, "", "Broadcast message cannot be empty"},
      {"ann:", Verb::kInfo, "", "Broadcast message cannot be empty"},
      // What might be a secret is never said aloud.
      {"private txt", Verb::kInfo, "", kPrivate},
      {"private txt bob", Verb::kInfo, "", kPrivate},
      {"private  txt bob x", Verb::kInfo, "", kPrivate},
      {"private\ttxt bob x", Verb::kInfo, "", kPrivate},
      {"private\xC2\xA0txt bob x", Verb::kInfo, "", kPrivate},
      {"privat txt bob x", Verb::kInfo, "", kPrivate},
      {"privatetxt bob x", Verb::kInfo, "", kPrivate},
      {"private text bob x", Verb::kInfo, "", kPrivate},
      // The last version's further words.
      {"BEEP_UDP_PORT:4242", Verb::kInfo, "",
       "Beeps are not supported by this server"},
      {"FILE_START|bob|a.txt|1|id", Verb::kInfo, "",
       "Files are not supported by this server"},
      {"FILE_CHUNK|bob|id|0|eA==", Verb::kNothing},
      {"FILE_END|bob|id|1", Verb::kNothing},
      {"create group g", Verb::kInfo, "", kGroups},
      {"invite group g bob", Verb::kInfo, "", kGroups},
      {"accept group g", Verb::kInfo, "", kGroups},
      {"reject group g", Verb::kInfo, "", kGroups},
      {"my groups", Verb::kInfo, "", kGroups},
      {"group txt g secret", Verb::kInfo, "", kGroups},
  };
}

TEST(CommandTest, EveryCommandAndTrap) {
  for (const Reading& row : Rows()) {
    const Command command = ParseCommand(row.message, "ann", "ANN");
    EXPECT_EQ(command.verb, row.verb) << row.message;
    EXPECT_EQ(command.alias, row.alias) << row.message;
    EXPECT_EQ(command.text, row.text) << row.message;
  }
}

}  // namespace
}  // namespace chat77::compat::legacy
