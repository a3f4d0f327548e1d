// A client that got no answer about a private chat asks again, with the same
// message_id: it is answered as then, and nothing is done twice.
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

// Ann is on session 1, Bob on 2; both can resume.
class PrivateRepeatTest : public testing::Test {
 protected:
  explicit PrivateRepeatTest(CoreOptions options = {}) : chat_(options) {
    chat_.LogInResuming(1, "ann");
    chat_.LogInResuming(2, "bob");
  }

  void Linked() {
    chat_.Ask(2, "request_private { alias: 'ann' }");
    chat_.Ask(1, "accept_private { alias: 'bob' }");
  }
  // Ann does it to Bob.
  Lines Do(const std::string& verb, uint64_t id, uint64_t session = 1) {
    return chat_.Ask(session,
                     absl::StrCat(verb, " { alias: 'bob'",
                                  verb == "send_private" ? " text: 'hi'" : "",
                                  " } message_id: ", id));
  }

  CoreHarness chat_;
};

TEST_F(PrivateRepeatTest, IsAnsweredAsThen) {
  Do("request_private", 7);
  EXPECT_THAT(Do("request_private", 7),
              ElementsAre("> find =7", "s1: #3 request_private bob 0 0"));
  EXPECT_THAT(Do("request_private", 8),
              ElementsAre("s1: #4 error ALREADY_REQUESTED bob"));
  chat_.Ask(2, "logout {}");
  EXPECT_THAT(Do("request_private", 7),
              ElementsAre("> find =7", "s1: #5 request_private bob 0 0"));
}

TEST_F(PrivateRepeatTest, TheAnswerNamesTheEntryThatItBecame) {
  chat_.Ask(2, "request_private { alias: 'ann' }");
  Do("accept_private", 7);
  Do("send_private", 8);
  Do("end_private", 9);
  chat_.Advance(absl::Seconds(1));
  EXPECT_EQ(Last(Do("accept_private", 7)), "s1: #5 accept_private bob 2 1");
  EXPECT_EQ(Last(Do("send_private", 8)), "s1: #6 send_private bob @5 2 1 2");
  EXPECT_EQ(Last(Do("end_private", 9)), "s1: #7 end_private bob 2 3");
}

TEST_F(PrivateRepeatTest, OfACrossing) {
  chat_.Ask(2, "request_private { alias: 'ann' }");
  Do("request_private", 7);
  EXPECT_EQ(Last(Do("request_private", 7)),
            "s1: #3 request_private bob connected 2 1");
}

TEST_F(PrivateRepeatTest, LookingFails) {
  Do("request_private", 7);
  chat_.set_hold(true);
  Do("request_private", 7);
  EXPECT_THAT(chat_.FinishLookup(absl::UnavailableError("disk")),
              ElementsAre("s1: #3 error UNAVAILABLE 1000"));
}

TEST_F(PrivateRepeatTest, WhileItIsWritten) {
  chat_.set_hold(true);
  Do("request_private", 7);
  EXPECT_THAT(Do("request_private", 7), IsEmpty());
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s1: #2 request_private bob 0 0",
                          "s2: private_requested ann", "> find =7"));
  EXPECT_THAT(chat_.FinishLookup(),
              ElementsAre("s1: #3 request_private bob 0 0"));
}

// It would be possible anew, but was done: nobody is told.
TEST_F(PrivateRepeatTest, DoneOnceThoughPossibleAgain) {
  Linked();
  Do("end_private", 7);
  Linked();
  EXPECT_THAT(Do("end_private", 7),
              ElementsAre("> find =7", "s1: #5 end_private bob 2 2"));
  EXPECT_EQ(Last(Do("send_private", 8)), "s1: #6 send_private bob @5 2 1 4");
}

// ---- texts ------------------------------------------------------------------

TEST_F(PrivateRepeatTest, ATextIsDeliveredOnceThoughItsConnectionBroke) {
  Linked();
  EXPECT_THAT(Do("send_private", 7),
              ElementsAre("> append 2:2 ann hi @5 =7",
                          "s2: private_said ann hi @5 2 1 2",
                          "s1: #3 send_private bob @5 2 1 2"));
  chat_.Close(1);
  chat_.Resume(3, 1);
  chat_.Advance(absl::Seconds(1));
  EXPECT_THAT(Do("send_private", 7, 3),
              ElementsAre("> find =7", "s3: #2 send_private bob @5 2 1 2"));
}

TEST_F(PrivateRepeatTest, ATextIsDeliveredOnceThoughItsStayIsOver) {
  Linked();
  chat_.set_hold(true);
  Do("send_private", 7);
  chat_.Close(1);
  chat_.set_hold(false);
  chat_.Elapse();
  chat_.Resume(3, 1);
  EXPECT_THAT(Do("send_private", 7, 3),
              ElementsAre("> find =7", "s3: #2 send_private bob @5 2 1 2"));
}

// A refusal would say that nothing was delivered.
TEST_F(PrivateRepeatTest, ATextThatIsHeldIsNotRefused) {
  Linked();
  chat_.set_hold(true);
  Do("send_private", 7);
  Do("end_private", 8);
  EXPECT_THAT(Do("send_private", 7), IsEmpty());
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s2: private_said ann hi @5 2 1 2",
                          "s1: #3 send_private bob @5 2 1 2"));
  EXPECT_EQ(Last(chat_.FinishWrite()), "> find =7");
  EXPECT_THAT(chat_.FinishLookup(),
              ElementsAre("s1: #5 send_private bob @5 2 1 2"));
}

TEST_F(PrivateRepeatTest, ATextThatFailedIsSentAnew) {
  Linked();
  chat_.set_hold(true);
  Do("send_private", 7);
  Do("send_private", 7);
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("> new generation", "s1: #3 error UNAVAILABLE 1000",
                          "> find =7"));
  EXPECT_THAT(chat_.FinishLookup(), ElementsAre("> append 2:2 ann hi @5 =7"));
  EXPECT_EQ(Last(chat_.FinishWrite()), "s1: #4 send_private bob @5 2 1 2");
}

// ---- ids --------------------------------------------------------------------

// Its answer would say of one what came of the other.
TEST_F(PrivateRepeatTest, AnIdOfAnotherRequest) {
  Do("request_private", 7);
  EXPECT_EQ(Last(chat_.Ask(1, "say { text: 'hi' } message_id: 7")),
            "s1: #3 error INVALID_ARGUMENT");
  chat_.Ask(1, "say { text: 'hi' } message_id: 8");
  chat_.Ask(2, "accept_private { alias: 'ann' }");
  // Refused anyway, and possible.
  EXPECT_EQ(Last(Do("accept_private", 7)), "s1: #5 error INVALID_ARGUMENT");
  EXPECT_EQ(Last(Do("request_private", 8)), "s1: #6 error INVALID_ARGUMENT");
  EXPECT_EQ(Last(Do("end_private", 7)), "s1: #7 error INVALID_ARGUMENT");
  EXPECT_EQ(Last(Do("send_private", 8)), "s1: #8 error INVALID_ARGUMENT");
  EXPECT_EQ(Last(Do("send_private", 9)), "s1: #9 send_private bob @5 2 1 2");
  EXPECT_EQ(Last(Do("end_private", 9)), "s1: #10 error INVALID_ARGUMENT");
  EXPECT_EQ(Last(chat_.Ask(1, "say { text: 'hi' } message_id: 9")),
            "s1: #11 error INVALID_ARGUMENT");
  EXPECT_EQ(Last(Do("request_private", 7)), "s1: #12 request_private bob 0 0");
}

TEST_F(PrivateRepeatTest, IdsAreOfOneAccount) {
  Do("request_private", 7);
  EXPECT_EQ(Last(chat_.Ask(2, "accept_private { alias: 'ann' } message_id: 7")),
            "s2: #2 accept_private ann 2 1");
}

// Private texts are stored whatever becomes of the lobby's.
class PrivateRepeatWithoutHistoryTest : public PrivateRepeatTest {
 protected:
  PrivateRepeatWithoutHistoryTest() : PrivateRepeatTest({.history = false}) {}
};

TEST_F(PrivateRepeatWithoutHistoryTest, IsAnsweredAsThen) {
  Linked();
  Do("send_private", 7);
  EXPECT_THAT(Do("send_private", 7),
              ElementsAre("> find =7", "s1: #4 send_private bob @5 2 1 2"));
}

}  // namespace
}  // namespace chat77::server
