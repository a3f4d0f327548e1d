#include "server/core/mailboxes.h"

#include <gtest/gtest.h>
#include <string>

namespace chat77::server {
namespace {

pb::ServerFrame Said() {
  pb::ServerFrame event;
  event.mutable_private_said()->set_text(std::string(100, 'x'));
  return event;
}

class MailboxesTest : public testing::Test {
 protected:
  MailboxesTest() {
    resuming_.device = 3;
    resuming_.session = SessionId{1};
    plain_.session = SessionId{2};
  }

  const Moment now_;
  Effects effects_;
  Turn turn_{now_, effects_};
  Mailboxes mailboxes_{250};
  User resuming_, plain_;
};

TEST_F(MailboxesTest, OnlyWhoCanResumeHasOne) {
  mailboxes_.Notify(plain_, Said(), turn_);
  EXPECT_EQ(plain_.mailbox, nullptr);
  EXPECT_EQ(mailboxes_.bytes(), 0u);
  mailboxes_.Notify(resuming_, Said(), turn_);
  EXPECT_EQ(mailboxes_.bytes(), resuming_.mailbox->bytes());
  EXPECT_EQ(effects_.size(), 2u);
}

TEST_F(MailboxesTest, AnEventForOneWhoIsAwayWaits) {
  resuming_.session = {};
  mailboxes_.Notify(resuming_, Said(), turn_);
  EXPECT_TRUE(effects_.empty());
  EXPECT_EQ(resuming_.mailbox->last_seq(), 1u);
}

TEST_F(MailboxesTest, AllTogetherHaveABudget) {
  User other;
  other.device = 4;
  while (mailboxes_.CanBeTold(resuming_)) {
    mailboxes_.Notify(resuming_, Said(), turn_);
  }
  EXPECT_FALSE(mailboxes_.CanBeTold(other));
  EXPECT_TRUE(mailboxes_.CanBeTold(plain_));
  mailboxes_.Received(resuming_, resuming_.mailbox->last_seq());
  EXPECT_EQ(mailboxes_.bytes(), 0u);
  EXPECT_TRUE(mailboxes_.CanBeTold(other));
}

TEST_F(MailboxesTest, WhoHasGoneIsToldNothing) {
  mailboxes_.Notify(resuming_, Said(), turn_);
  mailboxes_.Drop(resuming_);
  EXPECT_EQ(mailboxes_.bytes(), 0u);
  resuming_.left_why = "exit";
  effects_.clear();
  mailboxes_.Notify(resuming_, Said(), turn_);
  EXPECT_TRUE(effects_.empty());
  EXPECT_EQ(resuming_.mailbox, nullptr);
}

TEST_F(MailboxesTest, WhoIsBlockedIsNotHeard) {
  plain_.account = 7;
  resuming_.SetBlocked(7, "bob", true);
  mailboxes_.NotifyOf(plain_, resuming_, Said(), turn_);
  EXPECT_TRUE(effects_.empty());
  resuming_.SetBlocked(7, "bob", false);
  mailboxes_.NotifyOf(plain_, resuming_, Said(), turn_);
  EXPECT_EQ(effects_.size(), 1u);
}

}  // namespace
}  // namespace chat77::server
