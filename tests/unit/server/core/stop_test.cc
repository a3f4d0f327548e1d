// Stopping: what is being written is written, then everybody is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class StopTest : public testing::Test {
 protected:
  StopTest() {
    chat_.LogIn(1, "ann");
    chat_.Open(2);
  }

  CoreHarness chat_;
};

TEST_F(StopTest, TellsEverybody) {
  EXPECT_THAT(chat_.Stop(), ElementsAre("> logout 1 server stopped @5",
                                        "s1 bye SERVER_STOPPING",
                                        "s2 bye SERVER_STOPPING", "stopped"));
  EXPECT_EQ(chat_.core().online(), 0);
}

TEST_F(StopTest, Nobody) {
  CoreHarness chat;
  EXPECT_THAT(chat.Stop(), ElementsAre("stopped"));
}

TEST_F(StopTest, OnceIsEnough) {
  chat_.Stop();
  EXPECT_THAT(chat_.Stop(), IsEmpty());
}

TEST_F(StopTest, WaitsForWhatIsBeingWritten) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'hi' }");
  EXPECT_THAT(chat_.Stop(), IsEmpty());
  EXPECT_THAT(chat_.Ask(1, "say { text: 'more' }"),
              ElementsAre("s1: #3 error SERVER_STOPPING"));
  EXPECT_THAT(chat_.Ask(2, "login { alias: 'ann' password: 'secret' }"),
              ElementsAre("s2: #1 error SERVER_STOPPING"));
  EXPECT_THAT(
      chat_.FinishWrite(),
      ElementsAre("s1: #2 say 1 @5 1 1", "room -s1: said 1 1 @5 ann hi",
                  "> logout 1 server stopped @5", "s1 bye SERVER_STOPPING",
                  "s2 bye SERVER_STOPPING", "stopped"));
}

TEST_F(StopTest, AfterAWriteThatFailed) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'hi' }");
  chat_.Stop();
  EXPECT_EQ(Last(chat_.FinishWrite(absl::UnavailableError("disk"))), "stopped");
}

TEST_F(StopTest, LoginUnderWayIsLoggedOut) {
  chat_.set_hold(true);
  chat_.LogIn(3, "bob");
  chat_.FinishPassword();
  chat_.FinishLookup();
  chat_.Stop();
  EXPECT_THAT(
      chat_.FinishWrite(),
      ElementsAre("s3: #1 login bob rooms=[1 LOBBY 1 0 0]", "s3 joins",
                  "room: joined 1 bob @5", "> logout 1 server stopped @5",
                  "> logout 2 server stopped @5", "s1 bye SERVER_STOPPING",
                  "s2 bye SERVER_STOPPING", "s3 bye SERVER_STOPPING",
                  "stopped"));
}

TEST_F(StopTest, LoginWhoseRoomsAreBeingReadIsRefused) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'hi' }");
  chat_.LogIn(3, "bob");
  chat_.FinishPassword();
  chat_.Stop();
  EXPECT_THAT(chat_.FinishLookup(),
              ElementsAre("s3: #1 error SERVER_STOPPING"));
  EXPECT_EQ(Last(chat_.FinishWrite()), "stopped");
}

TEST_F(StopTest, RoomsReadAfterTheStop) {
  chat_.set_hold(true);
  chat_.LogIn(3, "bob");
  chat_.FinishPassword();
  EXPECT_EQ(Last(chat_.Stop()), "stopped");
  EXPECT_THAT(chat_.FinishLookup(), IsEmpty());
  EXPECT_TRUE(chat_.core().idle());
}

TEST_F(StopTest, PasswordCheckedMeanwhile) {
  chat_.set_hold(true);
  chat_.LogIn(3, "bob");
  chat_.Ask(1, "say { text: 'hi' }");
  chat_.Stop();
  EXPECT_THAT(chat_.FinishPassword(),
              ElementsAre("s3: #1 error SERVER_STOPPING"));
}

TEST_F(StopTest, NothingFollowsStopped) {
  chat_.set_hold(true);
  chat_.LogIn(3, "bob");
  chat_.Ask(1, "fetch_history {}");
  chat_.Stop();
  EXPECT_THAT(chat_.FinishPassword(), IsEmpty());
  EXPECT_THAT(chat_.FinishRead(pb::FetchHistoryReply()), IsEmpty());
  EXPECT_THAT(chat_.Ask(1, "list_online {}"), IsEmpty());
  EXPECT_THAT(chat_.Close(1), IsEmpty());
  EXPECT_THAT(chat_.Open(4), IsEmpty());
  EXPECT_THAT(chat_.Ask(4, "login { alias: 'ann' password: 'secret' }"),
              IsEmpty());
}

TEST_F(StopTest, WhoLeavesMeanwhileIsLoggedOut) {
  chat_.LogIn(3, "bob");
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'hi' }");
  chat_.Stop();
  chat_.Close(3);
  EXPECT_THAT(
      chat_.FinishWrite(),
      ElementsAre("s1: #2 say 1 @5 1 1", "room -s1: said 1 1 @5 ann hi",
                  "room -s3: left 1 bob @5 DISCONNECTED",
                  "> logout 2 disconnected @5", "> logout 1 server stopped @5",
                  "s1 bye SERVER_STOPPING", "s2 bye SERVER_STOPPING",
                  "stopped"));
}

TEST_F(StopTest, WhileALogoutWaits) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'hi' }");
  chat_.Ask(1, "logout {}");
  EXPECT_THAT(chat_.Stop(), IsEmpty());
  EXPECT_THAT(chat_.Ask(1, "list_online {}"), IsEmpty());
  // The goodbye is the one asked for, and there is one logout in the log.
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s1: #2 say 1 @5 1 1", "room -s1: said 1 1 @5 ann hi",
                          "room -s1: left 1 ann @5 LEFT", "> logout 1 exit @5",
                          "s1: #3 logout", "s1 bye LOGGED_OUT",
                          "s2 bye SERVER_STOPPING", "stopped"));
}

TEST_F(StopTest, WhoComesMeanwhileIsTold) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'hi' }");
  chat_.Stop();
  chat_.Open(3);
  EXPECT_THAT(chat_.FinishWrite(), testing::Contains("s3 bye SERVER_STOPPING"));
}

// Their stay goes on when the server is back.
TEST_F(StopTest, WhoCanResumeIsNotLoggedOut) {
  chat_.LogInResuming(3, "bob");
  chat_.LogInResuming(4, "cleo");
  chat_.Ask(3, "request_private { alias: 'cleo' }");
  chat_.Close(4);
  EXPECT_THAT(chat_.Stop(),
              ElementsAre("> logout 1 server stopped @5",
                          "s1 bye SERVER_STOPPING", "s2 bye SERVER_STOPPING",
                          "s3 bye SERVER_STOPPING", "stopped"));
  EXPECT_THAT(chat_.core().rooms().all(), IsEmpty());
  EXPECT_THAT(chat_.Elapse(), IsEmpty());
}

TEST_F(StopTest, GraceEndsWithTheStop) {
  chat_.LogInResuming(3, "bob");
  chat_.Close(3);
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'hi' }");
  chat_.Stop();
  EXPECT_THAT(chat_.Elapse(), IsEmpty());
  chat_.Resume(4, 1);
  EXPECT_EQ(Last(chat_.FinishWrite()), "stopped");
}

TEST_F(StopTest, ResumeMeanwhile) {
  chat_.LogInResuming(3, "bob");
  chat_.Close(3);
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'hi' }");
  chat_.Resume(4, 1);
  chat_.Stop();
  EXPECT_THAT(chat_.FinishLookup(),
              ElementsAre("s4: #1 error SERVER_STOPPING"));
}

TEST_F(StopTest, WaitsForPrivateChanges) {
  chat_.LogIn(3, "bob");
  chat_.set_hold(true);
  chat_.Ask(1, "request_private { alias: 'bob' }");
  EXPECT_THAT(chat_.Stop(), IsEmpty());
  const Lines lines = chat_.FinishWrite();
  EXPECT_EQ(First(lines), "s1: #2 request_private bob 0 0");
  EXPECT_EQ(Last(lines), "stopped");
}

TEST_F(StopTest, WaitsForLogoutsAndRevocations) {
  chat_.LogInResuming(3, "bob");
  chat_.LogInResuming(4, "cleo");
  chat_.set_hold(true);
  chat_.Ask(3, "logout {}");
  chat_.Ask(4, "revoke_device { number: 2 }");
  EXPECT_THAT(chat_.Stop(), IsEmpty());
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s3: #2 logout", "s3 bye LOGGED_OUT"));
  const Lines lines = chat_.FinishWrite();
  EXPECT_EQ(First(lines), "s4: #2 revoke_device");
  EXPECT_EQ(Last(lines), "stopped");
}

// The kick's answer lets its admin's logout go on, and is not the last of what
// that write brings.
TEST_F(StopTest, ComesAfterAllThatAWriteBrings) {
  chat_.AddAccount("root");
  chat_.MakeAdmin("root");
  chat_.LogIn(3, "root");
  chat_.set_hold(true);
  chat_.Ask(3, "kick { alias: 'ann' }");
  chat_.Ask(3, "logout {}");
  EXPECT_THAT(chat_.Stop(), IsEmpty());
  EXPECT_THAT(
      chat_.FinishWrite(),
      ElementsAre("s3: #2 kick ann", "room -s3: left 1 root @5 LEFT",
                  "> logout 2 exit @5", "s3: #3 logout", "s3 bye LOGGED_OUT",
                  "room -s1: left 1 ann @5 DISCONNECTED",
                  "> logout 1 kicked @5", "s1 bye KICKED",
                  "s2 bye SERVER_STOPPING", "stopped"));
}

// It was not answered: whoever asked for it comes back and asks again.
TEST_F(StopTest, BeforeALogoutThatWaits) {
  chat_.LogInResuming(3, "bob");
  chat_.set_hold(true);
  chat_.Ask(3, "fetch_history {}");
  chat_.Ask(3, "logout {}");
  EXPECT_THAT(chat_.Stop(),
              ElementsAre("> logout 1 server stopped @5",
                          "s1 bye SERVER_STOPPING", "s2 bye SERVER_STOPPING",
                          "s3 bye SERVER_STOPPING", "stopped"));
  EXPECT_THAT(chat_.FinishRead(pb::FetchHistoryReply()), IsEmpty());
  EXPECT_TRUE(chat_.core().idle());
}

}  // namespace
}  // namespace chat77::server
