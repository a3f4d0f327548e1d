// A change between two users is written first: what is asked about them
// meanwhile, what fails, and who leaves before it is on disk.
#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "proto/limits.h"
#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Ann is on session 1, Bob on 2; nothing is written before the script says so.
class PrivateChangeTest : public testing::Test {
 protected:
  PrivateChangeTest() {
    chat_.LogIn(1, "ann");
    chat_.LogIn(2, "bob");
  }

  void Asked() { chat_.Ask(2, "request_private { alias: 'ann' }"); }
  void Linked() {
    Asked();
    chat_.Ask(1, "accept_private { alias: 'bob' }");
  }
  // Ann does it to Bob.
  Lines Do(const std::string& verb, uint64_t id = 0) {
    return chat_.Ask(1,
                     absl::StrCat(verb, " { alias: 'bob'",
                                  verb == "send_private" ? " text: 'hi'" : "",
                                  " } message_id: ", id));
  }

  CoreHarness chat_;
};

TEST_F(PrivateChangeTest, NothingIsToldBeforeItIsOnDisk) {
  chat_.set_hold(true);
  EXPECT_THAT(Do("request_private"), ElementsAre("> private 1 2 asked @5"));
  EXPECT_THAT(chat_.Ask(2, "list_private {}"), IsEmpty());
  EXPECT_THAT(
      chat_.FinishWrite(),
      ElementsAre("s1: #2 request_private bob", "s2: private_requested ann",
                  "s2: #2 list_private asking=[ann]"));
}

TEST_F(PrivateChangeTest, FailureLeavesAllAsItWas) {
  Linked();
  chat_.set_hold(true);
  Do("end_private");
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("> new generation", "s1: #3 error UNAVAILABLE 1000"));
  EXPECT_THAT(Do("send_private"), ElementsAre("s2: private_said ann hi @5",
                                              "s1: #4 send_private bob @5"));
}

TEST_F(PrivateChangeTest, TheStoreKnowsNoSuchStay) {
  chat_.set_hold(true);
  Do("request_private");
  EXPECT_THAT(chat_.FinishWrite(absl::NotFoundError("no such connection")),
              ElementsAre("s1: #2 error NOT_ONLINE"));
}

// Each is judged by what the ones before it are to bring.
TEST_F(PrivateChangeTest, WhatIsWrittenCountsAtOnce) {
  chat_.set_hold(true);
  Asked();
  EXPECT_THAT(Do("accept_private"), ElementsAre("> private 1 2 linked @5"));
  EXPECT_THAT(Do("send_private"), IsEmpty());
  EXPECT_THAT(Do("end_private"), ElementsAre("> private 1 2 none @5"));
  EXPECT_THAT(Do("send_private"), IsEmpty());
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s2: #2 request_private ann",
                                               "s1: private_requested bob"));
  EXPECT_THAT(
      chat_.FinishWrite(),
      ElementsAre("s2: private_connected ann", "s1: #2 accept_private bob",
                  "s2: private_said ann hi @5", "s1: #3 send_private bob @5"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s1: #4 end_private bob",
                          "s2: private_ended ann ENDED_BY_COMMAND",
                          "s1: #5 error NOT_LINKED bob"));
  EXPECT_TRUE(chat_.core().idle());
}

// And if one fails, all that was judged by it never was.
TEST_F(PrivateChangeTest, AFailureUndoesWhatIsBehindIt) {
  chat_.set_hold(true);
  Asked();
  Do("accept_private");
  Do("send_private");
  chat_.Ask(2, "list_private {}");
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("> new generation", "s2: #2 error UNAVAILABLE 1000"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s1: #2 error UNAVAILABLE 1000",
                          "s1: #3 error UNAVAILABLE 1000",
                          "s2: #3 error UNAVAILABLE 1000"));
  chat_.set_hold(false);
  EXPECT_THAT(chat_.Ask(1, "list_private {}"),
              ElementsAre("s1: #4 list_private"));
  EXPECT_TRUE(chat_.core().idle());
}

// They hear of what ended, not of what never was.
TEST_F(PrivateChangeTest, WhoLeavesAfterAFailureLeavesWhatWas) {
  Linked();
  chat_.set_hold(true);
  Do("end_private");
  chat_.Close(1);
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("> new generation",
                          "s2: private_ended ann ENDED_BY_DISCONNECT",
                          "room -s1: left lobby ann @5 DISCONNECTED",
                          "> logout 1 disconnected @5"));
}

TEST_F(PrivateChangeTest, CrossingWhileBothAreWritten) {
  chat_.set_hold(true);
  EXPECT_THAT(Do("request_private"), ElementsAre("> private 1 2 asked @5"));
  EXPECT_THAT(chat_.Ask(2, "request_private { alias: 'ann' }"),
              ElementsAre("> private 2 1 linked @5"));
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s1: #2 request_private bob",
                                               "s2: private_requested ann"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s1: private_connected bob",
                          "s2: #2 request_private ann connected"));
}

TEST_F(PrivateChangeTest, WhoAcceptsAndIsGone) {
  chat_.set_hold(true);
  Asked();
  Do("accept_private");
  chat_.Close(1);
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s2: #2 request_private ann"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s2: private_connected ann",
                          "s2: private_ended ann ENDED_BY_DISCONNECT",
                          "room -s1: left lobby ann @5 DISCONNECTED",
                          "> logout 1 disconnected @5"));
  EXPECT_TRUE(chat_.core().idle());
}

TEST_F(PrivateChangeTest, WhatIsWrittenCountsUntilItFailed) {
  const uint64_t most = wire::kAsksOut;
  for (uint64_t i = 0; i < most; ++i) {
    chat_.LogIn(100 + i, absl::StrCat("user", i));
  }
  chat_.set_hold(true);
  for (uint64_t i = 0; i < most; ++i) {
    chat_.Ask(1, absl::StrCat("request_private { alias: 'user", i, "' }"));
  }
  EXPECT_EQ(chat_.writes(), most);
  Do("request_private");
  while (chat_.writes() > 1) chat_.FinishWrite();
  EXPECT_EQ(Last(chat_.FinishWrite()),
            absl::StrCat("s1: #", most + 2, " error TOO_MANY_PRIVATE bob"));
}

// ---- the other side leaves meanwhile ----------------------------------------

struct LeaveCase {
  const char* verb;
  enum { kNothing, kAsked, kLinked } before;
  Lines then;  // what Ann hears once it is on disk
};

class LeavesMeanwhileTest : public PrivateChangeTest,
                            public testing::WithParamInterface<LeaveCase> {
 protected:
  void Begin() {
    if (GetParam().before == LeaveCase::kAsked) Asked();
    if (GetParam().before == LeaveCase::kLinked) Linked();
    chat_.set_hold(true);
    Do(GetParam().verb);
  }
};

INSTANTIATE_TEST_SUITE_P(
    Every, LeavesMeanwhileTest,
    testing::Values(LeaveCase{"request_private",
                              LeaveCase::kNothing,
                              {"s1: #2 request_private bob",
                               "s1: request_withdrawn bob was_asking"}},
                    LeaveCase{"request_private",
                              LeaveCase::kAsked,
                              {"s1: #2 request_private bob connected",
                               "s1: private_ended bob ENDED_BY_DISCONNECT"}},
                    LeaveCase{"accept_private",
                              LeaveCase::kAsked,
                              {"s1: #2 accept_private bob",
                               "s1: private_ended bob ENDED_BY_DISCONNECT"}},
                    LeaveCase{"reject_private",
                              LeaveCase::kAsked,
                              {"s1: #2 reject_private bob"}},
                    LeaveCase{"end_private",
                              LeaveCase::kLinked,
                              {"s1: #3 end_private bob"}}));

TEST_P(LeavesMeanwhileTest, TheOther) {
  Begin();
  EXPECT_THAT(chat_.Close(2), IsEmpty());
  Lines then = GetParam().then;
  then.push_back("room -s2: left lobby bob @5 DISCONNECTED");
  then.push_back("> logout 2 disconnected @5");
  EXPECT_THAT(chat_.FinishWrite(), testing::ElementsAreArray(then));
  EXPECT_THAT(Last(chat_.Ask(1, "list_private {}")),
              testing::EndsWith(" list_private"));
  EXPECT_TRUE(chat_.core().idle());
}

TEST_P(LeavesMeanwhileTest, TheOneWhoAsked) {
  Begin();
  EXPECT_THAT(chat_.Close(1), IsEmpty());
  EXPECT_EQ(Last(chat_.FinishWrite()), "> logout 1 disconnected @5");
  EXPECT_THAT(Last(chat_.Ask(2, "list_private {}")),
              testing::EndsWith(" list_private"));
  EXPECT_TRUE(chat_.core().idle());
}

TEST_P(LeavesMeanwhileTest, TheOtherAndItFails) {
  Begin();
  chat_.Close(2);
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              testing::Contains(testing::EndsWith(" error UNAVAILABLE 1000")));
  EXPECT_THAT(Last(chat_.Ask(1, "list_private {}")),
              testing::EndsWith(" list_private"));
}

// ---- asked again ------------------------------------------------------------

TEST_F(PrivateChangeTest, ARepeatIsAnsweredAsThen) {
  Do("request_private", 7);
  EXPECT_THAT(Do("request_private", 7),
              ElementsAre("> find =7", "s1: #3 request_private bob"));
  EXPECT_THAT(Do("request_private", 8),
              ElementsAre("s1: #4 error ALREADY_REQUESTED bob"));
  chat_.Close(2);
  EXPECT_THAT(Do("request_private", 7),
              ElementsAre("> find =7", "s1: #5 request_private bob"));
}

TEST_F(PrivateChangeTest, LookingFails) {
  Do("request_private", 7);
  chat_.set_hold(true);
  Do("request_private", 7);
  EXPECT_THAT(chat_.FinishLookup(absl::UnavailableError("disk")),
              ElementsAre("s1: #3 error UNAVAILABLE 1000"));
}

TEST_F(PrivateChangeTest, AskedAgainWhileItIsWritten) {
  chat_.set_hold(true);
  Do("request_private", 7);
  EXPECT_THAT(Do("request_private", 7), IsEmpty());
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s1: #2 request_private bob",
                          "s2: private_requested ann", "> find =7"));
  EXPECT_THAT(chat_.FinishLookup(), ElementsAre("s1: #3 request_private bob"));
}

// It would be possible anew, but was done: nobody is told.
TEST_F(PrivateChangeTest, DoneOnceThoughPossibleAgain) {
  Linked();
  Do("end_private", 7);
  Linked();
  EXPECT_THAT(Do("end_private", 7),
              ElementsAre("> find =7", "s1: #5 end_private bob"));
  EXPECT_THAT(Last(Do("send_private")), "s1: #6 send_private bob @5");
}

// A refusal would say that nothing was delivered.
TEST_F(PrivateChangeTest, ATextAskedAgainWhileItIsHeldIsNotRefused) {
  Linked();
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'a' }");
  Do("send_private", 7);
  Do("end_private");
  Do("send_private", 7);
  Lines lines = chat_.FinishWrite();
  for (std::string& line : chat_.FinishWrite()) {
    lines.push_back(std::move(line));
  }
  EXPECT_EQ(
      std::count(lines.begin(), lines.end(), "s2: private_said ann hi @5 =7"),
      1);
  EXPECT_THAT(lines, testing::Contains("s1: #4 send_private bob @5"));
  EXPECT_THAT(lines, testing::Contains("s1: #6 send_private bob @5"));
}

// Its answer would say of one what came of the other.
TEST_F(PrivateChangeTest, AnIdOfAnotherRequest) {
  Do("request_private", 7);
  EXPECT_EQ(Last(chat_.Ask(1, "say { text: 'hi' } message_id: 7")),
            "s1: #3 error INVALID_ARGUMENT");
  EXPECT_EQ(Last(chat_.Ask(1, "say { text: 'hi' } message_id: 8")),
            "room -s1: said lobby 1 @5 ann hi");
  chat_.Ask(2, "accept_private { alias: 'ann' }");
  // Refused anyway, and possible.
  EXPECT_EQ(Last(Do("accept_private", 7)), "s1: #5 error INVALID_ARGUMENT");
  EXPECT_EQ(Last(Do("request_private", 8)), "s1: #6 error INVALID_ARGUMENT");
  EXPECT_EQ(Last(Do("end_private", 7)), "s1: #7 error INVALID_ARGUMENT");
  EXPECT_EQ(Last(Do("end_private", 8)), "s1: #8 error INVALID_ARGUMENT");
  EXPECT_EQ(Last(Do("send_private")), "s1: #9 send_private bob @5");
  EXPECT_EQ(Last(Do("request_private", 7)), "s1: #10 request_private bob");
}

TEST(WithoutHistoryTest, AnIdOfAnotherRequest) {
  CoreHarness chat({.history = false});
  chat.LogIn(1, "ann");
  chat.LogIn(2, "bob");
  chat.Ask(2, "request_private { alias: 'ann' }");
  chat.Ask(1, "accept_private { alias: 'bob' }");
  chat.Ask(1, "say { text: 'hi' } message_id: 7");
  EXPECT_THAT(
      chat.Ask(1, "send_private { alias: 'bob' text: 'x' } message_id: 7"),
      ElementsAre("s1: #4 error INVALID_ARGUMENT"));
  chat.Ask(1, "send_private { alias: 'bob' text: 'x' } message_id: 8");
  EXPECT_THAT(chat.Ask(1, "say { text: 'hi' } message_id: 8"),
              ElementsAre("s1: #6 error INVALID_ARGUMENT"));
}

TEST_F(PrivateChangeTest, IdsAreOfOneAccount) {
  Do("request_private", 7);
  EXPECT_EQ(Last(chat_.Ask(2, "accept_private { alias: 'ann' } message_id: 7")),
            "s2: #2 accept_private ann");
}

}  // namespace
}  // namespace chat77::server
