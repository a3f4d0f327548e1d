// chat77 send, tail and online as scripts use them, against the real server.
#include <fstream>
#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/finished_program.h"
#include "tests/support/native_client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_folder.h"

namespace chat77::test {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class TerminalScriptsTest : public testing::Test {
 protected:
  TerminalScriptsTest() {
    std::ofstream(folder_ / "pw") << "secret\nnot this line\n";
    std::ofstream(folder_ / "wrong") << "wrong\n";
    ann_.Enter("ann");
    NativeClient(server_->port()).Register("bot");
  }

  std::string Server() const {
    return "--server=127.0.0.1:" + std::to_string(server_->port());
  }
  // As bot, with the password from the file.
  FinishedProgram Run(std::vector<std::string> arguments,
                      const std::string& input = "") const {
    arguments.insert(arguments.end(), {Server(), "--alias=bot",
                                       "--password_file=" + (folder_ / "pw")});
    return RunChat77(std::move(arguments), input);
  }
  std::string LastSaid() {
    const pb::FetchHistoryReply page = ann_.History(1);
    return page.messages_size() == 0 ? "" : page.messages(0).text();
  }

  test::TempFolder folder_;
  std::unique_ptr<ServerProcess> server_ = std::make_unique<ServerProcess>(
      std::vector<std::string>{"--store=memory:"});
  NativeClient ann_{server_->port()};
};

TEST_F(TerminalScriptsTest, SendSaysEachText) {
  const FinishedProgram sent = Run({"send", "one", "two words"});
  EXPECT_EQ(sent.code, 0) << sent.err;
  EXPECT_EQ(sent.out + sent.err, "");
  const pb::FetchHistoryReply page = ann_.History(10);
  ASSERT_EQ(page.messages_size(), 2);
  EXPECT_EQ(page.messages(0).alias(), "bot");
  EXPECT_EQ(page.messages(0).text(), "one");
  EXPECT_EQ(page.messages(1).text(), "two words");
}

TEST_F(TerminalScriptsTest, SendReadsStandardInput) {
  EXPECT_EQ(Run({"send", "-"}, "first line\nsecond line\n").code, 0);
  EXPECT_EQ(LastSaid(), "first line\nsecond line");
}

TEST_F(TerminalScriptsTest, PasswordFromDescriptor) {
  const FinishedProgram sent = RunChat77(
      {"send", "by descriptor", Server(), "--alias=bot", "--password_fd=7"}, "",
      "secret\n");
  EXPECT_EQ(sent.code, 0) << sent.err;
  EXPECT_EQ(LastSaid(), "by descriptor");
}

TEST_F(TerminalScriptsTest, TailPrintsJsonLines) {
  auto tail = std::async(std::launch::async, [this] {
    return Run({"tail", "--json", "--count=2"});
  });
  ASSERT_EQ(ann_.Hear().joined().alias(), "bot");
  ann_.Say("quote \" and \xc3\xa4");
  ann_.Say("second");
  const FinishedProgram finished = tail.get();
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, StartsWith(R"({"event":"said","room":"lobby",)"));
  EXPECT_THAT(finished.out, HasSubstr(R"("text":"quote \" and ä"})"
                                      "\n{"));
  EXPECT_THAT(finished.out, HasSubstr(R"("alias":"ann","text":"second"})"
                                      "\n"));
}

// The own arrival is no news, also in a batch; ann's may be.
TEST_F(TerminalScriptsTest, TailTellsBatchesOfOthers) {
  auto tail = std::async(std::launch::async, [this] {
    return Run({"tail", "--json", "--presence=batched", "--count=1"});
  });
  ASSERT_EQ(ann_.Hear().joined().alias(), "bot");
  NativeClient bob(server_->port());
  bob.Enter("bob");
  const FinishedProgram finished = tail.get();
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out,
              StartsWith(R"({"event":"presence_changed","room":"lobby",)"));
  EXPECT_THAT(finished.out,
              AnyOf(HasSubstr(R"("bob")"), HasSubstr(R"("ann")")));
  EXPECT_THAT(finished.out, Not(HasSubstr(R"("bot")")));
}

TEST_F(TerminalScriptsTest, TailWithoutPresenceHearsTextsOnly) {
  auto tail = std::async(std::launch::async, [this] {
    return Run({"tail", "--json", "--presence=off", "--count=1"});
  });
  ASSERT_EQ(ann_.Hear().joined().alias(), "bot");
  NativeClient bob(server_->port());
  bob.Enter("bob");
  bob.Say("a text");
  const FinishedProgram finished = tail.get();
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, StartsWith(R"({"event":"said",)"));
}

TEST_F(TerminalScriptsTest, TailNeverPassesControlCharacters) {
  auto tail = std::async(std::launch::async,
                         [this] { return Run({"tail", "--count=1"}); });
  ASSERT_EQ(ann_.Hear().joined().alias(), "bot");
  ann_.Say("\x1b[2J red");
  const FinishedProgram finished = tail.get();
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr(" red\n"));
  EXPECT_EQ(finished.out.find('\x1b'), std::string::npos);
}

TEST_F(TerminalScriptsTest, OnlineNamesEverybody) {
  const FinishedProgram plain = Run({"online"});
  EXPECT_EQ(plain.code, 0) << plain.err;
  EXPECT_EQ(plain.out, "ann\nbot\n");
  EXPECT_EQ(Run({"online", "--json"}).out,
            R"({"aliases":["ann","bot"],"total":2})"
            "\n");
}

TEST_F(TerminalScriptsTest, BadFlagsAre64) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{
           {"send", "text"},  // no name
           {"--nonsense"},
           {"shout"},
           {"tail", "what", "--count=1"},
           {"online", "--server=host:99999"},
           {"tail", "--presence=sometimes"},
           {"online", "--alias=bot", "--password_file=/no/such/file"},
           {"online", "--alias=bot", "--password_fd=9"}}) {
    const FinishedProgram refused = RunChat77(arguments);
    EXPECT_EQ(refused.code, 64) << arguments[0] << refused.err;
    EXPECT_THAT(refused.err, StartsWith("chat77: "));
    EXPECT_EQ(refused.out, "");
  }
}

TEST_F(TerminalScriptsTest, BadTextsAre65) {
  const FinishedProgram large = Run({"send", "-"}, std::string(100'000, 'x'));
  EXPECT_EQ(large.code, 65);
  EXPECT_THAT(large.err, HasSubstr("100000 bytes"));
  EXPECT_EQ(Run({"send", "-"}, "").code, 65);
  EXPECT_EQ(Run({"send", "-"}, "not \xff UTF-8").code, 65);
  EXPECT_EQ(LastSaid(), "");
}

TEST_F(TerminalScriptsTest, NoServerIs69) {
  const FinishedProgram text = RunChat77(
      {"online", "--alias=bot", "--password_file=" + (folder_ / "pw"),
       "--server=127.0.0.1:" + std::to_string(server_->compat_port())});
  EXPECT_EQ(text.code, 69);
  EXPECT_THAT(text.err, HasSubstr("the old text clients"));
  server_->Signal(SIGKILL);
  server_->Wait();
  const FinishedProgram nobody = Run({"tail"});
  EXPECT_EQ(nobody.code, 69);
  EXPECT_THAT(nobody.err, HasSubstr("No server listens at 127.0.0.1:"));
}

TEST_F(TerminalScriptsTest, RefusedLoginsAre77) {
  const FinishedProgram wrong =
      RunChat77({"online", Server(), "--alias=bot",
                 "--password_file=" + (folder_ / "wrong")});
  EXPECT_EQ(wrong.code, 77);
  EXPECT_EQ(wrong.err, "chat77: Unknown alias or wrong password.\n");
  const std::string file = "--password_file=" + (folder_ / "pw");
  const FinishedProgram taken =
      RunChat77({"online", Server(), "--alias=ANN", "--register", file});
  EXPECT_EQ(taken.code, 77);
  EXPECT_THAT(taken.err, HasSubstr("taken"));
  const FinishedProgram online =
      RunChat77({"online", Server(), "--alias=ann", file});
  EXPECT_EQ(online.code, 77);
  EXPECT_THAT(online.err, HasSubstr("already"));
}

TEST_F(TerminalScriptsTest, APipeTalks) {
  const FinishedProgram talked =
      Run({}, "from a pipe\n/online\n/hlep\nbdct txt bye\n");
  EXPECT_EQ(talked.code, 0) << talked.err;
  EXPECT_THAT(talked.out, HasSubstr("bot: from a pipe\n"));
  EXPECT_THAT(talked.out, HasSubstr("-- Online (2): "));
  EXPECT_THAT(talked.out, HasSubstr("did you mean /help?"));
  EXPECT_EQ(LastSaid(), "bye");
}

}  // namespace
}  // namespace chat77::test
