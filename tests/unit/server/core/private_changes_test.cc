// A change between two accounts takes effect when it is ordered and is told
// when it is on disk: what is asked about them meanwhile, what fails, and who
// leaves before it is on disk.
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

// Ann is on session 1, Bob on 2; neither can resume.
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
  Lines Do(const std::string& verb) {
    return chat_.Ask(
        1, absl::StrCat(verb, " { alias: 'bob'",
                        verb == "send_private" ? " text: 'hi'" : "", " }"));
  }
  Lines Fail() { return chat_.FinishWrite(absl::UnavailableError("disk")); }
  // All that waits is written.
  Lines FinishWrites() {
    Lines all;
    while (chat_.writes() > 0) {
      for (std::string& line : chat_.FinishWrite()) {
        all.push_back(std::move(line));
      }
    }
    return all;
  }
  std::string AnnsList() {
    const std::string line = Last(chat_.Ask(1, "list_private {}"));
    return line.substr(line.find("list_private"));
  }

  CoreHarness chat_;
};

TEST_F(PrivateChangeTest, NothingIsToldBeforeItIsOnDisk) {
  chat_.set_hold(true);
  EXPECT_THAT(Do("request_private"), ElementsAre("> link 1 2 asked bound @5"));
  EXPECT_THAT(chat_.Ask(2, "list_private {}"), IsEmpty());
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s1: #2 request_private bob 0 0",
                                               "s2: private_requested ann",
                                               "s2: #2 list_private "
                                               "asking=[ann]"));
}

// Each is judged by what the ones before it are to bring.
TEST_F(PrivateChangeTest, WhatIsOrderedCountsAtOnce) {
  chat_.set_hold(true);
  Asked();
  EXPECT_THAT(Do("accept_private"),
              ElementsAre("> link 1 2 linked bound 2:1 LINKED ann @5"));
  EXPECT_THAT(Do("send_private"), ElementsAre("> append 2:2 ann hi @5"));
  EXPECT_THAT(Do("end_private"),
              ElementsAre("> link 1 2 none 2:3 ENDED ann @5"));
  EXPECT_THAT(Do("send_private"), IsEmpty());
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s2: #2 request_private ann 0 0",
                                               "s1: private_requested bob"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s2: private_connected ann 2 1 1",
                          "s1: #2 accept_private bob 2 1"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s2: private_said ann hi @5 2 1 2",
                          "s1: #3 send_private bob @5 2 1 2"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s1: #4 end_private bob 2 3",
                          "s2: private_ended ann ENDED_BY_COMMAND 2 3",
                          "s1: #5 error NOT_LINKED bob"));
  EXPECT_TRUE(chat_.core().idle());
}

TEST_F(PrivateChangeTest, CrossingWhileBothAreWritten) {
  chat_.set_hold(true);
  EXPECT_THAT(Do("request_private"), ElementsAre("> link 1 2 asked bound @5"));
  EXPECT_THAT(chat_.Ask(2, "request_private { alias: 'ann' }"),
              ElementsAre("> link 1 2 linked bound 2:1 LINKED bob @5"));
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s1: #2 request_private bob 0 0",
                                               "s2: private_requested ann"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s1: private_connected bob 2 1 1",
                          "s2: #2 request_private ann connected 2 1"));
}

TEST_F(PrivateChangeTest, WhoAcceptsAndIsGone) {
  chat_.set_hold(true);
  Asked();
  Do("accept_private");
  EXPECT_THAT(chat_.Close(1), ElementsAre("> link 1 2 none 2:2 ENDED ann @5"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s2: #2 request_private ann 0 0"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s2: private_connected ann 2 1 1"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s2: private_ended ann ENDED_BY_DISCONNECT 2 2",
                          "room -s1: left 1 ann @5 DISCONNECTED",
                          "> logout 1 disconnected @5"));
  EXPECT_TRUE(chat_.core().idle());
}

// ---- what fails -------------------------------------------------------------

TEST_F(PrivateChangeTest, AFailureLeavesAllAsItWas) {
  Linked();
  chat_.set_hold(true);
  Do("end_private");
  EXPECT_THAT(Fail(),
              ElementsAre("> new generation", "s1: #3 error UNAVAILABLE 1000"));
  EXPECT_EQ(AnnsList(), "list_private linked=[bob]");
  // The number of the end is given again.
  EXPECT_THAT(Do("send_private"), ElementsAre("> append 2:2 ann hi @5"));
}

// All that was judged by what failed never was: not the second text, nor the
// end, nor the new request behind it.
TEST_F(PrivateChangeTest, AFailureUndoesAllThatIsBehindIt) {
  Asked();
  chat_.set_hold(true);
  Do("accept_private");
  Do("send_private");
  Do("send_private");
  Do("end_private");
  Do("request_private");
  chat_.Ask(2, "list_private {}");
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s2: private_connected ann 2 1 1",
                          "s1: #2 accept_private bob 2 1"));
  EXPECT_THAT(Fail(),
              ElementsAre("> new generation", "s1: #3 error UNAVAILABLE 1000"));
  EXPECT_THAT(FinishWrites(), ElementsAre("s1: #4 error UNAVAILABLE 1000",
                                          "s1: #5 error UNAVAILABLE 1000",
                                          "s1: #6 error UNAVAILABLE 1000",
                                          "s2: #3 error UNAVAILABLE 1000"));
  EXPECT_TRUE(chat_.core().idle());
  EXPECT_EQ(AnnsList(), "list_private linked=[bob]");
  EXPECT_THAT(Do("send_private"), ElementsAre("> append 2:2 ann hi @5"));
}

TEST_F(PrivateChangeTest, AFirstLinkThatFailsMakesNoRoom) {
  Asked();
  chat_.set_hold(true);
  Do("accept_private");
  Do("send_private");
  Fail();
  FinishWrites();
  EXPECT_EQ(AnnsList(), "list_private asking=[bob]");
  EXPECT_THAT(chat_.Ask(1, "fetch_history { room: 2 }"),
              ElementsAre(testing::HasSubstr("error NO_SUCH_ROOM")));
  // Its number is not used again.
  EXPECT_THAT(Do("accept_private"),
              ElementsAre("> link 1 2 linked bound 3:1 LINKED ann @5"));
}

// What is bound to a stay that is over ends as soon as something can be
// written.
TEST_F(PrivateChangeTest, TheEndOfABoundLinkIsMadeUpForAfterAFailure) {
  Linked();
  chat_.set_hold(true);
  EXPECT_THAT(chat_.Close(1), ElementsAre("> link 1 2 none 2:2 ENDED ann @5"));
  EXPECT_THAT(Fail(), ElementsAre("> new generation",
                                  "room -s1: left 1 ann @5 DISCONNECTED",
                                  "> logout 1 disconnected @5"));
  chat_.Ask(2, "say { text: 'a' }");
  EXPECT_EQ(Last(chat_.FinishWrite()), "> link 1 2 none 2:2 ENDED ann @5");
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s2: private_ended ann ENDED_BY_DISCONNECT 2 2"));
  EXPECT_TRUE(chat_.core().idle());
}

TEST_F(PrivateChangeTest, AndAgainIfThatFailsToo) {
  Linked();
  chat_.set_hold(true);
  chat_.Close(1);
  Fail();
  for (int i = 0; i < 2; ++i) {
    chat_.Ask(2, "say { text: 'a' }");
    chat_.FinishWrite();
    EXPECT_THAT(Fail(), ElementsAre("> new generation"));
  }
  chat_.set_hold(false);
  EXPECT_EQ(Last(chat_.Ask(2, "say { text: 'a' }")),
            "s2: private_ended ann ENDED_BY_DISCONNECT 2 2");
}

// She had ended it herself, and that was undone.
TEST_F(PrivateChangeTest, WhoEndsALinkAndLeavesAndItFails) {
  Linked();
  chat_.set_hold(true);
  Do("end_private");
  EXPECT_THAT(chat_.Close(1), IsEmpty());
  Fail();
  chat_.set_hold(false);
  EXPECT_EQ(Last(chat_.Ask(2, "say { text: 'a' }")),
            "s2: private_ended ann ENDED_BY_DISCONNECT 2 2");
}

TEST_F(PrivateChangeTest, WhatIsOrderedCountsUntilItHasFailed) {
  const uint64_t most = wire::kAsksOut;
  for (uint64_t i = 0; i < most; ++i) {
    chat_.LogIn(100 + i, absl::StrCat("user", i));
  }
  chat_.set_hold(true);
  for (uint64_t i = 0; i < most; ++i) {
    chat_.Ask(1, absl::StrCat("request_private { alias: 'user", i, "' }"));
  }
  EXPECT_EQ(chat_.writes(), most);
  EXPECT_THAT(Do("request_private"), IsEmpty());
  EXPECT_EQ(Last(FinishWrites()),
            absl::StrCat("s1: #", most + 2, " error TOO_MANY_PRIVATE bob"));
  chat_.Ask(1, "withdraw_request { alias: 'user0' }");
  chat_.Ask(1, "request_private { alias: 'bob' }");
  EXPECT_EQ(chat_.writes(), 2u) << "there is room for one";
  Fail();
  FinishWrites();
  EXPECT_THAT(Last(Do("request_private")),
              testing::EndsWith("error TOO_MANY_PRIVATE bob"));
}

// ---- one of the two leaves meanwhile ----------------------------------------

struct LeaveCase {
  const char* verb;
  enum { kNothing, kAsked, kLinked } before;
  Lines then;  // what Ann hears of it, and of Bob's leaving
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
    testing::Values(
        LeaveCase{"request_private",
                  LeaveCase::kNothing,
                  {"s1: #2 request_private bob 0 0",
                   "s1: request_withdrawn bob was_asking"}},
        LeaveCase{"request_private",
                  LeaveCase::kAsked,
                  {"s1: #2 request_private bob connected 2 1",
                   "s1: private_ended bob ENDED_BY_DISCONNECT 2 2"}},
        LeaveCase{"accept_private",
                  LeaveCase::kAsked,
                  {"s1: #2 accept_private bob 2 1",
                   "s1: private_ended bob ENDED_BY_DISCONNECT 2 2"}},
        LeaveCase{
            "reject_private", LeaveCase::kAsked, {"s1: #2 reject_private bob"}},
        LeaveCase{"send_private",
                  LeaveCase::kLinked,
                  {"s1: #3 send_private bob @5 2 1 2",
                   "s1: private_ended bob ENDED_BY_DISCONNECT 2 3"}},
        LeaveCase{"end_private",
                  LeaveCase::kLinked,
                  {"s1: #3 end_private bob 2 2"}}));

TEST_P(LeavesMeanwhileTest, TheOther) {
  Begin();
  chat_.Close(2);
  Lines then = GetParam().then;
  then.push_back("room -s2: left 1 bob @5 DISCONNECTED");
  then.push_back("> logout 2 disconnected @5");
  EXPECT_THAT(FinishWrites(), testing::ElementsAreArray(then));
  EXPECT_EQ(AnnsList(), "list_private");
  EXPECT_TRUE(chat_.core().idle());
}

TEST_P(LeavesMeanwhileTest, TheOneWhoAsked) {
  Begin();
  chat_.Close(1);
  EXPECT_EQ(Last(FinishWrites()), "> logout 1 disconnected @5");
  EXPECT_THAT(Last(chat_.Ask(2, "list_private {}")),
              testing::EndsWith(" list_private"));
  EXPECT_TRUE(chat_.core().idle());
}

TEST_P(LeavesMeanwhileTest, TheOtherAndItFails) {
  Begin();
  chat_.Close(2);
  EXPECT_THAT(Fail(),
              testing::Contains(testing::EndsWith(" error UNAVAILABLE 1000")));
  FinishWrites();
  chat_.set_hold(false);
  chat_.Ask(1, "say { text: 'a' }");
  EXPECT_EQ(AnnsList(), "list_private");
  EXPECT_TRUE(chat_.core().idle());
}

}  // namespace
}  // namespace chat77::server
