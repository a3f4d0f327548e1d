// Leaving: by logout, by the end of the connection, by a take-over.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LeaveTest : public testing::Test {
 protected:
  LeaveTest() {
    chat_.LogIn(1, "ann");
    chat_.LogIn(2, "bob");
  }

  CoreHarness chat_;
};

TEST_F(LeaveTest, Logout) {
  EXPECT_THAT(chat_.Ask(1, "logout {}"),
              ElementsAre("s1: #2 logout", "room -s1: left lobby ann @5 LEFT",
                          "> logout 1 exit @5", "s1 bye LOGGED_OUT"));
  EXPECT_THAT(chat_.Close(1), IsEmpty());
  EXPECT_EQ(chat_.core().online(), 1);
}

TEST_F(LeaveTest, NothingIsAnsweredAfterGoodbye) {
  chat_.Ask(1, "logout {}");
  EXPECT_THAT(chat_.Ask(1, "say { text: 'hi' }"), IsEmpty());
  EXPECT_THAT(chat_.Ask(1, "login { alias: 'ann' password: 'secret' }"),
              IsEmpty());
}

TEST_F(LeaveTest, Disconnected) {
  EXPECT_THAT(chat_.Close(1),
              ElementsAre("room -s1: left lobby ann @5 DISCONNECTED",
                          "> logout 1 disconnected @5"));
}

TEST_F(LeaveTest, AStrangerLeavesUnnoticed) {
  chat_.Open(3);
  EXPECT_THAT(chat_.Close(3), IsEmpty());
}

TEST_F(LeaveTest, AfterTheLastWords) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'bye' }");
  chat_.Advance(absl::Milliseconds(3));
  EXPECT_THAT(chat_.Close(1), IsEmpty());
  chat_.Advance(absl::Milliseconds(3));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("room -s1: said lobby 1 @5 ann bye",
                          "room -s1: left lobby ann @8 DISCONNECTED",
                          "> logout 1 disconnected @8"));
}

TEST_F(LeaveTest, AfterLastWordsThatFailed) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'bye' }");
  chat_.Close(1);
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("room -s1: left lobby ann @5 DISCONNECTED",
                          "> logout 1 disconnected @5"));
}

TEST_F(LeaveTest, GoneAtOnceForPrivateChat) {
  chat_.set_hold(true);
  chat_.Ask(2, "say { text: 'wait' }");
  chat_.Ask(1, "logout {}");
  EXPECT_THAT(chat_.Ask(2, "request_private { alias: 'ann' }"),
              ElementsAre("s2: #3 error NOT_ONLINE"));
  EXPECT_THAT(chat_.Ask(2, "list_online {}"),
              ElementsAre("s2: #4 list_online aliases=[bob] 1"));
}

// dan links with ann, cleo was asked by ann, bob asked ann, eve links as well.
TEST(LeaveOrderTest, AsTheOriginal) {
  CoreHarness chat;
  chat.LogIn(1, "ann");
  chat.LogIn(2, "dan");
  chat.LogIn(3, "cleo");
  chat.LogIn(4, "bob");
  chat.LogIn(5, "eve");
  chat.Ask(2, "request_private { alias: 'ann' }");
  chat.Ask(1, "accept_private { alias: 'dan' }");
  chat.Ask(1, "request_private { alias: 'cleo' }");
  chat.Ask(4, "request_private { alias: 'ann' }");
  chat.Ask(1, "request_private { alias: 'eve' }");
  chat.Ask(5, "accept_private { alias: 'ann' }");
  EXPECT_THAT(chat.Close(1),
              ElementsAre("s4: request_withdrawn ann was_asking",
                          "s3: request_withdrawn ann",
                          "s2: private_ended ann ENDED_BY_DISCONNECT",
                          "s5: private_ended ann ENDED_BY_DISCONNECT",
                          "room -s1: left lobby ann @5 DISCONNECTED",
                          "> logout 1 disconnected @5"));
  for (uint64_t session : {2, 3, 4, 5}) {
    EXPECT_THAT(chat.Ask(session, "list_private {}"),
                ElementsAre(testing::EndsWith(" list_private")));
  }
}

TEST(LeaveOrderTest, LinksDoNotComeBack) {
  CoreHarness chat;
  chat.LogIn(1, "ann");
  chat.LogIn(2, "bob");
  chat.Ask(1, "request_private { alias: 'bob' }");
  chat.Close(1);
  chat.LogIn(3, "ann");
  EXPECT_THAT(chat.Ask(2, "accept_private { alias: 'ann' }"),
              ElementsAre("s2: #2 error NO_PENDING_REQUEST ann"));
}

}  // namespace
}  // namespace chat77::server
