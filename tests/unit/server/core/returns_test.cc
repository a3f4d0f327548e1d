// Stays that outlive their connection: going away, coming back, coming back too
// late, and logging out for good.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kAnnLogsIn[] = "login { alias: 'ann' password: 'secret' }";

// Ann is on session 1 with device 1; Bob on 2 has none.
class ResumeTest : public testing::Test {
 protected:
  ResumeTest() {
    chat_.LogInResuming(1, "ann");
    chat_.LogIn(2, "bob");
  }

  CoreHarness chat_;
};

TEST(ResumingLoginTest, GetsADevice) {
  CoreHarness chat({.grace = absl::Seconds(7)});
  EXPECT_THAT(
      chat.LogInResuming(1, "ann"),
      ElementsAre("> check ann secret", "> rooms of 1",
                  "> login ann 10.0.0.1:1001 @5 makes phone",
                  "s1: #1 login ann rooms=[1 LOBBY 1 0 0] token-1 device 1",
                  "s1 joins", "room: joined 1 ann @5"));
  const auto& reply = std::get<Send>(chat.effects().at(3)).frame.login();
  EXPECT_EQ(reply.grace_ms(), 7000);
  EXPECT_EQ(reply.device_token(), CoreHarness::TokenOf(1));
  EXPECT_THAT(chat.Close(1), ElementsAre("> wait 7s"));
}

TEST_F(ResumeTest, AwayIsNotGone) {
  EXPECT_THAT(chat_.Close(1), ElementsAre("> wait 30s"));
  EXPECT_THAT(chat_.Ask(2, "list_online {}"),
              ElementsAre("s2: #2 list_online aliases=[ann bob] 2"));
}

TEST_F(ResumeTest, BackInTimeNobodyNotices) {
  chat_.Close(1);
  EXPECT_THAT(
      chat_.Resume(3, 1, "epoch: 1 seq: 0"),
      ElementsAre("> find token-1",
                  "s3: #1 resume ann rooms=[1 LOBBY 1 0 0] device 1 resumed",
                  "s3 joins after 0"));
  EXPECT_THAT(chat_.Elapse(), IsEmpty());
  EXPECT_EQ(chat_.core().online(), 2);
}

TEST_F(ResumeTest, TooLate) {
  chat_.Close(1);
  EXPECT_THAT(chat_.Elapse(), ElementsAre("room: left 1 ann @5 DISCONNECTED",
                                          "> logout 1 disconnected @5"));
  EXPECT_THAT(chat_.Resume(3, 1, "epoch: 1 seq: 0"),
              ElementsAre("> find token-1", "> rooms of 1",
                          "> login ann 10.0.0.3:1003 @5 device 1",
                          "s3: #1 resume ann rooms=[1 LOBBY 1 0 0] device 1",
                          "s3 joins after 0", "room: joined 1 ann @5"));
}

// Each absence has its own time.
TEST_F(ResumeTest, AwayTwice) {
  chat_.Close(1);
  chat_.Resume(3, 1);
  chat_.Close(3);
  EXPECT_THAT(chat_.Elapse(), IsEmpty());
  EXPECT_EQ(First(chat_.Elapse()), "room: left 1 ann @5 DISCONNECTED");
}

TEST_F(ResumeTest, WhileTheOldConnectionLives) {
  EXPECT_THAT(
      chat_.Resume(3, 1),
      ElementsAre("> find token-1", "s1 bye TAKEN_OVER",
                  "s3: #1 resume ann rooms=[1 LOBBY 1 0 0] device 1 resumed",
                  "s3 joins"));
  EXPECT_THAT(chat_.Close(1), IsEmpty());
  EXPECT_THAT(chat_.Ask(1, "list_online {}"), IsEmpty());
  EXPECT_EQ(chat_.core().online(), 2);
}

TEST_F(ResumeTest, OfAnotherDeviceWhileOnline) {
  chat_.Close(1);
  chat_.Elapse();
  chat_.LogInResuming(3, "ann");  // device 2
  EXPECT_EQ(Last(chat_.Resume(4, 1)), "s4: #1 error ALREADY_ONLINE ann");
  const Lines lines = chat_.Resume(5, 1, "take_over: true");
  EXPECT_THAT(lines, Contains("s3 bye TAKEN_OVER"));
  EXPECT_THAT(lines, Contains("room -s3: left 1 ann @5 DISCONNECTED"));
  EXPECT_EQ(Last(lines), "room: joined 1 ann @5");
}

// Nobody is kept out by one who is not there.
TEST_F(ResumeTest, OfAnotherDeviceWhileAway) {
  chat_.Close(1);
  chat_.Elapse();
  chat_.LogInResuming(3, "ann");
  chat_.Close(3);
  EXPECT_THAT(chat_.Resume(4, 1),
              ElementsAre("> find token-1", "room: left 1 ann @5 DISCONNECTED",
                          "> logout 3 taken over @5", "> rooms of 1",
                          "> login ann 10.0.0.4:1004 @5 device 1",
                          "s4: #1 resume ann rooms=[1 LOBBY 1 0 0] device 1",
                          "s4 joins", "room: joined 1 ann @5"));
}

TEST_F(ResumeTest, PasswordWhileAway) {
  chat_.Close(1);
  EXPECT_THAT(
      chat_.LogIn(3, "ann"),
      ElementsAre("> check ann secret", "room: left 1 ann @5 DISCONNECTED",
                  "> logout 1 taken over @5", "> rooms of 1",
                  "> login ann 10.0.0.3:1003 @5",
                  "s3: #1 login ann rooms=[1 LOBBY 1 0 0]", "s3 joins",
                  "room: joined 1 ann @5"));
  EXPECT_THAT(chat_.Elapse(), IsEmpty());
  // Without a device, as before.
  EXPECT_EQ(First(chat_.Close(3)), "room -s3: left 1 ann @5 DISCONNECTED");
}

TEST_F(ResumeTest, RefusesTokens) {
  chat_.OpenResuming(3);
  EXPECT_THAT(chat_.Ask(3, "resume { device_token: 'short' }"),
              ElementsAre("s3: #1 error TOKEN_INVALID"));
  EXPECT_EQ(Last(chat_.Resume(4, 99)), "s4: #1 error TOKEN_INVALID");
}

TEST_F(ResumeTest, NeedsTheFeature) {
  chat_.Open(3);
  EXPECT_THAT(chat_.Ask(3, "resume {}"),
              ElementsAre("s3: #1 error INVALID_ARGUMENT"));
}

TEST_F(ResumeTest, NotWhileLoggedIn) {
  EXPECT_THAT(chat_.Ask(1, "resume {}"),
              ElementsAre("s1: #2 error ALREADY_LOGGED_IN"));
}

TEST_F(ResumeTest, FailureOutside) {
  chat_.set_hold(true);
  chat_.Resume(3, 1);
  EXPECT_THAT(chat_.Ask(3, kAnnLogsIn),
              ElementsAre("s3: #2 error INVALID_ARGUMENT"));
  EXPECT_THAT(chat_.FinishLookup(absl::UnavailableError("disk")),
              ElementsAre("s3: #1 error UNAVAILABLE 1000"));
  EXPECT_THAT(chat_.Ask(3, kAnnLogsIn), ElementsAre("> check ann secret"));
}

TEST_F(ResumeTest, SessionClosesDuringTheLookup) {
  chat_.Close(1);
  chat_.set_hold(true);
  chat_.Resume(3, 1);
  chat_.Close(3);
  EXPECT_THAT(chat_.FinishLookup(), IsEmpty());
  EXPECT_EQ(First(chat_.Elapse()), "room: left 1 ann @5 DISCONNECTED");
}

TEST_F(ResumeTest, SessionClosesDuringTheRecord) {
  chat_.Close(1);
  chat_.Elapse();
  chat_.set_hold(true);
  chat_.Resume(3, 1);
  chat_.FinishLookup();
  chat_.FinishLookup();
  EXPECT_THAT(chat_.Close(3), IsEmpty());
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("> logout 3 disconnected @5"));
}

TEST_F(ResumeTest, TwiceWhileTheRoomsAreRead) {
  chat_.Close(1);
  chat_.Elapse();
  chat_.set_hold(true);
  chat_.Resume(3, 1);
  chat_.FinishLookup();
  chat_.Resume(4, 1);
  EXPECT_THAT(chat_.FinishLookup({}, 1), ElementsAre("s4: #1 error BUSY 100"));
}

TEST_F(ResumeTest, TwiceDuringTheRecord) {
  chat_.Close(1);
  chat_.Elapse();
  chat_.set_hold(true);
  chat_.Resume(3, 1);
  chat_.FinishLookup();
  chat_.FinishLookup();
  chat_.Resume(4, 1);
  EXPECT_THAT(chat_.FinishLookup(), ElementsAre("s4: #1 error BUSY 100"));
}

TEST_F(ResumeTest, FailedRecordLetsTryAgain) {
  chat_.Close(1);
  chat_.Elapse();
  chat_.set_hold(true);
  chat_.Resume(3, 1);
  chat_.FinishLookup();
  chat_.FinishLookup();
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("> new generation", "s3: #1 error UNAVAILABLE"));
  EXPECT_THAT(chat_.Ask(3, kAnnLogsIn), ElementsAre("> check ann secret"));
}

// ---- the room ---------------------------------------------------------------

TEST_F(ResumeTest, HearsTheRoomFromItsPlace) {
  chat_.Ask(2, "say { text: 'a' }");
  chat_.Ask(2, "say { text: 'b' }");
  EXPECT_EQ(Last(chat_.Resume(3, 1, "epoch: 1 seq: 1")), "s3 joins after 1");
  EXPECT_EQ(Last(chat_.Resume(4, 1, "epoch: 1 seq: 9")), "s4 joins after 2");
  EXPECT_EQ(Last(chat_.Resume(5, 1, "epoch: 2 seq: 1")), "s5 joins");
  EXPECT_EQ(Last(chat_.Resume(6, 1, "seq: 1")), "s6 joins");
}

// The reply is lost, the client asks again with the same id.
TEST_F(ResumeTest, SaidOnceThoughTheReplyWasLost) {
  chat_.set_hold(true);
  EXPECT_THAT(chat_.Ask(1, "say { text: 'hi' } message_id: 7"),
              ElementsAre("> append 1:1 ann hi @5 =7"));
  chat_.Close(1);
  chat_.Resume(3, 1, "epoch: 1");
  chat_.FinishLookup();
  EXPECT_THAT(
      chat_.FinishWrite(),
      ElementsAre("room -s1: said 1 1 @5 ann hi",
                  "s3: #1 resume ann rooms=[1 LOBBY 1 1 0] device 1 resumed",
                  "s3 joins after 0"));
  EXPECT_THAT(chat_.Ask(3, "say { text: 'hi' } message_id: 7"),
              ElementsAre("> find =7"));
  chat_.Advance(absl::Seconds(1));
  EXPECT_THAT(chat_.FinishLookup(), ElementsAre("s3: #2 say 1 @5 1 1"));
}

TEST_F(ResumeTest, SaidAgainIfItFailed) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'hi' } message_id: 7");
  chat_.Ask(1, "say { text: 'hi' } message_id: 7");
  EXPECT_THAT(
      chat_.FinishWrite(absl::UnavailableError("disk")),
      ElementsAre("> new generation", "s1: #2 error UNAVAILABLE", "> find =7"));
  EXPECT_THAT(chat_.FinishLookup(), ElementsAre("> append 1:1 ann hi @5 =7"));
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s1: #3 say 1 @5 1 1",
                                               "room -s1: said 1 1 @5 ann hi"));
}

TEST(ResumeWithoutHistoryTest, SaidOnceThoughTheReplyWasLost) {
  CoreHarness chat({.history = false});
  chat.LogInResuming(1, "ann");
  chat.Ask(1, "say { text: 'hi' } message_id: 7");
  EXPECT_THAT(chat.Ask(1, "say { text: 'hi' } message_id: 7"),
              ElementsAre("s1: #3 say 1 @5 1 1"));
}

TEST(ResumeWithoutHistoryTest, SaidOnceThoughItWaitsItsTurn) {
  CoreHarness chat({.history = false});
  chat.LogInResuming(1, "ann");
  chat.set_hold(true);
  chat.LogIn(2, "bob");
  chat.FinishPassword();
  chat.FinishLookup();
  EXPECT_THAT(chat.Ask(1, "say { text: 'hi' } message_id: 7"), IsEmpty());
  EXPECT_THAT(chat.Ask(1, "say { text: 'hi' } message_id: 7"), IsEmpty());
  EXPECT_THAT(
      chat.FinishWrite(),
      ElementsAre("s2: #1 login bob rooms=[1 LOBBY 1 0 0]", "s2 joins",
                  "room: joined 1 bob @5", "s1: #2 say 1 @5 1 1",
                  "room -s1: said 1 1 @5 ann hi", "s1: #3 say 1 @5 1 1"));
}

// ---- logging out ------------------------------------------------------------

TEST_F(ResumeTest, LogoutEndsTheDevice) {
  EXPECT_THAT(
      chat_.Ask(1, "logout {}"),
      ElementsAre("room -s1: left 1 ann @5 LEFT", "> logout 1 exit @5 awaited",
                  "s1: #2 logout", "s1 bye LOGGED_OUT"));
  EXPECT_TRUE(std::get<RecordLogout>(chat_.effects().at(1)).end_device);
  EXPECT_EQ(Last(chat_.Resume(3, 1)), "s3: #1 error TOKEN_INVALID");
}

TEST_F(ResumeTest, LogoutIsAnsweredWhenItIsOnDisk) {
  chat_.set_hold(true);
  EXPECT_THAT(chat_.Ask(1, "logout {}"),
              ElementsAre("room -s1: left 1 ann @5 LEFT",
                          "> logout 1 exit @5 awaited"));
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("> new generation", "s1: #2 error UNAVAILABLE 1000",
                          "s1 bye LOGGED_OUT"));
}

// There is nothing left that could resume.
TEST_F(ResumeTest, LogoutOfWhatIsGone) {
  chat_.set_hold(true);
  chat_.Ask(1, "logout {}");
  EXPECT_THAT(chat_.FinishWrite(absl::NotFoundError("no such device")),
              ElementsAre("s1: #2 logout", "s1 bye LOGGED_OUT"));
}

TEST_F(ResumeTest, LogoutWaitsForPendingRequests) {
  chat_.set_hold(true);
  chat_.Ask(1, "request_private { alias: 'bob' }");
  chat_.Ask(1, "fetch_history {}");
  EXPECT_THAT(chat_.Ask(1, "logout {}"), IsEmpty());
  EXPECT_THAT(chat_.Ask(1, "list_online {}"), IsEmpty());
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s1: #2 request_private bob 0 0",
                                               "s2: private_requested ann"));
  EXPECT_THAT(
      chat_.FinishRead(pb::FetchHistoryReply()),
      ElementsAre("s1: #3 fetch_history", "room -s1: left 1 ann @5 LEFT",
                  "> logout 1 exit @5 awaited"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s1: #4 logout", "s1 bye LOGGED_OUT"));
}

// The logout was asked for: nobody may resume, though nobody hears the answer.
TEST_F(ResumeTest, ClosedWhileTheLogoutWaits) {
  chat_.set_hold(true);
  chat_.Ask(1, "fetch_history {}");
  chat_.Ask(1, "logout {}");
  EXPECT_THAT(chat_.Close(1), ElementsAre("room -s1: left 1 ann @5 LEFT",
                                          "> logout 1 exit @5 awaited"));
  EXPECT_TRUE(std::get<RecordLogout>(chat_.effects().at(1)).end_device);
  EXPECT_THAT(chat_.FinishRead(pb::FetchHistoryReply()), IsEmpty());
  EXPECT_THAT(chat_.FinishWrite(), IsEmpty());
  EXPECT_TRUE(chat_.core().idle());
}

// The departure waits for the last words; the token ends with it.
TEST_F(ResumeTest, NotBehindTheLogout) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'bye' }");
  chat_.Ask(1, "logout {}");
  chat_.Resume(3, 1);
  EXPECT_THAT(chat_.FinishLookup(), ElementsAre("s3: #1 error TOKEN_INVALID"));
  chat_.FinishWrite();
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s1: #3 logout", "s1 bye LOGGED_OUT"));
  EXPECT_EQ(chat_.core().presence().Find("ann"), nullptr);
}

// The store finds the token as long as the logout is not on disk.
TEST_F(ResumeTest, NorWhileTheLogoutIsWritten) {
  chat_.set_hold(true);
  chat_.Ask(1, "logout {}");
  chat_.Resume(3, 1);
  EXPECT_THAT(chat_.FinishLookup(), ElementsAre("s3: #1 error TOKEN_INVALID"));
  chat_.Resume(4, 1);
  const Token token = std::get<FindDevice>(chat_.effects().at(0)).token;
  chat_.FinishWrite();
  // It answers late, with what it found before.
  EXPECT_THAT(chat_.Happen(DeviceFound{token, FoundDevice{1, {1, "ann"}}}),
              ElementsAre("s4: #1 error TOKEN_INVALID"));
}

TEST_F(ResumeTest, ALogoutThatFailedEndsNoDevice) {
  chat_.set_hold(true);
  chat_.Ask(1, "logout {}");
  chat_.FinishWrite(absl::UnavailableError("disk"));
  chat_.Resume(3, 1);
  chat_.FinishLookup();
  EXPECT_THAT(chat_.FinishLookup(),
              ElementsAre("> login ann 10.0.0.3:1003 @5 device 1"));
}

TEST_F(ResumeTest, TakesOverALogoutThatWaits) {
  chat_.set_hold(true);
  chat_.Ask(1, "fetch_history {}");
  chat_.Ask(1, "logout {}");
  chat_.Resume(3, 1);
  EXPECT_THAT(
      chat_.FinishLookup(),
      ElementsAre("s1 bye TAKEN_OVER",
                  "s3: #1 resume ann rooms=[1 LOBBY 1 0 0] device 1 resumed",
                  "s3 joins"));
  EXPECT_THAT(chat_.FinishRead(pb::FetchHistoryReply()), IsEmpty());
  EXPECT_TRUE(chat_.core().idle());
}

}  // namespace
}  // namespace chat77::server
