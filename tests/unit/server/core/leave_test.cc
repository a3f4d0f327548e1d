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
              ElementsAre("room -s1: left 1 ann @5 LEFT", "> logout 1 exit @5",
                          "s1: #2 logout", "s1 bye LOGGED_OUT"));
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
              ElementsAre("room -s1: left 1 ann @5 DISCONNECTED",
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
              ElementsAre("room -s1: said 1 1 @5 ann bye",
                          "room -s1: left 1 ann @8 DISCONNECTED",
                          "> logout 1 disconnected @8"));
}

TEST_F(LeaveTest, AfterLastWordsThatFailed) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'bye' }");
  chat_.Close(1);
  EXPECT_THAT(
      chat_.FinishWrite(absl::UnavailableError("disk")),
      ElementsAre("> new generation", "room -s1: left 1 ann @5 DISCONNECTED",
                  "> logout 1 disconnected @5"));
}

TEST_F(LeaveTest, LogoutWaitsForTheReplies) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'a' }");
  chat_.Ask(1, "say { text: 'b' }");
  chat_.Advance(absl::Milliseconds(3));
  EXPECT_THAT(chat_.Ask(1, "logout {}"), IsEmpty());
  chat_.Advance(absl::Milliseconds(3));
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s1: #2 say 1 @5 1 1",
                                               "room -s1: said 1 1 @5 ann a"));
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("> new generation", "s1: #3 error UNAVAILABLE",
                          "room -s1: left 1 ann @8 LEFT", "> logout 1 exit @8",
                          "s1: #4 logout", "s1 bye LOGGED_OUT"));
}

TEST_F(LeaveTest, LogoutWaitsForTheOthersWords) {
  chat_.set_hold(true);
  chat_.Ask(2, "say { text: 'a' }");
  chat_.Ask(1, "logout {}");
  chat_.Ask(2, "say { text: 'b' }");
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s2: #2 say 1 @5 1 1", "room -s2: said 1 1 @5 bob a",
                          "room -s1: left 1 ann @5 LEFT", "> logout 1 exit @5",
                          "s1: #2 logout", "s1 bye LOGGED_OUT"));
}

TEST_F(LeaveTest, NothingIsHeardBehindALogout) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'bye' }");
  chat_.Ask(1, "logout {}");
  EXPECT_EQ(chat_.core().online(), 1);
  for (const char* request :
       {"logout {}", "say { text: 'more' }", "list_online {}", "",
        "login { alias: 'ann' password: 'secret' }",
        "register { alias: 'eve' password: 'secret' }"}) {
    SCOPED_TRACE(request);
    EXPECT_THAT(chat_.Ask(1, request), IsEmpty());
  }
}

TEST_F(LeaveTest, ClosedWhileTheLogoutWaits) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'bye' }");
  chat_.Ask(1, "logout {}");
  EXPECT_THAT(chat_.Close(1), IsEmpty());
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("room -s1: said 1 1 @5 ann bye",
                                               "room -s1: left 1 ann @5 LEFT",
                                               "> logout 1 exit @5"));
}

// The alias is free at once: there is nobody to take over from.
TEST_F(LeaveTest, BackWhileTheLogoutWaits) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'bye' }");
  chat_.Ask(1, "logout {}");
  chat_.LogIn(3, "ann");
  chat_.FinishPassword();
  EXPECT_THAT(chat_.FinishLookup(),
              ElementsAre("> login ann 10.0.0.3:1003 @5"));
  EXPECT_THAT(
      chat_.FinishWrite(),
      ElementsAre("s1: #2 say 1 @5 1 1", "room -s1: said 1 1 @5 ann bye",
                  "room -s1: left 1 ann @5 LEFT", "> logout 1 exit @5",
                  "s1: #3 logout", "s1 bye LOGGED_OUT"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s3: #1 login ann rooms=[1 LOBBY 1 1 0]", "s3 joins",
                          "room: joined 1 ann @5"));
}

TEST_F(LeaveTest, GoneAtOnceForPrivateChat) {
  chat_.set_hold(true);
  chat_.Ask(2, "say { text: 'wait' }");
  chat_.Ask(1, "logout {}");
  EXPECT_THAT(chat_.Ask(2, "list_online {}"),
              ElementsAre("s2: #3 list_online aliases=[bob] 1"));
  // What is said of her waits until it is told that she left.
  EXPECT_THAT(chat_.Ask(2, "request_private { alias: 'ann' }"), IsEmpty());
  EXPECT_EQ(Last(chat_.FinishWrite()), "s2: #4 error NOT_ONLINE");
}

// None of them can resume: dan links with ann, cleo was asked by ann, bob asked
// ann, eve links as well.
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
              ElementsAre("> link 1 4 none @5", "> link 1 3 none @5",
                          "> link 1 2 none 2:2 ENDED ann @5",
                          "> link 1 5 none 3:2 ENDED ann @5",
                          "s4: request_withdrawn ann was_asking",
                          "s3: request_withdrawn ann",
                          "s2: private_ended ann ENDED_BY_DISCONNECT 2 2",
                          "s5: private_ended ann ENDED_BY_DISCONNECT 3 2",
                          "room -s1: left 1 ann @5 DISCONNECTED",
                          "> logout 1 disconnected @5"));
  for (uint64_t session : {2, 3, 4, 5}) {
    EXPECT_THAT(chat.Ask(session, "list_private {}"),
                ElementsAre(testing::EndsWith(" list_private")));
  }
}

TEST(LeaveOrderTest, RequestsDoNotComeBack) {
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
