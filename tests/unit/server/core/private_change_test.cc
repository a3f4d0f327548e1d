// A change between two users is written first: what is asked about them
// meanwhile, what fails, and who leaves before it is on disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

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
  EXPECT_THAT(chat_.Ask(2, "list_private {}"),
              ElementsAre("s2: #2 list_private"));
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s1: #2 request_private bob",
                                               "s2: private_requested ann"));
}

TEST_F(PrivateChangeTest, FailureLeavesAllAsItWas) {
  Linked();
  chat_.set_hold(true);
  Do("end_private");
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("s1: #3 error UNAVAILABLE 1000"));
  EXPECT_THAT(Do("send_private"), ElementsAre("s2: private_said ann hi @5",
                                              "s1: #4 send_private bob @5"));
}

TEST_F(PrivateChangeTest, TheStoreKnowsNoSuchStay) {
  chat_.set_hold(true);
  Do("request_private");
  EXPECT_THAT(chat_.FinishWrite(absl::NotFoundError("no such connection")),
              ElementsAre("s1: #2 error NOT_ONLINE"));
}

TEST_F(PrivateChangeTest, TheRestWaitsInOrder) {
  chat_.set_hold(true);
  Asked();
  EXPECT_THAT(Do("accept_private"), IsEmpty());
  EXPECT_THAT(Do("send_private"), IsEmpty());
  EXPECT_THAT(Do("end_private"), IsEmpty());
  EXPECT_THAT(Do("send_private"), IsEmpty());
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s2: #2 request_private ann",
                                               "s1: private_requested bob",
                                               "> private 1 2 linked @5"));
  EXPECT_THAT(
      chat_.FinishWrite(),
      ElementsAre("s2: private_connected ann", "s1: #2 accept_private bob",
                  "s2: private_said ann hi @5", "s1: #3 send_private bob @5",
                  "> private 1 2 none @5"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s1: #4 end_private bob",
                          "s2: private_ended ann ENDED_BY_COMMAND",
                          "s1: #5 error NOT_LINKED bob"));
  EXPECT_TRUE(chat_.core().idle());
}

TEST_F(PrivateChangeTest, OthersDoNotWait) {
  chat_.LogIn(3, "cleo");
  chat_.set_hold(true);
  Do("request_private");
  EXPECT_THAT(chat_.Ask(1, "request_private { alias: 'cleo' }"),
              ElementsAre("> private 1 3 asked @5"));
  EXPECT_THAT(chat_.Ask(2, "end_private { alias: 'cleo' }"),
              ElementsAre("s2: #2 error NOT_LINKED cleo"));
}

TEST_F(PrivateChangeTest, CrossingWhileBothAreWritten) {
  chat_.set_hold(true);
  Do("request_private");
  Asked();
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s1: #2 request_private bob",
                                               "s2: private_requested ann",
                                               "> private 2 1 linked @5"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s1: private_connected bob",
                          "s2: #2 request_private ann connected"));
}

TEST_F(PrivateChangeTest, WhoWaitsIsGone) {
  chat_.set_hold(true);
  Asked();
  Do("accept_private");
  chat_.Close(1);
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s2: #2 request_private ann",
                          "s2: request_withdrawn ann was_asking"));
  EXPECT_TRUE(chat_.core().idle());
}

TEST_F(PrivateChangeTest, AsksSomebodyElseOfThatName) {
  chat_.set_hold(true);
  Do("request_private");
  Do("request_private");
  chat_.Close(2);
  chat_.LogIn(3, "bob");
  chat_.FinishPassword();
  EXPECT_EQ(Last(chat_.FinishWrite()), "s1: #3 error NOT_ONLINE");
}

// What is being written counts, until it failed.
TEST_F(PrivateChangeTest, AsksUnderWayAreCounted) {
  const uint64_t most = wire::kAsksOut;
  for (uint64_t i = 0; i < most; ++i) {
    chat_.LogIn(100 + i, absl::StrCat("user", i));
  }
  chat_.set_hold(true);
  for (uint64_t i = 0; i < most; ++i) {
    chat_.Ask(1, absl::StrCat("request_private { alias: 'user", i, "' }"));
  }
  EXPECT_EQ(chat_.writes(), most);
  EXPECT_EQ(Last(Do("request_private")),
            absl::StrCat("s1: #", most + 2, " error TOO_MANY_PRIVATE bob"));
  while (chat_.writes() > 0) chat_.FinishWrite(absl::UnavailableError("disk"));
  EXPECT_THAT(Do("request_private"), ElementsAre("> private 1 2 asked @5"));
}

// ---- the other side leaves meanwhile ----------------------------------------

struct LeaveCase {
  const char* verb;
  enum { kNothing, kAsked, kLinked } before;
  const char* at_leave;  // what Ann hears first
  Lines then;            // and once it is on disk
};

class LeavesMeanwhileTest : public PrivateChangeTest,
                            public testing::WithParamInterface<LeaveCase> {
 protected:
  void Begin() {
    if (GetParam().before == LeaveCase::kAsked) Asked();
    if (GetParam().before == LeaveCase::kLinked) Linked();
    chat_.Open(9);
    chat_.set_hold(true);
    Do(GetParam().verb);
  }
};

INSTANTIATE_TEST_SUITE_P(
    Every, LeavesMeanwhileTest,
    testing::Values(LeaveCase{"request_private",
                              LeaveCase::kNothing,
                              "room -s2: left lobby bob @5 DISCONNECTED",
                              {"s1: #2 request_private bob",
                               "s1: request_withdrawn bob was_asking"}},
                    LeaveCase{"request_private",
                              LeaveCase::kAsked,
                              "s1: request_withdrawn bob",
                              {"s1: #2 request_private bob connected",
                               "s1: private_ended bob ENDED_BY_DISCONNECT"}},
                    LeaveCase{"accept_private",
                              LeaveCase::kAsked,
                              "s1: request_withdrawn bob",
                              {"s1: #2 accept_private bob",
                               "s1: private_ended bob ENDED_BY_DISCONNECT"}},
                    LeaveCase{"reject_private",
                              LeaveCase::kAsked,
                              "s1: request_withdrawn bob",
                              {"s1: #2 reject_private bob"}},
                    LeaveCase{"end_private",
                              LeaveCase::kLinked,
                              "s1: private_ended bob ENDED_BY_DISCONNECT",
                              {"s1: #3 end_private bob"}}));

TEST_P(LeavesMeanwhileTest, TheOther) {
  Begin();
  EXPECT_EQ(First(chat_.Close(2)), GetParam().at_leave);
  EXPECT_THAT(chat_.FinishWrite(), testing::ElementsAreArray(GetParam().then));
  EXPECT_THAT(Last(chat_.Ask(1, "list_private {}")),
              testing::EndsWith(" list_private"));
  EXPECT_TRUE(chat_.core().idle());
}

TEST_P(LeavesMeanwhileTest, TheOneWhoAsked) {
  Begin();
  chat_.Close(1);
  EXPECT_THAT(chat_.FinishWrite(), IsEmpty());
  EXPECT_THAT(Last(chat_.Ask(2, "list_private {}")),
              testing::EndsWith(" list_private"));
}

TEST_P(LeavesMeanwhileTest, TheOtherAndItFails) {
  Begin();
  chat_.Close(2);
  EXPECT_THAT(Last(chat_.FinishWrite(absl::UnavailableError("disk"))),
              testing::EndsWith(" error UNAVAILABLE 1000"));
}

// ---- asked again ------------------------------------------------------------

TEST_F(PrivateChangeTest, RefusalLooksForAnAnswerOfThen) {
  Do("request_private", 7);
  EXPECT_THAT(Do("request_private", 7),
              ElementsAre("> find =7", "s1: #3 request_private bob"));
  EXPECT_THAT(Do("request_private", 8),
              ElementsAre("> find =8", "s1: #4 error ALREADY_REQUESTED bob"));
  chat_.Close(2);
  EXPECT_THAT(Do("request_private", 7),
              ElementsAre("> find =7", "s1: #5 request_private bob"));
}

TEST_F(PrivateChangeTest, LookingFails) {
  chat_.set_hold(true);
  Do("end_private", 7);
  EXPECT_THAT(chat_.FinishLookup(absl::UnavailableError("disk")),
              ElementsAre("s1: #2 error UNAVAILABLE 1000"));
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
  EXPECT_THAT(Do("end_private", 7), ElementsAre("> private 1 2 none @5 =7",
                                                "s1: #5 end_private bob"));
  EXPECT_THAT(Last(Do("send_private")), "s1: #6 send_private bob @5");
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
