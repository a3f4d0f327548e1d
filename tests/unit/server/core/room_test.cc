#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "proto/limits.h"
#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// ---- what Apply judges ------------------------------------------------------

TEST(RoomApplyTest, RefusesTheMutedWhateverTheySay) {
  Sanction mute;
  mute.reason = "spam";
  for (const char* text : {"hi", ""}) {
    Room::Entry entry{text, &mute};
    const TextVerdict verdict = Room::Apply(entry);
    EXPECT_EQ(verdict.code, pb::MUTED);
    EXPECT_EQ(verdict.sentence, "You are muted" + Terms(mute));
  }
}

TEST(RoomApplyTest, TheSameEntryGetsTheSameVerdict) {
  for (const auto& [text, code] :
       {std::pair{std::string(" \n"), pb::TEXT_EMPTY},
        std::pair{std::string("a"), pb::CODE_UNSPECIFIED}}) {
    const Room::Entry entry{text};
    for (int i = 0; i < 3; ++i) EXPECT_EQ(Room::Apply(entry).code, code);
  }
}

// ---- the lobby --------------------------------------------------------------

class RoomTest : public testing::Test {
 protected:
  RoomTest() {
    chat_.LogIn(1, "Ann");
    chat_.LogIn(2, "bob");
  }

  CoreHarness chat_;
};

TEST_F(RoomTest, StoresThenAnswersThenTells) {
  EXPECT_THAT(chat_.Ask(1, "say { text: 'hi' }"),
              ElementsAre("> append 1:1 Ann hi @5", "s1: #2 say 1 @5 1 1",
                          "room -s1: said 1 1 @5 Ann hi"));
  const auto& tell = std::get<TellRoom>(chat_.effects().at(2));
  EXPECT_EQ(tell.seq, 1);
}

TEST_F(RoomTest, TimeIsWhenItWasTaken) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'hi' }");
  chat_.Advance(absl::Seconds(1));
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s1: #2 say 1 @5 1 1",
                                               "room -s1: said 1 1 @5 Ann hi"));
}

TEST_F(RoomTest, NothingIsToldBeforeTheCommit) {
  chat_.set_hold(true);
  EXPECT_THAT(chat_.Ask(1, "say { text: 'a' }"),
              ElementsAre("> append 1:1 Ann a @5"));
  EXPECT_THAT(chat_.Ask(2, "say { text: 'b' }"),
              ElementsAre("> append 1:2 bob b @5"));
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s1: #2 say 1 @5 1 1",
                                               "room -s1: said 1 1 @5 Ann a"));
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s2: #2 say 2 @5 1 1",
                                               "room -s2: said 1 2 @5 bob b"));
}

// A commit is kept whole or not at all.
TEST_F(RoomTest, FailureIsOfAllThatIsBehindIt) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'a' }");
  chat_.Ask(2, "say { text: 'b' }");
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("> new generation", "s1: #2 error UNAVAILABLE"));
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s2: #2 error UNAVAILABLE"));
  // Their numbers are given again.
  chat_.Ask(2, "say { text: 'c' }");
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s2: #3 say 1 @5 1 1",
                                               "room -s2: said 1 1 @5 bob c"));
}

TEST_F(RoomTest, FailureDoesNotMoveThePosition) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'a' }");
  chat_.FinishWrite(absl::UnavailableError("disk"));
  chat_.set_hold(false);
  EXPECT_THAT(chat_.LogIn(3, "cleo"),
              testing::Contains("s3: #1 login cleo rooms=[1 LOBBY 1 0 0]"));
}

TEST_F(RoomTest, ANewcomersJoinTakesItsPlace) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'a' }");
  chat_.LogIn(3, "cleo");
  chat_.FinishPassword();
  chat_.FinishLookup();
  chat_.Ask(1, "say { text: 'b' }");
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s1: #2 say 1 @5 1 1",
                                               "room -s1: said 1 1 @5 Ann a"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s3: #1 login cleo rooms=[1 LOBBY 1 1 0]", "s3 joins",
                          "room: joined 1 cleo @5"));
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s1: #3 say 2 @5 1 1",
                                               "room -s1: said 1 2 @5 Ann b"));
}

// Out of order: the shell is broken.
TEST_F(RoomTest, DiesOfAnotherOutcomeThanTheNext) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'a' }");
  const auto first = std::get<Append>(chat_.effects().at(0)).token;
  chat_.Ask(1, "say { text: 'b' }");
  const auto second = std::get<Append>(chat_.effects().at(0)).token;
  EXPECT_DEATH(chat_.Happen(Committed{second, Outcome()}),
               "order of their effects");
  chat_.Happen(Committed{first, Outcome()});
  chat_.Happen(Committed{second, Outcome()});
  EXPECT_DEATH(chat_.Happen(Committed{second, Outcome()}),
               "order of their effects");
}

TEST_F(RoomTest, TheOneWhoSpokeIsGone) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'a' }");
  chat_.Ask(1, "say { text: 'b' }");
  chat_.Close(1);
  // No reply to a session that is gone.
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("room -s1: said 1 1 @5 Ann a"));
  EXPECT_THAT(
      chat_.FinishWrite(absl::UnavailableError("disk")),
      ElementsAre("> new generation", "room -s1: left 1 Ann @5 DISCONNECTED",
                  "> logout 1 disconnected @5"));
}

TEST_F(RoomTest, RefusesTexts) {
  EXPECT_THAT(chat_.Ask(1, "say {}"), ElementsAre("s1: #2 error TEXT_EMPTY"));
  EXPECT_THAT(
      chat_.Ask(1, absl::StrCat("say { text: '",
                                std::string(wire::kTextBytes + 1, 'x'), "' }")),
      ElementsAre("s1: #3 error TEXT_TOO_LONG"));
  std::string lines;
  for (size_t i = 0; i < wire::kTextLines; ++i) lines += "x\\n";
  EXPECT_THAT(chat_.Ask(1, absl::StrCat("say { text: '", lines, "x' }")),
              ElementsAre("s1: #4 error TEXT_TOO_LONG"));
}

TEST_F(RoomTest, RefusesOtherRooms) {
  for (const char* request :
       {"say { room: 7 text: 'x' }", "list_online { room: 7 }",
        "fetch_history { room: 7 }"}) {
    SCOPED_TRACE(request);
    EXPECT_TRUE(
        absl::EndsWith(First(chat_.Ask(1, request)), " error NO_SUCH_ROOM"));
    EXPECT_EQ(chat_.effects().size(), 1);
  }
  EXPECT_EQ(chat_.Ask(1, "say { room: 1 text: 'x' }").size(), 3);
}

TEST(RoomWithoutHistoryTest, NumbersAtOnce) {
  CoreHarness chat({.last_seq = 7, .history = false});
  chat.LogIn(1, "ann");
  EXPECT_THAT(
      chat.Ask(1, "say { text: 'a' }"),
      ElementsAre("s1: #2 say 8 @5 1 1", "room -s1: said 1 8 @5 ann a"));
  EXPECT_EQ(First(chat.Ask(1, "say { text: 'b' }")), "s1: #3 say 9 @5 1 1");
}

TEST(RoomWithoutHistoryTest, StillKeepsTheOrder) {
  CoreHarness chat({.history = false});
  chat.LogIn(1, "ann");
  chat.set_hold(true);
  chat.LogIn(2, "bob");
  chat.FinishPassword();
  chat.FinishLookup();
  EXPECT_THAT(chat.Ask(1, "say { text: 'a' }"), IsEmpty());
  EXPECT_THAT(chat.FinishWrite(),
              ElementsAre("s2: #1 login bob rooms=[1 LOBBY 1 0 0]", "s2 joins",
                          "room: joined 1 bob @5", "s1: #2 say 1 @5 1 1",
                          "room -s1: said 1 1 @5 ann a"));
}

// What is said has no write of its own, and fails with the one before it.
TEST(RoomWithoutHistoryTest, WhatFailedWasNotSaid) {
  CoreHarness chat({.history = false});
  chat.LogIn(1, "ann");
  chat.set_hold(true);
  chat.LogIn(2, "bob");
  chat.FinishPassword();
  chat.FinishLookup();
  chat.Ask(1, "say { text: 'a' } message_id: 7");
  EXPECT_THAT(chat.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("> new generation", "s2: #1 error UNAVAILABLE",
                          "s1: #2 error UNAVAILABLE"));
  EXPECT_THAT(
      chat.Ask(1, "say { text: 'a' } message_id: 7"),
      ElementsAre("s1: #3 say 1 @5 1 1", "room -s1: said 1 1 @5 ann a"));
}

// Of everybody together.
TEST(RoomWithoutHistoryTest, RemembersTheLast256Ids) {
  CoreHarness chat({.history = false});
  chat.LogIn(1, "ann");
  chat.LogIn(2, "bob");
  chat.Ask(1, "say { text: 'a' } message_id: 7");
  const auto say_again = [&] {
    return First(chat.Ask(1, "say { text: 'a' } message_id: 7"));
  };
  for (int i = 1; i < 256; ++i) {
    chat.Ask(2, absl::StrCat("say { text: 'b' } message_id: ", i));
  }
  EXPECT_EQ(say_again(), "s1: #3 say 1 @5 1 1");
  chat.Ask(2, "say { text: 'b' } message_id: 256");
  EXPECT_EQ(say_again(), "s1: #4 say 258 @5 1 1");
}

TEST_F(RoomTest, ListsOnlineInOrderOfLogin) {
  chat_.LogIn(3, "aaron");
  chat_.Open(4);
  EXPECT_THAT(chat_.Ask(2, "list_online {}"),
              ElementsAre("s2: #2 list_online aliases=[Ann bob aaron] 3"));
}

TEST_F(RoomTest, ListLeavesOutWhoHasNotJoined) {
  chat_.set_hold(true);
  chat_.LogIn(3, "cleo");
  chat_.FinishPassword();
  chat_.FinishLookup();
  EXPECT_THAT(chat_.Ask(1, "list_online {}"),
              ElementsAre("s1: #2 list_online aliases=[Ann bob] 2"));
}

TEST_F(RoomTest, ListIsCutButCounted) {
  std::string longest;
  for (size_t i = 4; i < wire::kAliasCharacters; ++i) longest += "\U00020000";
  const uint64_t users = 600;
  for (uint64_t i = 3; i <= users; ++i) {
    chat_.LogIn(i, absl::StrCat(longest, 1000 + i));
  }
  chat_.Ask(1, "list_online {}");
  const auto& list = std::get<Send>(chat_.effects().at(0)).frame.list_online();
  EXPECT_EQ(list.total(), users);
  EXPECT_LT(list.aliases_size(), users);
  EXPECT_LE(list.ByteSizeLong(), wire::kOnlineListBytes + 16);
  EXPECT_GT(list.ByteSizeLong(), wire::kOnlineListBytes - 256);
  EXPECT_EQ(list.aliases(0), "Ann");
}

}  // namespace
}  // namespace chat77::server
