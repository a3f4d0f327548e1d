// Stays that outlive their connection: going away, coming back, coming back too
// late, and after a restart of the server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "absl/strings/str_cat.h"

#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kAnnLogsIn[] = "login { alias: 'ann' password: 'secret' }";

// Ann is on session 1 with device 1, stay 1; Bob on 2 has none.
class ResumeTest : public testing::Test {
 protected:
  ResumeTest() {
    chat_.LogInResuming(1, "ann");
    chat_.LogIn(2, "bob");
  }

  void Linked() {
    chat_.Ask(2, "request_private { alias: 'ann' }");
    chat_.Ask(1, "accept_private { alias: 'bob' }");
    chat_.Receive(1, 1);
  }
  Lines BobSends(const std::string& text) {
    return chat_.Ask(
        2, absl::StrCat("send_private { alias: 'ann' text: '", text, "' }"));
  }

  CoreHarness chat_;
};

TEST(ResumingLoginTest, GetsADevice) {
  CoreHarness chat({.grace = absl::Seconds(7), .run = 1000});
  EXPECT_THAT(chat.LogInResuming(1, "ann"),
              ElementsAre("> check ann secret",
                          "> login ann 10.0.0.1:1001 @5 makes phone",
                          "s1: #1 login ann rooms=[lobby 1 0] token-1 device 1 "
                          "stay 1001",
                          "s1 joins", "room: joined lobby ann @5"));
  const auto& reply = std::get<Send>(chat.effects().at(2)).frame.login();
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
  EXPECT_THAT(chat_.Resume(3, 1, "epoch: 1 seq: 0 stay: 1"),
              ElementsAre("> find token-1",
                          "s3: #1 resume ann rooms=[lobby 1 0] device 1 "
                          "stay 1 resumed",
                          "s3 joins after 0"));
  EXPECT_THAT(chat_.Elapse(), IsEmpty());
  EXPECT_EQ(chat_.core().online(), 2);
}

TEST_F(ResumeTest, TooLate) {
  Linked();
  chat_.Close(1);
  EXPECT_THAT(chat_.Elapse(),
              ElementsAre("s2: private_ended ann ENDED_BY_DISCONNECT",
                          "room: left lobby ann @5 DISCONNECTED",
                          "> logout 1 disconnected @5"));
  EXPECT_THAT(
      chat_.Resume(3, 1, "epoch: 1 seq: 0 stay: 1 private_seq: 1"),
      ElementsAre("> find token-1", "> login ann 10.0.0.3:1003 @5 device 1",
                  "s3: #1 resume ann rooms=[lobby 1 0] device 1 stay 3",
                  "s3 joins after 0", "room: joined lobby ann @5"));
}

// Each absence has its own time.
TEST_F(ResumeTest, AwayTwice) {
  chat_.Close(1);
  chat_.Resume(3, 1, "stay: 1");
  chat_.Close(3);
  EXPECT_THAT(chat_.Elapse(), IsEmpty());
  EXPECT_EQ(First(chat_.Elapse()), "room: left lobby ann @5 DISCONNECTED");
}

TEST_F(ResumeTest, WhileTheOldConnectionLives) {
  EXPECT_THAT(chat_.Resume(3, 1, "stay: 1"),
              ElementsAre("> find token-1", "s1 bye TAKEN_OVER",
                          "s3: #1 resume ann rooms=[lobby 1 0] device 1 "
                          "stay 1 resumed",
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
  EXPECT_THAT(lines, Contains("room -s3: left lobby ann @5 DISCONNECTED"));
  EXPECT_EQ(Last(lines), "room: joined lobby ann @5");
}

// Nobody is kept out by one who is not there.
TEST_F(ResumeTest, OfAnotherDeviceWhileAway) {
  chat_.Close(1);
  chat_.Elapse();
  chat_.LogInResuming(3, "ann");
  chat_.Close(3);
  EXPECT_THAT(
      chat_.Resume(4, 1),
      ElementsAre("> find token-1", "room: left lobby ann @5 DISCONNECTED",
                  "> logout 3 taken over @5",
                  "> login ann 10.0.0.4:1004 @5 device 1",
                  "s4: #1 resume ann rooms=[lobby 1 0] device 1 stay 4",
                  "s4 joins", "room: joined lobby ann @5"));
}

TEST_F(ResumeTest, PasswordWhileAway) {
  chat_.Close(1);
  EXPECT_THAT(
      chat_.LogIn(3, "ann"),
      ElementsAre("> check ann secret", "room: left lobby ann @5 DISCONNECTED",
                  "> logout 1 taken over @5", "> login ann 10.0.0.3:1003 @5",
                  "s3: #1 login ann rooms=[lobby 1 0]", "s3 joins",
                  "room: joined lobby ann @5"));
  EXPECT_THAT(chat_.Elapse(), IsEmpty());
  // Without a device, as before.
  EXPECT_EQ(First(chat_.Close(3)), "room -s3: left lobby ann @5 DISCONNECTED");
}

TEST_F(ResumeTest, RefusesTokens) {
  chat_.OpenResuming(3);
  EXPECT_THAT(chat_.Ask(3, "resume { device_token: 'short' }"),
              ElementsAre("s3: #1 error TOKEN_INVALID"));
  EXPECT_EQ(Last(chat_.Resume(4, 99)), "s4: #1 error TOKEN_INVALID");
}

TEST_F(ResumeTest, KnowsOneRoom) {
  chat_.OpenResuming(3);
  EXPECT_THAT(chat_.Ask(3, "resume { room: 'attic' }"),
              ElementsAre("s3: #1 error NO_SUCH_ROOM"));
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
  EXPECT_EQ(First(chat_.Elapse()), "room: left lobby ann @5 DISCONNECTED");
}

TEST_F(ResumeTest, SessionClosesDuringTheRecord) {
  chat_.Close(1);
  chat_.Elapse();
  chat_.set_hold(true);
  chat_.Resume(3, 1);
  chat_.FinishLookup();
  EXPECT_THAT(chat_.Close(3), IsEmpty());
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("> logout 3 disconnected @5"));
}

TEST_F(ResumeTest, TwiceDuringTheRecord) {
  chat_.Close(1);
  chat_.Elapse();
  chat_.set_hold(true);
  chat_.Resume(3, 1);
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
              ElementsAre("> append lobby ann hi @5 =7"));
  chat_.Close(1);
  chat_.Resume(3, 1, "epoch: 1 stay: 1");
  chat_.FinishLookup();
  EXPECT_THAT(
      chat_.FinishWrite(),
      ElementsAre("room -s1: said lobby 1 @5 ann hi",
                  "s3: #1 resume ann rooms=[lobby 1 1] device 1 stay 1 resumed",
                  "s3 joins after 0"));
  EXPECT_THAT(chat_.Ask(3, "say { text: 'hi' } message_id: 7"),
              ElementsAre("> find =7"));
  chat_.Advance(absl::Seconds(1));
  EXPECT_THAT(chat_.FinishLookup(), ElementsAre("s3: #2 say 1 @5"));
}

TEST_F(ResumeTest, SaidAgainIfItFailed) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'hi' } message_id: 7");
  chat_.Ask(1, "say { text: 'hi' } message_id: 7");
  EXPECT_THAT(
      chat_.FinishWrite(absl::UnavailableError("disk")),
      ElementsAre("> new generation", "s1: #2 error UNAVAILABLE", "> find =7"));
  EXPECT_THAT(chat_.FinishLookup(), ElementsAre("> append lobby ann hi @5 =7"));
  EXPECT_THAT(
      chat_.FinishWrite(),
      ElementsAre("s1: #3 say 1 @5", "room -s1: said lobby 1 @5 ann hi"));
}

TEST(ResumeWithoutHistoryTest, SaidOnceThoughTheReplyWasLost) {
  CoreHarness chat({.history = false});
  chat.LogInResuming(1, "ann");
  chat.Ask(1, "say { text: 'hi' } message_id: 7");
  EXPECT_THAT(chat.Ask(1, "say { text: 'hi' } message_id: 7"),
              ElementsAre("s1: #3 say 1 @5"));
}

TEST(ResumeWithoutHistoryTest, SaidOnceThoughItWaitsItsTurn) {
  CoreHarness chat({.history = false});
  chat.LogInResuming(1, "ann");
  chat.set_hold(true);
  chat.LogIn(2, "bob");
  chat.FinishPassword();
  EXPECT_THAT(chat.Ask(1, "say { text: 'hi' } message_id: 7"), IsEmpty());
  EXPECT_THAT(chat.Ask(1, "say { text: 'hi' } message_id: 7"), IsEmpty());
  EXPECT_THAT(
      chat.FinishWrite(),
      ElementsAre("s2: #1 login bob rooms=[lobby 1 0]", "s2 joins",
                  "room: joined lobby bob @5", "s1: #2 say 1 @5",
                  "room -s1: said lobby 1 @5 ann hi", "s1: #3 say 1 @5"));
}

// ---- private chat -----------------------------------------------------------

TEST_F(ResumeTest, PrivateEventsAreNumbered) {
  EXPECT_THAT(chat_.Ask(2, "request_private { alias: 'ann' }"),
              Contains("s1: private_requested bob !1"));
  EXPECT_THAT(chat_.Ask(1, "accept_private { alias: 'bob' }"),
              Contains("s2: private_connected ann"));
  EXPECT_THAT(BobSends("x"), ElementsAre("s1: private_said bob x @5 !2",
                                         "s2: #3 send_private ann @5"));
}

TEST_F(ResumeTest, WaitForOneWhoIsAway) {
  Linked();
  chat_.Close(1);
  EXPECT_THAT(BobSends("x"), ElementsAre("s2: #3 send_private ann @5"));
  BobSends("y");
  EXPECT_THAT(chat_.Resume(3, 1, "stay: 1 private_seq: 2"),
              ElementsAre("> find token-1",
                          "s3: #1 resume ann rooms=[lobby 1 0] device 1 stay 1 "
                          "resumed private 3 linked=[bob]",
                          "s3 joins", "s3: private_said bob y @5 !3"));
}

TEST_F(ResumeTest, ComeAgainUntilAcknowledged) {
  Linked();
  BobSends("x");
  BobSends("y");
  EXPECT_EQ(Last(chat_.Resume(3, 1, "stay: 1")),
            "s3: private_said bob y @5 !3");
  EXPECT_THAT(chat_.Resume(4, 1, "stay: 1 private_seq: 1"),
              Contains("s4: private_said bob x @5 !2"));
  chat_.Receive(4, 3);
  EXPECT_EQ(Last(chat_.Resume(5, 1, "stay: 1")), "s5 joins");
  EXPECT_EQ(chat_.core().mailbox_bytes(), 0);
}

TEST_F(ResumeTest, WhatWasNeverSentIsNotReceived) {
  Linked();
  BobSends("x");
  chat_.Receive(1, 9);
  chat_.Close(1);
  EXPECT_EQ(Last(chat_.Resume(3, 1, "stay: 1 private_seq: 9")),
            "s3: private_said bob x @5 !2");
}

// Numbers of another stay mean nothing here.
TEST_F(ResumeTest, OfAnotherStay) {
  Linked();
  BobSends("x");
  EXPECT_THAT(chat_.Resume(3, 1, "stay: 7 private_seq: 2"),
              ElementsAre("> find token-1", "s1 bye TAKEN_OVER",
                          "s3: #1 resume ann rooms=[lobby 1 0] device 1 stay 1 "
                          "resumed private 2 lost linked=[bob]",
                          "s3 joins", "s3: private_said bob x @5 !2"));
}

TEST_F(ResumeTest, TextSentAgainIsDeliveredOnce) {
  Linked();
  const std::string text =
      "send_private { alias: 'bob' text: 'x' } message_id: 7";
  EXPECT_THAT(chat_.Ask(1, text), ElementsAre("s2: private_said ann x @5 =7",
                                              "s1: #3 send_private bob @5"));
  chat_.Close(1);
  chat_.Resume(3, 1, "stay: 1");
  chat_.Advance(absl::Seconds(1));
  EXPECT_THAT(chat_.Ask(3, text), ElementsAre("s3: #2 send_private bob @5"));
}

TEST_F(ResumeTest, MailboxEndsWithItsStay) {
  Linked();
  chat_.Close(1);
  BobSends("x");
  EXPECT_GT(chat_.core().mailbox_bytes(), 0);
  chat_.Elapse();
  EXPECT_EQ(chat_.core().mailbox_bytes(), 0);
}

TEST_F(ResumeTest, RequestsOutliveTheConnection) {
  chat_.Ask(1, "request_private { alias: 'bob' }");
  chat_.Close(1);
  EXPECT_THAT(
      chat_.Ask(2, "accept_private { alias: 'ann' }"),
      ElementsAre("> private 2 1 linked @5", "s2: #2 accept_private ann"));
  EXPECT_THAT(chat_.Resume(3, 1, "stay: 1"),
              Contains("s3: private_connected bob !1"));
}

// ---- logging out ------------------------------------------------------------

TEST_F(ResumeTest, LogoutEndsTheDevice) {
  EXPECT_THAT(chat_.Ask(1, "logout {}"),
              ElementsAre("room -s1: left lobby ann @5 LEFT",
                          "> logout 1 exit @5 awaited", "s1: #2 logout",
                          "s1 bye LOGGED_OUT"));
  EXPECT_TRUE(std::get<RecordLogout>(chat_.effects().at(1)).end_device);
  EXPECT_EQ(Last(chat_.Resume(3, 1)), "s3: #1 error TOKEN_INVALID");
}

TEST_F(ResumeTest, LogoutIsAnsweredWhenItIsOnDisk) {
  chat_.set_hold(true);
  EXPECT_THAT(chat_.Ask(1, "logout {}"),
              ElementsAre("room -s1: left lobby ann @5 LEFT",
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
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s1: #2 request_private bob",
                                               "s2: private_requested ann"));
  EXPECT_THAT(chat_.FinishRead(pb::FetchHistoryReply()),
              ElementsAre("s1: #3 fetch_history", "s2: request_withdrawn ann",
                          "room -s1: left lobby ann @5 LEFT",
                          "> logout 1 exit @5 awaited"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s1: #4 logout", "s1 bye LOGGED_OUT"));
}

// The logout was asked for: nobody may resume, though nobody hears the answer.
TEST_F(ResumeTest, ClosedWhileTheLogoutWaits) {
  chat_.set_hold(true);
  chat_.Ask(1, "fetch_history {}");
  chat_.Ask(1, "logout {}");
  EXPECT_THAT(chat_.Close(1), ElementsAre("room -s1: left lobby ann @5 LEFT",
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
  EXPECT_THAT(chat_.FinishLookup(),
              ElementsAre("> login ann 10.0.0.3:1003 @5 device 1"));
}

TEST_F(ResumeTest, TakesOverALogoutThatWaits) {
  chat_.set_hold(true);
  chat_.Ask(1, "fetch_history {}");
  chat_.Ask(1, "logout {}");
  chat_.Resume(3, 1, "stay: 1");
  EXPECT_THAT(chat_.FinishLookup(),
              ElementsAre("s1 bye TAKEN_OVER",
                          "s3: #1 resume ann rooms=[lobby 1 0] device 1 stay 1 "
                          "resumed",
                          "s3 joins"));
  EXPECT_THAT(chat_.FinishRead(pb::FetchHistoryReply()), IsEmpty());
  EXPECT_TRUE(chat_.core().idle());
}

// ---- after a restart --------------------------------------------------------

RestoredStay StayOf(int64_t number, const std::string& alias) {
  return {ConnectionId::Of(number),
          DeviceId::Of(number),
          {AccountId::Of(number), alias}};
}

TEST(RestoredStaysTest, AreAwayAndLinked) {
  CoreHarness chat({.run = 1000});
  EXPECT_THAT(chat.Happen(Restored{{StayOf(11, "ann"), StayOf(12, "bob")},
                                   {{11, 12, "ann", "bob", true}}}),
              ElementsAre("> wait 30s", "> wait 30s"));
  EXPECT_EQ(chat.core().online(), 2);
  EXPECT_EQ(chat.core().links().Peers(UserId{1}).size(), 1);
  EXPECT_THAT(chat.Elapse(), ElementsAre("room: left lobby ann @5 DISCONNECTED",
                                         "> logout 11 disconnected @5"));
  EXPECT_GT(chat.core().mailbox_bytes(), 0);
}

// Without a private chat there was nothing to lose.
TEST(RestoredStaysTest, AreToldThatPrivateTextsMayBeLost) {
  CoreHarness chat({.run = 1000});
  chat.Happen(Restored{{StayOf(11, "ann"), StayOf(12, "bob")},
                       {{11, 12, "ann", "bob", true}}});
  chat.set_hold(true);
  chat.Resume(1, 11, "stay: 11 private_seq: 9");
  const Token token = std::get<FindDevice>(chat.effects().at(0)).token;
  EXPECT_THAT(chat.Happen(DeviceFound{token, FoundDevice{11, {11, "ann"}}}),
              ElementsAre("s1: #1 resume ann rooms=[lobby 1 0] device 11 "
                          "stay 1011 resumed lost linked=[bob]",
                          "s1 joins"));
}

TEST(RestoredStaysTest, GoOnWithNewNumbers) {
  CoreHarness chat({.run = 1000});
  chat.Happen(Restored{{StayOf(11, "ann"), StayOf(12, "bob")},
                       {{12, 11, "bob", "ann", false}}});
  chat.set_hold(true);
  chat.Resume(1, 11, "stay: 11 private_seq: 9");
  const Token token = std::get<FindDevice>(chat.effects().at(0)).token;
  EXPECT_THAT(chat.Happen(DeviceFound{token, FoundDevice{11, {11, "ann"}}}),
              ElementsAre("s1: #1 resume ann rooms=[lobby 1 0] device 11 "
                          "stay 1011 resumed asking=[bob]",
                          "s1 joins"));
  // The next is the first again.
  chat.set_hold(false);
  EXPECT_THAT(
      chat.Ask(1, "accept_private { alias: 'bob' }"),
      ElementsAre("> private 11 12 linked @5", "s1: #2 accept_private bob"));
  EXPECT_THAT(chat.Elapse(1),
              ElementsAre("s1: private_ended bob ENDED_BY_DISCONNECT !1",
                          "room: left lobby bob @5 DISCONNECTED",
                          "> logout 12 disconnected @5"));
}

struct LostCase {
  const char* what;
  RestoredPair pair;
  const char* event;
};

TEST(RestoredStaysTest, ToldOfThoseWhoAreLost) {
  const LostCase cases[] = {
      {"linked",
       {11, 20, "ann", "zoe", true},
       "s1: private_ended zoe ENDED_BY_DISCONNECT !1"},
      {"linked, the other way",
       {20, 11, "zoe", "ann", true},
       "s1: private_ended zoe ENDED_BY_DISCONNECT !1"},
      {"had asked",
       {11, 20, "ann", "zoe", false},
       "s1: request_withdrawn zoe was_asking !1"},
      {"was asked",
       {20, 11, "zoe", "ann", false},
       "s1: request_withdrawn zoe !1"},
  };
  for (const LostCase& c : cases) {
    SCOPED_TRACE(c.what);
    CoreHarness chat;
    EXPECT_THAT(chat.Happen(Restored{{StayOf(11, "ann")}, {c.pair}}),
                ElementsAre("> wait 30s"));
    chat.set_hold(true);
    chat.Resume(1, 11);
    const Token token = std::get<FindDevice>(chat.effects().at(0)).token;
    EXPECT_EQ(
        Last(chat.Happen(DeviceFound{token, FoundDevice{11, {11, "ann"}}})),
        c.event);
  }
}

// A crash between a take-over's login and the logout before it.
TEST(RestoredStaysTest, OneOfEachAccount) {
  CoreHarness chat;
  EXPECT_THAT(chat.Happen(Restored{
                  {StayOf(11, "ann"), {12, 12, {11, "ann"}}, StayOf(13, "bob")},
                  {{11, 13, "ann", "bob", true}}}),
              ElementsAre("> wait 30s", "> logout 11 taken over @5",
                          "> wait 30s", "> wait 30s"));
  EXPECT_EQ(chat.core().online(), 2);
  EXPECT_EQ(chat.core().presence().Find("ann")->connection, ConnectionId(12));
  EXPECT_EQ(chat.core().presence().all().size(), 2);
  EXPECT_THAT(chat.core().links().Peers(UserId{3}), IsEmpty());
  // The earlier stay is long past: its end ends nothing of the later one.
  EXPECT_EQ(chat.core().mailbox_bytes(), 0);
}

}  // namespace
}  // namespace chat77::server
