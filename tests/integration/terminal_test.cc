// The program chat77 as a person at a terminal uses it, against the real
// server.
#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/native_client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_folder.h"
#include "tests/support/terminal_session.h"

namespace chat77::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class TerminalTest : public testing::Test {
 protected:
  TerminalTest() { std::ofstream(folder_ / "pw") << "secret\n"; }

  std::vector<std::string> Flags(int port,
                                 std::vector<std::string> more = {}) const {
    more.push_back("--server=127.0.0.1:" + std::to_string(port));
    return more;
  }
  std::vector<std::string> LoginFlags(const std::string& alias) const {
    return Flags(server_->port(), {"--alias=" + alias, "--register",
                                   "--password_file=" + (folder_ / "pw")});
  }
  std::vector<std::string> StoreFlags() const {
    return {"--store=" + (folder_ / "chat77.db")};
  }
  // Starts the server anew where it was, with what it stored.
  void StartAgain(int port) {
    std::vector<std::string> flags = StoreFlags();
    flags.push_back("--listen=127.0.0.1:" + std::to_string(port));
    server_ = std::make_unique<ServerProcess>(flags);
    ASSERT_TRUE(server_->ready()) << server_->Log();
  }

  test::TempFolder folder_;
  std::unique_ptr<ServerProcess> server_ =
      std::make_unique<ServerProcess>(StoreFlags());
};

#define AWAIT(session, text)                                   \
  ASSERT_TRUE((session).Await(text)) << text << " is not in\n" \
                                     << (session).Screen()

TEST_F(TerminalTest, RegistersTalksAndLogsInAgain) {
  {
    TerminalSession ann(Flags(server_->port()));
    AWAIT(ann, "Log in, or register a new name? [login]");
    ann.Enter("register");
    AWAIT(ann, "Name:");
    ann.Enter("Ann");
    AWAIT(ann, "Password for Ann:");
    ann.Enter("tulip");
    AWAIT(ann, "The same again:");
    ann.Enter("tulips");
    AWAIT(ann, "The two passwords differ.");
    ann.Enter("tulip");
    AWAIT(ann, "The same again:");
    ann.Enter("tulip");
    AWAIT(ann, "The account Ann is registered.");
    AWAIT(ann, "Welcome, Ann.");
    ann.Enter("hello, room");
    AWAIT(ann, "Ann: hello, room");
    ann.Enter("/quit");
    EXPECT_EQ(ann.Wait(), 0);
    EXPECT_THAT(ann.bytes(), Not(HasSubstr("tulip")));
  }
  TerminalSession ann(Flags(server_->port()));
  AWAIT(ann, "[login]");
  ann.Enter("");
  AWAIT(ann, "Name:");
  ann.Enter("ann");
  AWAIT(ann, "Password for ann:");
  ann.Enter("tulip");
  AWAIT(ann, "Welcome, Ann.");
  AWAIT(ann, "Ann: hello, room");
  ann.Type("\x04");  // Ctrl-D on an empty line leaves
  EXPECT_EQ(ann.Wait(), 0);
}

TEST_F(TerminalTest, LoginMistakesAskAgain) {
  NativeClient other(server_->port());
  other.Enter("ann");
  TerminalSession screen(Flags(server_->port()));
  AWAIT(screen, "[login]");
  screen.Enter("what?");
  AWAIT(screen, "Please type login or register.");
  screen.Enter("register");
  AWAIT(screen, "Name:");
  screen.Enter("no spaces, please");
  AWAIT(screen, "alias");  // the rules for one
  screen.Enter("ANN");
  AWAIT(screen, "Password for ANN:");
  screen.Enter("rose");
  AWAIT(screen, "The same again:");
  screen.Enter("rose");
  AWAIT(screen, "taken");
  AWAIT(screen, "[login]");
  screen.Enter("register");
  ASSERT_TRUE(screen.AwaitCursorLine("Name:")) << screen.Screen();
  screen.Enter("bob");
  AWAIT(screen, "Password for bob:");
  screen.Enter("rose");
  ASSERT_TRUE(screen.AwaitCursorLine("The same again:")) << screen.Screen();
  screen.Enter("rose");
  AWAIT(screen, "Welcome, bob.");
}

TEST_F(TerminalTest, WrongPasswordThenTakeOver) {
  TerminalSession first(LoginFlags("ann"));
  AWAIT(first, "Welcome, ann.");
  TerminalSession second(Flags(server_->port(), {"--alias=ann"}));
  AWAIT(second, "Password for ann:");
  second.Enter("wrong");
  AWAIT(second, "Unknown alias or wrong password.");
  AWAIT(second, "[login]");
  second.Enter("");
  ASSERT_TRUE(second.AwaitCursorLine("Name:")) << second.Screen();
  second.Enter("ann");
  ASSERT_TRUE(second.AwaitCursorLine("Password for ann:")) << second.Screen();
  second.Enter("secret");
  AWAIT(second, "End the other session and log in here? [y/N]");
  second.Enter("y");
  AWAIT(second, "Welcome, ann.");
  EXPECT_EQ(first.Wait(), 75);
  EXPECT_THAT(first.Screen(), HasSubstr("somewhere else"));
}

TEST_F(TerminalTest, IncomingDoesNotTearWhatIsTyped) {
  TerminalSession ann(LoginFlags("ann"));
  AWAIT(ann, "Welcome, ann.");
  NativeClient bob(server_->port());
  bob.Enter("bob");
  AWAIT(ann, "* bob joined");
  // Longer than a row, and the cursor moved into the middle.
  const std::string half(200, 'h');
  ann.Type("begin " + half + "\x01\x1b[C\x1b[C");
  AWAIT(ann, "\n> begin hhh");
  for (int i = 0; i < 20; ++i) bob.Say("line " + std::to_string(i));
  AWAIT(ann, "bob: line 19");
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(ann.Screen(),
                HasSubstr("bob: line " + std::to_string(i) + "\n"));
  }
  AWAIT(ann, "bob: line 19\n> begin hhh");
  ann.Type("XY\r");
  // Own words, whole, with what was typed where the cursor had been.
  ASSERT_FALSE(bob.HearSaid().text().empty());
  AWAIT(ann, "ann: beXYgin hhh");
  // Nothing half drawn is left anywhere.
  const std::string screen = ann.Screen();
  EXPECT_EQ(screen.find("> begin"), std::string::npos) << screen;
  EXPECT_EQ(ann.screen().unknown(), "");
}

TEST_F(TerminalTest, PresenceInBatchesOrNotAtAll) {
  std::vector<std::string> flags = LoginFlags("ann");
  flags.push_back("--presence=batched");
  TerminalSession ann(flags);
  AWAIT(ann, "Welcome, ann.");
  AWAIT(ann, "* ann joined");
  flags = LoginFlags("cem");
  flags.push_back("--presence=off");
  TerminalSession cem(flags);
  AWAIT(cem, "Welcome, cem.");
  AWAIT(ann, "* cem joined");
  {
    NativeClient bob(server_->port());
    bob.Enter("bob");
    AWAIT(ann, "* bob joined");
    ann.Type("/connect b\t");
    ASSERT_TRUE(ann.AwaitCursorLine("> /connect bob")) << ann.Screen();
    // Here a Tab finds who was there at the one before, once that is answered.
    cem.Type("/connect b\t\x15/private\r");
    AWAIT(cem, "No private chats");
    cem.Type("/connect b\t");
    ASSERT_TRUE(cem.AwaitCursorLine("> /connect bob")) << cem.Screen();
  }
  AWAIT(ann, "* bob left");
  EXPECT_THAT(cem.Screen(), Not(HasSubstr("* ")));
}

TEST_F(TerminalTest, SlashCommands) {
  TerminalSession ann(LoginFlags("ann"));
  AWAIT(ann, "Welcome, ann.");
  TerminalSession bob(LoginFlags("bob"));
  AWAIT(bob, "Welcome, bob.");
  AWAIT(ann, "* bob joined");
  ann.Enter("/online");
  AWAIT(ann, "-- Online (2): ");
  ann.Enter("/private");
  AWAIT(ann, "No private chats and no requests.");
  ann.Enter("/connect bob");
  AWAIT(ann, "Asked bob; waiting for the answer.");
  AWAIT(bob, "* ann asks for a private chat: /accept or /reject");
  bob.Enter("/reject");
  AWAIT(ann, "* bob declined the private chat");
  ann.Enter("/connect bob");
  ASSERT_TRUE(bob.Await("* ann asks", 2)) << bob.Screen();
  bob.Enter("/private");
  AWAIT(bob, "Waiting for your answer (/accept or /reject): ann");
  bob.Enter("/accept");
  AWAIT(ann, "* bob is in a private chat with you now: /msg bob TEXT");
  ann.Enter("/msg bob a secret word");
  AWAIT(bob, "[private] ann: a secret word");
  AWAIT(ann, "[private to bob] a secret word");
  ann.Enter("/end");
  AWAIT(bob, "The private chat with ann ended: they ended it.");
  ann.Enter("/msg bob too late");
  AWAIT(ann, "too late");
  ann.Enter("heard by all");
  AWAIT(bob, "ann: heard by all");
  bob.Enter("/history");
  AWAIT(bob, "End of the history.");
  EXPECT_THAT(bob.Screen(), Not(HasSubstr("too late")));
  bob.Enter("/hlep");
  AWAIT(bob, "did you mean /help?");
  bob.Enter("/help");
  AWAIT(bob, "ask NAME for a private chat");
}

TEST_F(TerminalTest, CommandsOfTheOriginal) {
  TerminalSession ann(LoginFlags("ann"));
  AWAIT(ann, "Welcome, ann.");
  TerminalSession bob(LoginFlags("bob"));
  AWAIT(bob, "Welcome, bob.");
  AWAIT(ann, "* bob joined");
  ann.Enter("bdct txt good morning");
  AWAIT(bob, "ann: good morning");
  ann.Enter("online clients");
  AWAIT(ann, "-- Online (2): ");
  ann.Enter("connect to bob");
  AWAIT(bob, "* ann asks for a private chat");
  bob.Enter("reject connection ann");
  AWAIT(ann, "* bob declined the private chat");
  ann.Enter("connect to bob");
  ann.Enter("my private chats");
  AWAIT(ann, "You asked: bob");
  ASSERT_TRUE(bob.Await("* ann asks", 2)) << bob.Screen();
  bob.Enter("accept connection ann");
  AWAIT(ann, "* bob is in a private chat with you now: /msg bob TEXT");
  bob.Enter("private txt ann for your eyes");
  AWAIT(ann, "[private] bob: for your eyes");
  bob.Enter("end private ann");
  AWAIT(ann, "The private chat with bob ended: they ended it.");
  bob.Enter("exit");
  EXPECT_EQ(bob.Wait(), 0);
  AWAIT(ann, "* bob left");
}

TEST_F(TerminalTest, EscapeSequencesStayText) {
  NativeClient rogue(server_->port());
  rogue.Enter("rogue");
  rogue.Say(
      "before \x1b[2J\x1b]0;owned\x07 and \xc2\x9b"
      "31m red\r\b\x7f");
  TerminalSession ann(LoginFlags("ann"));
  AWAIT(ann, "rogue: before ");
  pb::ClientFrame ask;
  ask.mutable_request_private()->set_alias("ann");
  rogue.Ask(std::move(ask));
  AWAIT(ann, "* rogue asks");
  ann.Enter("/accept");
  AWAIT(ann, "You are in a private chat with rogue");
  pb::ClientFrame whisper;
  whisper.mutable_send_private()->set_alias("ann");
  whisper.mutable_send_private()->set_text("psst \x1b[2J\x1b[?1049h over");
  ASSERT_TRUE(rogue.Ask(std::move(whisper)).has_send_private());
  AWAIT(ann, "[private] rogue: psst ");
  AWAIT(ann, " over");
  EXPECT_THAT(ann.bytes(), Not(HasSubstr("\x1b[2J")));
  EXPECT_THAT(ann.bytes(), Not(HasSubstr("\x1b]")));
  EXPECT_THAT(ann.bytes(), Not(HasSubstr("\x1b[?1049h")));
  EXPECT_THAT(ann.bytes(), Not(HasSubstr("\xc2\x9b")));
  EXPECT_THAT(ann.bytes(), Not(HasSubstr("\x07")));
}

TEST_F(TerminalTest, KilledServerComesBack) {
  const int port = server_->port();
  TerminalSession ann(LoginFlags("ann"));
  AWAIT(ann, "Welcome, ann.");
  server_->Signal(SIGKILL);
  server_->Wait();
  AWAIT(ann, "Trying again in ");
  ann.Type("half a thought");
  AWAIT(ann, "> half a thought");
  // Elsewhere, so that something was surely said while she was away.
  StartAgain(0);
  {
    NativeClient bob(server_->port());
    bob.Enter("bob");
    ASSERT_TRUE(bob.Say("while you were away").has_say());
  }
  server_->Signal(SIGTERM);
  ASSERT_EQ(server_->Wait(), 0);
  StartAgain(port);
  AWAIT(ann, "bob: while you were away");
  AWAIT(ann, "reconnected, 1 message caught up");
  ASSERT_TRUE(ann.AwaitCursorLine("> half a thought")) << ann.Screen();
  ann.Enter(" completed");
  AWAIT(ann, "ann: half a thought completed");
}

TEST_F(TerminalTest, LinesTypedWhileOfflineAreSaidOnce) {
  const int port = server_->port();
  TerminalSession ann(LoginFlags("ann"));
  AWAIT(ann, "Welcome, ann.");
  server_->Signal(SIGKILL);
  server_->Wait();
  AWAIT(ann, "Trying again in ");
  ann.Enter("one");
  AWAIT(ann, "-- Not connected: what you type is sent once");
  ann.Enter("two");
  StartAgain(port);
  AWAIT(ann, "ann: one");
  AWAIT(ann, "ann: two");
}

TEST_F(TerminalTest, TooLongALineIsRefusedAndHarmless) {
  TerminalSession ann(LoginFlags("ann"));
  AWAIT(ann, "Welcome, ann.");
  ann.Enter(std::string(100'000, 'x'));
  AWAIT(ann, "Not sent: the text has 100000 bytes");
  ann.Enter("short");
  AWAIT(ann, "ann: short");
}

TEST_F(TerminalTest, APasteOfManyLinesIsSaidLineByLine) {
  TerminalSession ann(LoginFlags("ann"));
  AWAIT(ann, "Welcome, ann.");
  std::string paste;
  for (int i = 0; i < 150; ++i) paste += "pasted " + std::to_string(i) + "\r";
  ann.Type(paste);
  AWAIT(ann, "ann: pasted 149\n");
  // No echo of the terminal itself in between.
  ASSERT_TRUE(ann.AwaitCursorLine(">")) << ann.Screen();
  std::istringstream rows(ann.Screen());
  int said = 0;
  for (std::string row; std::getline(rows, row);) {
    if (row.find("pasted") == std::string::npos) continue;
    EXPECT_THAT(row, HasSubstr("ann: pasted " + std::to_string(said++)));
  }
  EXPECT_EQ(said, 150);
}

TEST_F(TerminalTest, NothingIsSaidByEmptyLinesOrCtrlC) {
  TerminalSession ann(LoginFlags("ann"));
  AWAIT(ann, "Welcome, ann.");
  ann.Enter("");
  ann.Enter("   ");
  ann.Type("never said");
  AWAIT(ann, "> never said");
  ann.Type("\x03");  // takes it back
  ASSERT_TRUE(ann.AwaitCursorLine(">")) << ann.Screen();
  ann.Type("resized");
  ann.Resize(60);
  ASSERT_TRUE(ann.AwaitCursorLine("> resized")) << ann.Screen();
  ann.Type("\x15");  // Ctrl-U
  ann.Enter("said");
  AWAIT(ann, "ann: said");
  ann.Type("\x03");  // leaves
  EXPECT_EQ(ann.Wait(), 0);
  NativeClient bob(server_->port());
  bob.Enter("bob");
  EXPECT_EQ(bob.History(10).messages_size(), 1);
}

TEST_F(TerminalTest, WrongPortsAreExplained) {
  TerminalSession text(Flags(server_->compat_port()));
  EXPECT_EQ(text.Wait(), 69);
  EXPECT_THAT(text.Screen(), HasSubstr("the old text clients"));
  const int port = server_->port();
  server_.reset();
  TerminalSession nobody(Flags(port));
  EXPECT_EQ(nobody.Wait(), 69);
  EXPECT_THAT(nobody.Screen(), HasSubstr("No server listens at 127.0.0.1:"));
}

TEST_F(TerminalTest, AClosedTerminalEndsIt) {
  NativeClient bob(server_->port());
  bob.Enter("bob");
  {
    TerminalSession ann(LoginFlags("ann"));
    AWAIT(ann, "Welcome, ann.");
    ann.Signal(SIGHUP);
    EXPECT_EQ(ann.Wait(), 0);
  }
  pb::ServerFrame event = bob.Hear();
  EXPECT_EQ(event.joined().alias(), "ann");
  event = bob.Hear();
  EXPECT_EQ(event.left().alias(), "ann");
}

#undef AWAIT

}  // namespace
}  // namespace chat77::test
