// Links and requests between accounts: those of clients that can resume outlive
// their stays; what a client that cannot resume has part in ends with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "absl/strings/str_cat.h"

#include "proto/limits.h"
#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Ann is on session 1 with device 1, Bob on 2 with device 2; both can resume.
class LastingLinkTest : public testing::Test {
 protected:
  LastingLinkTest() {
    chat_.LogInResuming(1, "ann");
    chat_.LogInResuming(2, "bob");
  }

  Lines Ann(const std::string& verb) {
    return chat_.Ask(1, verb + " { alias: 'bob' }");
  }
  Lines Bob(const std::string& verb) {
    return chat_.Ask(2, verb + " { alias: 'ann' }");
  }
  Lines BobSends(const std::string& text) {
    return chat_.Ask(
        2, absl::StrCat("send_private { alias: 'ann' text: '", text, "' }"));
  }
  void Linked() {
    Bob("request_private");
    Ann("accept_private");
  }
  // The connection breaks, and does not come back in time.
  Lines Vanish(uint64_t session) {
    chat_.Close(session);
    return chat_.Elapse();
  }
  // The reply to one who comes back with that device, on session 9.
  std::string ComesBack(DeviceId device) {
    for (const std::string& line : chat_.Resume(9, device)) {
      if (line.starts_with("s9: #1 resume ")) return line.substr(14);
    }
    return "";
  }

  CoreHarness chat_;
};

TEST_F(LastingLinkTest, IsBoundToNoStay) {
  EXPECT_EQ(First(Bob("request_private")), "> link 2 1 asked @5");
  EXPECT_EQ(First(Ann("accept_private")),
            "> link 1 2 linked 2:1 LINKED ann @5");
}

TEST_F(LastingLinkTest, OutlivesTheStayOfOne) {
  Linked();
  EXPECT_THAT(Vanish(1), ElementsAre("room: left 1 ann @5 DISCONNECTED",
                                     "> logout 1 disconnected @5"));
  EXPECT_THAT(chat_.Ask(2, "list_private {}"),
              ElementsAre("s2: #3 list_private linked=[ann]"));
  EXPECT_EQ(ComesBack(1),
            "ann rooms=[1 LOBBY 1 0 0; 2 DIRECT 1 1 0 bob] device 1 "
            "linked=[bob]");
}

// Nothing of it is in memory meanwhile.
TEST_F(LastingLinkTest, OutlivesTheStaysOfBoth) {
  Linked();
  Vanish(1);
  Vanish(2);
  EXPECT_THAT(chat_.core().rooms().all(), IsEmpty());
  EXPECT_EQ(ComesBack(2),
            "bob rooms=[1 LOBBY 1 0 0; 2 DIRECT 1 1 0 ann] device 2 "
            "linked=[ann]");
}

TEST_F(LastingLinkTest, OutlivesALogout) {
  Linked();
  EXPECT_THAT(chat_.Ask(1, "logout {}"),
              testing::Not(Contains(HasSubstr("private_ended"))));
  EXPECT_THAT(chat_.LogInResuming(3, "ann"),
              Contains("s3: #1 login ann rooms=[1 LOBBY 1 0 0; "
                       "2 DIRECT 1 1 0 bob] token-3 device 3 linked=[bob]"));
}

// ---- texts to one who is not there ------------------------------------------

TEST_F(LastingLinkTest, ATextToOneWhoIsAwayIsAnsweredOnceItIsOnDisk) {
  Linked();
  chat_.Close(1);
  chat_.set_hold(true);
  EXPECT_THAT(BobSends("x"), ElementsAre("> append 2:2 bob x @5"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s2: #3 send_private ann @5 2 1 2"));
}

TEST_F(LastingLinkTest, TextsWaitInTheRoomForOneWhoIsAway) {
  Linked();
  chat_.Close(1);
  BobSends("x");
  BobSends("y");
  EXPECT_EQ(ComesBack(1),
            "ann rooms=[1 LOBBY 1 0 0; 2 DIRECT 1 3 0 bob] device 1 resumed "
            "linked=[bob]");
  EXPECT_THAT(chat_.Ask(9, "fetch_history { room: 2 after_seq: 1 }"),
              Contains("> read 2 200 after 1"));
  EXPECT_EQ(std::get<ReadHistory>(chat_.effects().at(0)).told, 3u);
}

TEST_F(LastingLinkTest, TextsWaitForOneWhoseStayIsOver) {
  Linked();
  Vanish(1);
  EXPECT_EQ(Last(BobSends("x")), "s2: #3 send_private ann @5 2 1 2");
  Vanish(2);
  EXPECT_THAT(ComesBack(1), HasSubstr("2 DIRECT 1 2 0 bob"));
}

// ---- changes while one is not there -----------------------------------------

TEST_F(LastingLinkTest, EndsThoughTheOtherIsNotThere) {
  Linked();
  Vanish(1);
  EXPECT_THAT(Bob("end_private"),
              ElementsAre("> link 1 2 none 2:2 ENDED bob @5",
                          "s2: #3 end_private ann 2 2"));
  // It is listed until Ann has read that it ended.
  EXPECT_EQ(ComesBack(1),
            "ann rooms=[1 LOBBY 1 0 0; 2 DIRECT 1 2 0 bob] device 1");
}

TEST_F(LastingLinkTest, RequestsOutliveStaysToo) {
  Ann("request_private");
  Vanish(1);
  Vanish(2);
  EXPECT_EQ(ComesBack(2), "bob rooms=[1 LOBBY 1 0 0] device 2 asking=[ann]");
  EXPECT_THAT(chat_.Ask(9, "accept_private { alias: 'ann' }"),
              ElementsAre("> link 1 2 linked 2:1 LINKED bob @5",
                          "s9: #2 accept_private ann 2 1"));
  EXPECT_THAT(chat_.Resume(3, 1), Contains(HasSubstr("linked=[bob]")));
}

TEST_F(LastingLinkTest, ARequestIsRejectedOrTakenBackThoughTheOtherIsNotThere) {
  Ann("request_private");
  Vanish(1);
  EXPECT_EQ(Last(Bob("reject_private")), "s2: #2 reject_private ann");
  EXPECT_EQ(ComesBack(1), "ann rooms=[1 LOBBY 1 0 0] device 1");
  chat_.Ask(9, "request_private { alias: 'bob' }");
  Vanish(2);
  EXPECT_EQ(Last(chat_.Ask(9, "withdraw_request { alias: 'bob' }")),
            "s9: #3 withdraw_request bob");
}

TEST_F(LastingLinkTest, OneWhoIsNotThereAndAskedFirstIsAnsweredByAsking) {
  Ann("request_private");
  Vanish(1);
  EXPECT_EQ(Last(Bob("request_private")),
            "s2: #2 request_private ann connected 2 1");
}

TEST_F(LastingLinkTest, NobodyAsksOneWhoIsNotThere) {
  Linked();
  Bob("end_private");
  Vanish(1);
  EXPECT_THAT(Bob("request_private"),
              ElementsAre("s2: #4 error NOT_ONLINE ann"));
  EXPECT_THAT(BobSends("x"), ElementsAre("s2: #5 error NOT_LINKED ann"));
}

TEST_F(LastingLinkTest, RequestsExpireThoughNobodyWasThere) {
  Ann("request_private");
  Vanish(1);
  Vanish(2);
  chat_.Advance(wire::kAskLife + absl::Milliseconds(1));
  EXPECT_THAT(chat_.Happen(HourPassed{}), IsEmpty());
  const Lines lines = chat_.Resume(3, 2);
  EXPECT_THAT(lines, Contains(HasSubstr("> link 1 2 none")));
  EXPECT_THAT(lines,
              Contains("s3: #1 resume bob rooms=[1 LOBBY 1 0 0] device 2"));
  EXPECT_THAT(chat_.Resume(4, 1),
              Contains("s4: #1 resume ann rooms=[1 LOBBY 1 0 0] device 1"));
}

TEST_F(LastingLinkTest, RequestsDoNotExpireEarlyForOneWhoComesBack) {
  Ann("request_private");
  Vanish(1);
  Vanish(2);
  chat_.Advance(wire::kAskLife);
  EXPECT_THAT(ComesBack(2), HasSubstr("asking=[ann]"));
}

// ---- with a client that cannot resume ---------------------------------------

// Cleo is on session 3, without a device.
class BoundLinkTest : public LastingLinkTest {
 protected:
  BoundLinkTest() { chat_.LogIn(3, "cleo"); }
  void LinkedWithCleo() {
    chat_.Ask(3, "request_private { alias: 'ann' }");
    chat_.Ask(1, "accept_private { alias: 'cleo' }");
  }
};

TEST_F(BoundLinkTest, EndsWithThatClient) {
  LinkedWithCleo();
  EXPECT_EQ(chat_.Close(3),
            Lines({"> link 1 3 none 2:2 ENDED cleo @5",
                   "s1: private_ended cleo ENDED_BY_DISCONNECT 2 2",
                   "room -s3: left 1 cleo @5 DISCONNECTED",
                   "> logout 3 disconnected @5"}));
}

TEST_F(BoundLinkTest, EndsWithItsLogout) {
  LinkedWithCleo();
  EXPECT_THAT(chat_.Ask(3, "logout {}"),
              Contains("s1: private_ended cleo ENDED_BY_DISCONNECT 2 2"));
}

TEST_F(BoundLinkTest, OutlivesTheStayOfTheOneWhoCanResume) {
  LinkedWithCleo();
  EXPECT_THAT(Vanish(1), ElementsAre("room: left 1 ann @5 DISCONNECTED",
                                     "> logout 1 disconnected @5"));
  EXPECT_THAT(chat_.Ask(3, "list_private {}"),
              ElementsAre("s3: #3 list_private linked=[ann]"));
}

TEST_F(BoundLinkTest, RequestsItMadeAndGotEndWithItFirst) {
  chat_.LogInResuming(4, "dan");
  LinkedWithCleo();
  chat_.Ask(3, "request_private { alias: 'bob' }");
  chat_.Ask(4, "request_private { alias: 'cleo' }");
  EXPECT_EQ(chat_.Close(3),
            Lines({"> link 3 4 none @5", "> link 2 3 none @5",
                   "> link 1 3 none 2:2 ENDED cleo @5",
                   "s4: request_withdrawn cleo was_asking",
                   "s2: request_withdrawn cleo",
                   "s1: private_ended cleo ENDED_BY_DISCONNECT 2 2",
                   "room -s3: left 1 cleo @5 DISCONNECTED",
                   "> logout 3 disconnected @5"}));
}

// It has no part in what was there before it.
TEST_F(BoundLinkTest, EndsNothingThatTheAccountHadBefore) {
  Linked();
  chat_.Ask(2, "logout {}");
  chat_.LogIn(4, "bob");
  EXPECT_THAT(chat_.Close(4),
              testing::Not(Contains(HasSubstr("private_ended"))));
  EXPECT_THAT(chat_.Ask(1, "list_private {}"),
              ElementsAre(HasSubstr("linked=[bob]")));
}

// Who asked with a client that lasts, and is linked by one that does not.
TEST_F(BoundLinkTest, IsBoundToWhoeverTakesPartWhenItIsMade) {
  Ann("request_private");
  chat_.Ask(2, "logout {}");
  chat_.LogIn(4, "bob");
  EXPECT_EQ(First(chat_.Ask(4, "accept_private { alias: 'ann' }")),
            "> link 1 2 linked bound 2:1 LINKED bob @5");
  EXPECT_THAT(chat_.Close(4),
              Contains("s1: private_ended bob ENDED_BY_DISCONNECT 2 2"));
}

TEST_F(BoundLinkTest, IsMadeAnewByClientsThatLast) {
  LinkedWithCleo();
  chat_.Close(3);
  chat_.LogInResuming(4, "cleo");
  chat_.Ask(4, "request_private { alias: 'ann' }");
  EXPECT_EQ(First(chat_.Ask(1, "accept_private { alias: 'cleo' }")),
            "> link 1 3 linked 2:3 LINKED ann @5");
}

}  // namespace
}  // namespace chat77::server
