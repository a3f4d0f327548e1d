// Private chat by consent as old clients see it: every sentence of the
// original, from the real server.

#include <string>

#include "tests/integration/legacy_fixture.h"

namespace chat77::test {
namespace {

using ::testing::ElementsAre;

class LegacyPrivateTest : public LegacyTest {
 protected:
  void SetUp() override {
    ann_ = Enter("Ann");
    bob_ = Enter("bob");
    EXPECT_EQ(ann_->NextPrinted(), "bob has connected to the chatroom");
  }
  void Ask() {
    EXPECT_EQ(Answer(*ann_, "connect to BOB"),
              "INFO: Connection request sent to bob");
    EXPECT_EQ(bob_->NextPrinted(), Requested("Ann"));
  }

  Client ann_, bob_;
};

TEST_P(LegacyPrivateTest, RequestAcceptTalkEnd) {
  Ask();
  EXPECT_EQ(Answer(*bob_, "accept connection ann"), Connected("Ann"));
  EXPECT_EQ(ann_->NextPrinted(), Connected("bob"));

  ann_->Type("private txt bob psst, bob");
  EXPECT_EQ(bob_->NextPrinted(), Whispered("bob", "Ann", "psst, bob"));
  bob_->Type("private txt Ann yes?");
  EXPECT_EQ(ann_->NextPrinted(), Whispered("Ann", "bob", "yes?"));

  Send(*ann_, "End Private BOB");
  EXPECT_THAT(Next(*ann_, 2),
              ElementsAre("Private chat with bob ended (ended by command)",
                          "INFO: Private connection with bob ended"));
  EXPECT_EQ(bob_->NextPrinted(),
            "Private chat with Ann ended (ended by command)");
  EXPECT_TRUE(ann_->private_chats().empty());
  EXPECT_TRUE(bob_->private_chats().empty());
}

TEST_P(LegacyPrivateTest, NobodyElseHearsAnyOfIt) {
  Client cat = Enter("cat");
  Link(*ann_, "Ann", *bob_, "bob");
  ann_->Type("private txt bob psst");
  EXPECT_TRUE(bob_->ExpectPrinted(Whispered("bob", "Ann", "psst")));
  ann_->Type("end private bob");
  EXPECT_TRUE(ann_->ExpectPrinted("INFO: Private connection with bob ended"));
  EXPECT_TRUE(cat->ExpectNothing(absl::Milliseconds(200)));
}

TEST_P(LegacyPrivateTest, Reject) {
  Ask();
  EXPECT_EQ(Answer(*bob_, "reject connection ANN"),
            "INFO: Rejected private request from Ann");
  EXPECT_EQ(ann_->NextPrinted(), "Private request rejected by bob");
  EXPECT_EQ(Answer(*bob_, "accept connection ann"),
            "INFO: No pending request from ann");
  // And it may be asked again.
  Ask();
}

TEST_P(LegacyPrivateTest, ConnectRefusals) {
  EXPECT_EQ(Answer(*ann_, "connect to zoe"),
            "INFO: Target alias is not online");
  EXPECT_EQ(Answer(*ann_, "connect to ANN"),
            "INFO: You cannot connect to yourself");
  Ask();
  EXPECT_EQ(Answer(*ann_, "connect to Bob"),
            "INFO: You already sent a request to bob");
  EXPECT_EQ(Answer(*bob_, "accept connection ann"), Connected("Ann"));
  EXPECT_EQ(ann_->NextPrinted(), Connected("bob"));
  EXPECT_EQ(Answer(*ann_, "connect to BOB"),
            "INFO: You already have a private connection with bob");
  EXPECT_EQ(Answer(*bob_, "connect to ann"),
            "INFO: You already have a private connection with Ann");
}

TEST_P(LegacyPrivateTest, AnswerRefusals) {
  for (const std::string command :
       {"accept connection ", "reject connection "}) {
    EXPECT_EQ(Answer(*bob_, command + "zoe"),
              "INFO: Requester is no longer online");
    EXPECT_EQ(Answer(*bob_, command + "two words"),
              "INFO: Requester is no longer online");
    EXPECT_EQ(Answer(*bob_, command + "aNN"),
              "INFO: No pending request from aNN");
  }
  EXPECT_TRUE(ann_->ExpectNothing(absl::Milliseconds(200)));
}

TEST_P(LegacyPrivateTest, EndAndTextRefusals) {
  EXPECT_EQ(Answer(*ann_, "end private zoe"),
            "INFO: Target alias is not online");
  EXPECT_EQ(Answer(*ann_, "end private BOB"),
            "INFO: You do not have a private connection with BOB");
  EXPECT_EQ(Answer(*ann_, "private txt zoe psst"),
            "INFO: Target alias is not online");
  EXPECT_EQ(Answer(*ann_, "private txt Bob psst"),
            "INFO: No private connection with Bob");
  EXPECT_EQ(Answer(*ann_, "private txt bob"),
            "INFO: private txt [client] [message]");
  EXPECT_TRUE(bob_->ExpectNothing(absl::Milliseconds(200)));
}

TEST_P(LegacyPrivateTest, CommandsWithoutANameAreExplained) {
  for (const std::string command : {"connect to", "accept connection",
                                    "reject connection", "end private"}) {
    EXPECT_EQ(Answer(*ann_, command), "INFO: " + command + " [client]");
    EXPECT_EQ(Answer(*ann_, command + "  "), "INFO: " + command + " [client]");
  }
  EXPECT_TRUE(bob_->ExpectNothing(absl::Milliseconds(200)));
}

TEST_P(LegacyPrivateTest, CrossingRequestsConnect) {
  Ask();
  EXPECT_EQ(Answer(*bob_, "connect to ann"), Connected("Ann"));
  EXPECT_EQ(ann_->NextPrinted(), Connected("bob"));
  ann_->Type("private txt bob psst");
  EXPECT_EQ(bob_->NextPrinted(), Whispered("bob", "Ann", "psst"));
}

TEST_P(LegacyPrivateTest, PrivateChatsAreSorted) {
  EXPECT_EQ(Answer(*ann_, "my private chats"), "Private chats: none");
  Client zoe = Enter("Zoe");
  Client cat = Enter("cat");
  Link(*cat, "cat", *ann_, "Ann");
  Link(*ann_, "Ann", *zoe, "Zoe");
  Link(*ann_, "Ann", *bob_, "bob");
  EXPECT_EQ(Answer(*ann_, "My Private Chats"), "Private chats: Zoe, bob, cat");
  EXPECT_THAT(ann_->private_chats(), ElementsAre("Zoe", "bob", "cat"));
}

TEST_P(LegacyPrivateTest, EndedLinkTakesNoText) {
  Link(*ann_, "Ann", *bob_, "bob");
  ann_->Type("end private bob");
  EXPECT_TRUE(
      bob_->ExpectPrinted("Private chat with Ann ended (ended by command)"));
  EXPECT_EQ(Answer(*bob_, "private txt ann still there?"),
            "INFO: No private connection with ann");
}

INSTANTIATE_TEST_SUITE_P(Dialects, LegacyPrivateTest,
                         ::testing::Values(Dialect::kUnframed, Dialect::kLines),
                         LegacyTest::Name);

}  // namespace
}  // namespace chat77::test
