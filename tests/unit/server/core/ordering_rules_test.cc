// The rules of "order, apply, hold, release", one test for each; see Ledger and
// ARCHITECTURE.md. What the parts do in detail stands in their own tests.
//
// Not here, because nothing of it exists yet: outcomes that are unknown, rooms
// that forget what was delivered, several sessions of one account.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "absl/strings/str_cat.h"

#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const absl::Status& DiskFailure() {
  static const absl::Status kFailure = absl::UnavailableError("disk");
  return kFailure;
}

// Root, an admin, is on session 1, Ann on 2, Bob on 3.
class OrderingRulesTest : public testing::Test {
 protected:
  OrderingRulesTest() {
    chat_.AddAccount("root");
    chat_.MakeAdmin("root");
    chat_.LogIn(1, "root");
    chat_.LogIn(2, "ann");
    chat_.LogIn(3, "bob");
    chat_.set_hold(true);
  }
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

  CoreHarness chat_;
};

TEST_F(OrderingRulesTest, OnlyAFailedCommitStopsWhatWasOrdered) {
  chat_.Ask(2, "revoke_device { number: 99 }");
  chat_.Ask(3, "say { text: 'a' }");
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s2: #2 error NO_SUCH_DEVICE"));
  EXPECT_THAT(chat_.FinishWrite(), Contains(HasSubstr("said 1 1")));
}

TEST_F(OrderingRulesTest, AFailureAnswersAllThatWasOrderedBehindItAndUndoesIt) {
  chat_.Ask(2, "say { text: 'a' }");
  chat_.Ask(3, "request_private { alias: 'ann' }");
  chat_.Ask(3, "list_private {}");
  EXPECT_THAT(chat_.FinishWrite(DiskFailure()),
              ElementsAre("> new generation", "s2: #2 error UNAVAILABLE"));
  EXPECT_THAT(chat_.FinishWrite(DiskFailure()),
              ElementsAre("s3: #2 error UNAVAILABLE 1000",
                          "s3: #3 error UNAVAILABLE 1000"));
  EXPECT_THAT(chat_.Ask(3, "list_private {}"),
              ElementsAre("s3: #4 list_private"));
  EXPECT_TRUE(chat_.core().idle());
}

TEST_F(OrderingRulesTest, ARepeatIsAnsweredBeforeItIsJudged) {
  chat_.Ask(2, "say { text: 'a' } message_id: 7");
  FinishWrites();
  chat_.Ask(1, "mute { alias: 'ann' }");
  chat_.FinishLookup();
  FinishWrites();
  chat_.Ask(2, "say { text: 'a' } message_id: 7");
  EXPECT_THAT(chat_.FinishLookup(), ElementsAre("s2: #3 say 1 @5 1 1"));
  EXPECT_THAT(chat_.Ask(2, "say { text: 'a' } message_id: 8"),
              ElementsAre("s2: #4 error MUTED"));
}

TEST_F(OrderingRulesTest, ARepeatOfWhatIsHeldWaitsForIt) {
  chat_.Ask(2, "say { text: 'a' } message_id: 7");
  EXPECT_THAT(chat_.Ask(2, "say { text: 'a' } message_id: 7"), IsEmpty());
  EXPECT_THAT(chat_.Ask(2, "say { text: 'b' } message_id: 8"), IsEmpty());
  FinishWrites();
  EXPECT_THAT(chat_.FinishLookup(),
              AllOf(Contains("s2: #3 say 1 @5 1 1"),
                    Contains(HasSubstr("> append 1:2 ann b"))));
}

TEST_F(OrderingRulesTest, WhatSpeaksOfAppliedStateIsHeldBehindIt) {
  chat_.Ask(2, "request_private { alias: 'bob' }");
  EXPECT_THAT(chat_.Ask(2, "list_private {}"), IsEmpty());
  EXPECT_THAT(chat_.Ask(2, "request_private { alias: 'bob' }"), IsEmpty());
  EXPECT_THAT(
      FinishWrites(),
      ElementsAre("s2: #2 request_private bob 0 0", "s3: private_requested ann",
                  "s2: #3 list_private asked=[bob]",
                  "s2: #4 error ALREADY_REQUESTED bob"));
  // What depends on no such state overtakes.
  chat_.Ask(3, "say { text: 'a' }");
  EXPECT_THAT(chat_.Ask(2, "list_online {}"),
              ElementsAre(HasSubstr("list_online")));
}

TEST_F(OrderingRulesTest, ALoginIsEnteringUntilItIsOnDisk) {
  chat_.AddAccount("cleo");
  chat_.Open(4);
  chat_.Ask(4, "login { alias: 'cleo' password: 'secret' }");
  chat_.FinishPassword();
  chat_.FinishLookup();
  EXPECT_THAT(chat_.Ask(4, "say { text: 'a' }"),
              ElementsAre("s4: #2 error NOT_LOGGED_IN"));
  const Lines lines = chat_.FinishWrite();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_THAT(lines[0], HasSubstr("login cleo"));
  EXPECT_EQ(lines[1], "s4 joins");
  EXPECT_EQ(lines[2], "room: joined 1 cleo @5");
}

TEST_F(OrderingRulesTest, WhoHasAskedToLogOutIsHeardNoMore) {
  chat_.Ask(2, "say { text: 'a' }");
  chat_.Ask(2, "logout {}");
  EXPECT_THAT(chat_.Ask(2, "say { text: 'b' }"), IsEmpty());
  EXPECT_THAT(FinishWrites(), Not(Contains(HasSubstr("ann b"))));
}

TEST_F(OrderingRulesTest, AMuteCountsFromWhenItIsOnDisk) {
  chat_.Ask(1, "mute { alias: 'ann' }");
  chat_.FinishLookup();
  chat_.Ask(2, "say { text: 'a' }");
  EXPECT_THAT(FinishWrites(), Contains("room -s2: said 1 1 @5 ann a"));
  EXPECT_THAT(chat_.Ask(2, "say { text: 'b' }"),
              ElementsAre("s2: #3 error MUTED"));
}

TEST_F(OrderingRulesTest, ABlockCountsFromWhenItIsOrdered) {
  chat_.Ask(3, "block { alias: 'ann' }");
  chat_.FinishLookup();
  chat_.Ask(2, "request_private { alias: 'bob' }");
  EXPECT_THAT(FinishWrites(), ElementsAre("s3: #2 block ann",
                                          "s2: #2 request_private bob 0 0"));
}

TEST_F(OrderingRulesTest, NothingIsAskedBehindTheEndOfOnesStay) {
  chat_.Ask(1, "kick { alias: 'ann' }");
  EXPECT_THAT(chat_.Ask(2, "say { text: 'a' }"),
              ElementsAre(HasSubstr("error BUSY")));
  EXPECT_THAT(FinishWrites(), Contains("s2 bye KICKED"));
}

TEST_F(OrderingRulesTest, ALoginReadsItsRoomsBeforeItIsOrdered) {
  chat_.AddAccount("cleo");
  chat_.Open(4);
  chat_.Ask(4, "login { alias: 'cleo' password: 'secret' }");
  EXPECT_THAT(chat_.FinishPassword(), ElementsAre("> rooms of 4"));
  EXPECT_THAT(chat_.FinishLookup(), ElementsAre(HasSubstr("> login cleo")));
}

TEST_F(OrderingRulesTest, AskingCostsTheSameCommitsWhetherOrNotOneIsBlocked) {
  chat_.set_hold(false);
  const auto commits = [&] {
    size_t writes = 0;
    for (const char* verb : {"request_private", "withdraw_request"}) {
      chat_.Ask(2, absl::StrCat(verb, " { alias: 'bob' }"));
      for (const Effect& effect : chat_.effects()) {
        writes += std::holds_alternative<SetLink>(effect) ? 1 : 0;
      }
    }
    return writes;
  };
  const size_t unblocked = commits();
  chat_.Ask(3, "block { alias: 'ann' }");
  EXPECT_EQ(commits(), unblocked);
  EXPECT_EQ(unblocked, 2u);
}

TEST_F(OrderingRulesTest, NobodyHearsThatAnnLeftBeforeHerLastWords) {
  chat_.Ask(2, "say { text: 'bye' }");
  EXPECT_THAT(chat_.Close(2), IsEmpty());
  EXPECT_THAT(FinishWrites(),
              ElementsAre("room -s2: said 1 1 @5 ann bye",
                          "room -s2: left 1 ann @5 DISCONNECTED",
                          "> logout 2 disconnected @5"));
}

TEST(OrderingRulesWithoutHistoryTest, IdsAreRememberedInMemory) {
  CoreHarness chat({.history = false});
  chat.LogIn(1, "ann");
  chat.Ask(1, "say { text: 'a' } message_id: 7");
  EXPECT_THAT(chat.Ask(1, "say { text: 'a' } message_id: 7"),
              ElementsAre("s1: #3 say 1 @5 1 1"));
}

TEST_F(OrderingRulesTest, EveryPositionIsToldOnceAndNoneIsLeftOut) {
  for (int i = 0; i < 3; ++i) chat_.Ask(2, "say { text: 'a' }");
  chat_.FinishWrite();
  chat_.FinishWrite(DiskFailure());
  chat_.FinishWrite(DiskFailure());
  chat_.Ask(3, "say { text: 'b' }");
  EXPECT_THAT(FinishWrites(), Contains("room -s3: said 1 2 @5 bob b"));
}

TEST_F(OrderingRulesTest, AllThatIsHeldCounts) {
  chat_.Ask(2, "request_private { alias: 'bob' }");
  chat_.Ask(2, "list_private {}");
  EXPECT_FALSE(chat_.core().idle());
  FinishWrites();
  EXPECT_TRUE(chat_.core().idle());
}

TEST_F(OrderingRulesTest, TheLinkOfASessionThatCannotResumeEndsWithIt) {
  chat_.set_hold(false);
  chat_.Ask(2, "request_private { alias: 'bob' }");
  chat_.Ask(3, "accept_private { alias: 'ann' }");
  EXPECT_THAT(chat_.Close(2),
              Contains("s3: private_ended ann ENDED_BY_DISCONNECT 2 2"));
}

}  // namespace
}  // namespace chat77::server
