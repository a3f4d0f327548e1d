// What admins do, and who may not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "absl/strings/str_cat.h"

#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Root, an admin, is on session 1, Ann on 2.
class ModerationTest : public testing::Test {
 protected:
  ModerationTest() {
    chat_.AddAccount("root");
    chat_.MakeAdmin("root");
    chat_.LogIn(1, "root");
    chat_.LogIn(2, "ann");
  }

  CoreHarness chat_;
};

TEST_F(ModerationTest, IsForAdmins) {
  int request = 1;
  for (const char* verb :
       {"kick { alias: 'root' }", "mute { alias: 'root' }",
        "ban { alias: 'root' }", "ban { network: '::/0' }",
        "lift { number: 1 }", "list_sanctions {}", "create_invitation {}"}) {
    EXPECT_THAT(
        chat_.Ask(2, verb),
        ElementsAre(absl::StrCat("s2: #", ++request, " error FORBIDDEN")));
  }
}

TEST_F(ModerationTest, NotAgainstAdmins) {
  for (const char* verb : {"kick", "mute", "ban"}) {
    EXPECT_THAT(chat_.Ask(1, absl::StrCat(verb, " { alias: 'ROOT' }")),
                Contains(HasSubstr("error FORBIDDEN root")));
  }
}

TEST_F(ModerationTest, AgainstNobody) {
  EXPECT_THAT(chat_.Ask(1, "kick { alias: 'x' }"),
              ElementsAre("s1: #2 error NOT_ONLINE"));
  EXPECT_THAT(chat_.Ask(1, "mute { alias: 'x' }"),
              Contains("s1: #3 error NO_SUCH_ACCOUNT"));
  EXPECT_THAT(chat_.Ask(1, "ban { network: 'x' }"),
              ElementsAre("s1: #4 error INVALID_ARGUMENT"));
  EXPECT_THAT(chat_.Ask(1, "lift { number: 7 }"),
              Contains("s1: #5 error NO_SUCH_SANCTION"));
}

TEST_F(ModerationTest, SomebodyBecomesAdmin) {
  EXPECT_THAT(chat_.Ask(2, "claim_admin { code: 'guess' }"),
              Contains("s2: #2 error CODE_INVALID"));
  EXPECT_THAT(chat_.Ask(2, "claim_admin { code: 'open sesame' }"),
              Contains("s2: #3 claim_admin"));
  EXPECT_THAT(chat_.Ask(2, "list_sanctions {}"),
              ElementsAre("s2: #4 list_sanctions"));
}

// The code is looked at outside the order of the writes.
TEST_F(ModerationTest, AClaimHoldsUpNoMessage) {
  chat_.set_hold(true);
  chat_.Ask(2, "claim_admin { code: 'open sesame' }");
  chat_.Ask(2, "say { text: 'hi' }");
  EXPECT_THAT(chat_.FinishWrite(), Contains(HasSubstr("said 1")));
  EXPECT_THAT(chat_.FinishPassword(), ElementsAre("s2: #2 claim_admin"));
}

TEST_F(ModerationTest, Kick) {
  EXPECT_THAT(chat_.Ask(1, "kick { alias: 'ann' reason: 'a\\nb' }"),
              Contains(HasSubstr("s2 bye KICKED")));
  EXPECT_EQ(chat_.core().online(), 1);
  EXPECT_THAT(chat_.LogIn(3, "ann"), Contains(HasSubstr("rooms=")));
}

TEST_F(ModerationTest, AKickThatIsNotOnRecordDoesNothing) {
  chat_.set_hold(true);
  chat_.Ask(1, "kick { alias: 'ann' }");
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("> new generation", "s1: #2 error UNAVAILABLE 1000"));
  EXPECT_EQ(chat_.core().online(), 2);
}

TEST_F(ModerationTest, AKickOfOneWhoLeft) {
  chat_.set_hold(true);
  chat_.Ask(1, "kick { alias: 'ann' }");
  chat_.Close(2);
  EXPECT_THAT(
      chat_.FinishWrite(),
      ElementsAre("s1: #2 kick ann", "room -s2: left 1 ann @5 DISCONNECTED",
                  "> logout 2 disconnected @5"));
}

TEST_F(ModerationTest, WhoIsAwayIsKickedToo) {
  chat_.LogInResuming(3, "bob");
  chat_.Close(3);
  chat_.Ask(1, "kick { alias: 'bob' }");
  EXPECT_EQ(chat_.core().online(), 2);
  EXPECT_THAT(chat_.Elapse(), IsEmpty());
}

TEST_F(ModerationTest, Mute) {
  EXPECT_THAT(chat_.Ask(1, "mute { alias: 'ann' seconds: 60 reason: 'loud' }"),
              Contains("s1: #2 mute 1"));
  EXPECT_THAT(chat_.Ask(2, "say { text: 'hi' }"),
              ElementsAre("s2: #2 error MUTED"));
  EXPECT_THAT(chat_.Ask(1, "list_sanctions {}"),
              ElementsAre(AllOf(HasSubstr("loud"), HasSubstr("ann"))));
  chat_.Advance(absl::Seconds(60));
  EXPECT_THAT(chat_.Ask(2, "say { text: 'hi' }"),
              Contains(HasSubstr("said 1")));
  EXPECT_THAT(chat_.Ask(1, "list_sanctions {}"),
              ElementsAre("s1: #4 list_sanctions"));
}

// What was said before the mute was said; asked again it is answered so.
TEST_F(ModerationTest, AMuteDoesNotUnsay) {
  chat_.Ask(2, "say { text: 'hi' } message_id: 7");
  chat_.Ask(1, "mute { alias: 'ann' }");
  EXPECT_THAT(chat_.Ask(2, "say { text: 'hi' } message_id: 7"),
              ElementsAre("> find =7", "s2: #3 say 1 @5 1 1"));
  EXPECT_THAT(chat_.Ask(2, "say { text: 'ho' } message_id: 8"),
              ElementsAre("s2: #4 error MUTED"));
}

TEST_F(ModerationTest, AMuteDoesNotUnsayWithoutHistory) {
  CoreHarness chat({.history = false});
  chat.AddAccount("root");
  chat.MakeAdmin("root");
  chat.LogIn(1, "root");
  chat.LogIn(2, "ann");
  chat.Ask(2, "say { text: 'hi' } message_id: 7");
  chat.Ask(1, "mute { alias: 'ann' }");
  EXPECT_THAT(chat.Ask(2, "say { text: 'hi' } message_id: 7"),
              ElementsAre("s2: #3 say 1 @5 1 1"));
  EXPECT_THAT(chat.Ask(2, "say { text: 'ho' } message_id: 8"),
              ElementsAre("s2: #4 error MUTED"));
}

TEST_F(ModerationTest, BanAndLift) {
  EXPECT_THAT(
      chat_.Ask(1, "ban { alias: 'ann' }"),
      AllOf(Contains("s1: #2 ban 1"), Contains(HasSubstr("s2 bye BANNED"))));
  EXPECT_THAT(chat_.LogIn(3, "ann"), Contains(HasSubstr("s3 bye BANNED")));
  EXPECT_THAT(chat_.Ask(1, "lift { number: 1 }"), Contains("s1: #3 lift"));
  EXPECT_THAT(chat_.LogIn(4, "ann"), Contains(HasSubstr("rooms=")));
}

TEST_F(ModerationTest, BanOfANetwork) {
  chat_.AddAccount("bob");
  chat_.OpenFrom(3, "192.0.2.9");
  chat_.Ask(3, "login { alias: 'bob' password: 'secret' }");
  chat_.AddAccount("chief");
  chat_.MakeAdmin("chief");
  chat_.OpenFrom(4, "192.0.2.10");
  chat_.Ask(4, "login { alias: 'chief' password: 'secret' }");
  EXPECT_THAT(chat_.Ask(1, "ban { network: '192.0.2.0/24' }"),
              Contains(HasSubstr("s3 bye BANNED")));
  EXPECT_EQ(chat_.core().online(), 3);
}

TEST_F(ModerationTest, Invitation) {
  EXPECT_THAT(chat_.Ask(1, "create_invitation {}"),
              Contains(HasSubstr("create_invitation welcome")));
}

TEST_F(ModerationTest, AStopWaitsForWhatIsWritten) {
  chat_.set_hold(true);
  chat_.Ask(1, "kick { alias: 'ann' }");
  EXPECT_THAT(chat_.Stop(), IsEmpty());
  EXPECT_EQ(Last(chat_.FinishWrite()), "stopped");
}

}  // namespace
}  // namespace chat77::server
