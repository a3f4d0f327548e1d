// How old clients leave the real server, and how it leaves them.

#include <csignal>
#include <string>
#include <utility>

#include "tests/integration/legacy_fixture.h"

namespace chat77::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A machine that stood still joins what the server wrote with a pause between.
TEST(UnframedClientTest, TellsJoinedMessagesApart) {
  const std::pair<std::string, std::string> joined[] = {
      {"PRIVATE_ENDED:eve:disconnected", "eve has left the chatroom"},
      {"PRIVATE_REQUEST_FROM:ann", "bob has connected to the chatroom"},
      {"eve has left the chatroom", "cat has left the chatroom"},
      {"ann has connected to the chatroom", "you are now connected"},
      {"INFO: Connection request sent to cat", "PRIVATE_CONNECTED:cat"},
  };
  for (const auto& [first, second] : joined) {
    EXPECT_EQ(SecondMessage(first + second), first.size()) << first << second;
  }
  for (const std::string alone :
       {"bob: eve has left the chatroom", "ann has left the chatroom",
        "Online clients: ann, bob", "ALIAS?"}) {
    EXPECT_EQ(SecondMessage(alone), alone.size()) << alone;
  }
}

// eve will leave: ann has asked her, bob is her partner, cat was asked by her.
class LegacyLeaveTest : public LegacyTest {
 protected:
  void SetUp() override {
    ann_ = Enter("ann");
    bob_ = Enter("bob");
    cat_ = Enter("cat");
    eve_ = Enter("eve");
    Link(*bob_, "bob", *eve_, "eve");
    ann_->Type("connect to eve");
    EXPECT_TRUE(ann_->ExpectPrinted("INFO: Connection request sent to eve"));
    EXPECT_TRUE(eve_->ExpectPrinted(Requested("ann")));
    eve_->Type("connect to cat");
    EXPECT_TRUE(cat_->ExpectPrinted(Requested("eve")));
    EXPECT_TRUE(eve_->ExpectPrinted("INFO: Connection request sent to cat"));
  }

  // The original's order, in each one's view.
  void ExpectTold() {
    EXPECT_THAT(Next(*ann_, 2),
                ElementsAre("INFO: eve is no longer available for private chat",
                            "eve has left the chatroom"));
    EXPECT_THAT(Next(*bob_, 2),
                ElementsAre("Private chat with eve ended (disconnected)",
                            "eve has left the chatroom"));
    EXPECT_EQ(cat_->NextPrinted(), "eve has left the chatroom");
    EXPECT_TRUE(bob_->private_chats().empty());
    EXPECT_EQ(Answer(*cat_, "accept connection eve"),
              "INFO: Requester is no longer online");
    EXPECT_EQ(Answer(*ann_, "online clients"), "Online clients: ann, bob, cat");
  }
  // The name is free at once, and nothing of before is left.
  void ExpectReturn() {
    Client again = Connect();
    ASSERT_TRUE(again->Login("eve", "secret"));
    ASSERT_TRUE(again->ExpectPrinted("you are now connected"));
    EXPECT_EQ(Answer(*again, "my private chats"), "Private chats: none");
    EXPECT_EQ(Answer(*again, "accept connection ann"),
              "INFO: No pending request from ann");
  }

  Client ann_, bob_, cat_, eve_;
};

TEST_P(LegacyLeaveTest, Exit) {
  eve_->Type("exit");
  ExpectTold();
  EXPECT_TRUE(eve_->ExpectEnd());
  ExpectReturn();
}

TEST_P(LegacyLeaveTest, ExitTypedInCapitalsWithBlanks) {
  Send(*eve_, " Exit ");
  ExpectTold();
  EXPECT_TRUE(eve_->ExpectEnd());
  // What each kind of client needs in order to notice.
  EXPECT_EQ(eve_->was_reset(), !lines());
  ExpectReturn();
}

TEST_P(LegacyLeaveTest, EndOfInput) {
  eve_->socket().ShutdownSend();
  ExpectTold();
  EXPECT_TRUE(eve_->ExpectEnd());
  ExpectReturn();
}

TEST_P(LegacyLeaveTest, Reset) {
  if (auto* reader = dynamic_cast<UnframedClient*>(eve_.get())) {
    reader->StopReading();
  }
  eve_->socket().Reset();
  ExpectTold();
  ExpectReturn();
}

TEST_P(LegacyLeaveTest, LastWordsBeforeTheEndOfInputAreHeard) {
  Send(*eve_, "eve: last words");
  eve_->socket().ShutdownSend();
  EXPECT_TRUE(ann_->ExpectPrinted("eve: last words"));
  EXPECT_TRUE(ann_->ExpectPrinted("eve has left the chatroom"));
  EXPECT_TRUE(eve_->ExpectEnd());
}

TEST_P(LegacyLeaveTest, HalfCloseIsAnsweredFirst) {
  Send(*eve_, "online clients");
  eve_->socket().ShutdownSend();
  EXPECT_TRUE(eve_->ExpectPrinted("Online clients: ann, bob, cat, eve"));
  EXPECT_TRUE(eve_->ExpectEnd());
}

TEST_P(LegacyLeaveTest, StopTellsAndLetsGo) {
  Client stranger = Connect();
  EXPECT_TRUE(stranger->ExpectPrinted("Authorise MODE? (REGISTER/LOGIN)"));
  server_.Signal(SIGTERM);
  for (const Client* client : {&ann_, &bob_, &cat_, &eve_}) {
    EXPECT_TRUE((*client)->ExpectPrinted(
        "INFO: The server is stopping. Come back soon."));
    EXPECT_TRUE((*client)->ExpectEnd());
    EXPECT_EQ((*client)->was_reset(), !lines());
    EXPECT_TRUE((*client)->private_chats().empty() || client == &bob_ ||
                client == &eve_);
  }
  EXPECT_TRUE(stranger->ExpectPrinted(
      "ERROR: The server is stopping. Please come back later"));
  EXPECT_TRUE(stranger->ExpectEnd());
  EXPECT_EQ(server_.Wait(), 0) << server_.Log();
  EXPECT_FALSE(TestSocket(port()).connected());
}

TEST_P(LegacyLeaveTest, StopDoesNotWaitForTheDeaf) {
  if (auto* reader = dynamic_cast<UnframedClient*>(eve_.get())) {
    reader->StopReading();
  }
  server_.Signal(SIGTERM);
  EXPECT_EQ(server_.Wait(), 0) << server_.Log();
}

INSTANTIATE_TEST_SUITE_P(Dialects, LegacyLeaveTest,
                         ::testing::Values(Dialect::kUnframed, Dialect::kLines),
                         LegacyTest::Name);

TEST(CompatListenTest, EmptySwitchesItOff) {
  ServerProcess server({"--store=memory:", "--compat_listen="});
  EXPECT_TRUE(server.ready());
  EXPECT_GT(server.port(), 0);
  EXPECT_EQ(server.compat_port(), 0);
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(), 0);
}

TEST(CompatListenTest, TakenPortIsOneSentence) {
  ServerProcess first({"--store=memory:"});
  const std::string taken = "127.0.0.1:" + std::to_string(first.compat_port());
  ServerProcess second({"--store=memory:", "--compat_listen=" + taken});
  EXPECT_FALSE(second.ready());
  EXPECT_EQ(second.Wait(), 69);
  EXPECT_THAT(second.Log(), HasSubstr("chat77d: Cannot listen on " + taken));
}

TEST(CompatListenTest, BadAddressIsAMistakeInTheFlags) {
  ServerProcess server({"--store=memory:", "--compat_listen=nowhere"});
  EXPECT_FALSE(server.ready());
  EXPECT_EQ(server.Wait(), 64);
  EXPECT_THAT(server.Log(), HasSubstr("nowhere"));
}

}  // namespace
}  // namespace chat77::test
