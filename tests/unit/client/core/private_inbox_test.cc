#include "client/core/private_inbox.h"

#include <gtest/gtest.h>

namespace chat77::client {
namespace {

class PrivateInboxTest : public ::testing::Test {
 protected:
  PrivateInboxTest() { Login(1, false); }

  bool Login(uint64_t stay, bool resumed, bool lost = false) {
    pb::LoginReply reply;
    reply.set_stay(stay);
    reply.set_resumed(resumed);
    reply.set_private_lost(lost);
    return inbox_.OnLogin(reply);
  }
  PrivateInbox::Verdict Hear(uint64_t seq, uint64_t message_id = 0,
                             const std::string& alias = "bob") {
    pb::ServerFrame frame;
    frame.set_private_seq(seq);
    frame.mutable_private_said()->set_alias(alias);
    frame.mutable_private_said()->set_message_id(message_id);
    return inbox_.OnEvent(frame, now_);
  }

  absl::Time now_ = absl::FromUnixSeconds(1000);
  PrivateInbox inbox_;
};

TEST_F(PrivateInboxTest, KnowsWhatCame) {
  EXPECT_FALSE(Hear(1).known);
  EXPECT_FALSE(Hear(2).known);
  EXPECT_TRUE(Hear(1).known);
  EXPECT_TRUE(Hear(2).known);
  inbox_.OnClosed();
  Login(1, true);
  EXPECT_TRUE(Hear(2).known);
  EXPECT_FALSE(Hear(3).known);
}

TEST_F(PrivateInboxTest, NewStayCountsAnew) {
  Hear(1);
  Login(2, false);
  EXPECT_EQ(inbox_.stay(), 2u);
  EXPECT_EQ(inbox_.seq(), 0u);
  EXPECT_FALSE(Hear(1).known);
}

TEST_F(PrivateInboxTest, HoleIsAGap) {
  EXPECT_FALSE(Hear(1).gap);
  EXPECT_TRUE(Hear(3).gap);
  EXPECT_FALSE(Hear(4).gap);
}

TEST_F(PrivateInboxTest, RestartedServerCountsAnew) {
  Hear(1);
  Hear(2);
  EXPECT_TRUE(Login(1, true, true));
  EXPECT_FALSE(Hear(1).known);
}

TEST_F(PrivateInboxTest, TextIsKnownByItsId) {
  EXPECT_FALSE(Hear(1, 77).known);
  Login(2, false);
  EXPECT_TRUE(Hear(1, 77).known);
  EXPECT_EQ(inbox_.seq(), 1u) << "it came all the same";
  EXPECT_FALSE(Hear(2, 77, "cem").known) << "another's";
  EXPECT_FALSE(Hear(3, 0).known);
  EXPECT_FALSE(Hear(4, 0).known) << "texts without an id are all new";
}

TEST_F(PrivateInboxTest, RemembersTheLastTexts) {
  for (uint64_t i = 1; i <= PrivateInbox::kTexts + 1; ++i) Hear(i, i);
  const uint64_t next = PrivateInbox::kTexts + 2;
  EXPECT_TRUE(Hear(next, 2).known);
  EXPECT_FALSE(Hear(next + 1, 1).known) << "too long ago";
}

TEST_F(PrivateInboxTest, AcknowledgesWithinASecond) {
  EXPECT_EQ(inbox_.due(), absl::InfiniteFuture());
  EXPECT_EQ(inbox_.TakeAcknowledgement(), 0u);
  Hear(1);
  const absl::Time due = now_ + absl::Seconds(1);
  now_ += absl::Milliseconds(500);
  Hear(2);
  EXPECT_EQ(inbox_.due(), due);
  EXPECT_EQ(inbox_.TakeAcknowledgement(), 2u);
  EXPECT_EQ(inbox_.TakeAcknowledgement(), 0u);
  EXPECT_EQ(inbox_.due(), absl::InfiniteFuture());
}

TEST_F(PrivateInboxTest, AcknowledgesManyAtOnce) {
  for (uint64_t i = 1; i < PrivateInbox::kAckEvents; ++i) Hear(i);
  EXPECT_GT(inbox_.due(), now_);
  Hear(PrivateInbox::kAckEvents);
  EXPECT_LE(inbox_.due(), now_);
}

TEST_F(PrivateInboxTest, ResumeAcknowledges) {
  Hear(1);
  inbox_.OnClosed();
  EXPECT_EQ(inbox_.due(), absl::InfiniteFuture());
}

}  // namespace
}  // namespace chat77::client
