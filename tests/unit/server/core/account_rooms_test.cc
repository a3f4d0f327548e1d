// The rooms of an account in the reply to a login or a resume, and what happens
// in them meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "absl/strings/str_cat.h"

#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Ann is on session 1 with device 1, Bob on 2 with device 2; they are linked,
// and each has said something in the lobby.
class AccountRoomsTest : public testing::Test {
 protected:
  AccountRoomsTest() {
    chat_.LogInResuming(1, "ann");
    chat_.LogInResuming(2, "bob");
    chat_.Ask(2, "request_private { alias: 'ann' }");
    chat_.Ask(1, "accept_private { alias: 'bob' }");
    chat_.Ask(1, "say { text: 'a' }");
    chat_.Ask(2, "say { text: 'b' }");
  }

  void Vanish(uint64_t session) {
    chat_.Close(session);
    chat_.Elapse();
  }
  Lines BobSends() {
    return chat_.Ask(2, "send_private { alias: 'ann' text: 'x' }");
  }

  CoreHarness chat_;
};

TEST_F(AccountRoomsTest, AreToldWithWhereTheAccountHasRead) {
  chat_.Ask(1,
            "mark_read { markers { room: 1 seq: 1 } markers { room: 2 seq: 1 } "
            "}");
  const std::string rooms = "ann rooms=[1 LOBBY 1 2 1; 2 DIRECT 1 1 1 bob] ";
  EXPECT_THAT(chat_.Resume(3, 1), Contains("s3: #1 resume " + rooms +
                                           "device 1 resumed linked=[bob]"));
  Vanish(3);
  EXPECT_THAT(chat_.Resume(4, 1),
              Contains("s4: #1 resume " + rooms + "device 1 linked=[bob]"));
  Vanish(4);
  EXPECT_THAT(
      chat_.LogInResuming(5, "ann"),
      Contains("s5: #1 login " + rooms + "token-3 device 3 linked=[bob]"));
}

TEST_F(AccountRoomsTest, AreThoseThatItMayWriteInOrHasNotReadAll) {
  chat_.LogInResuming(3, "cleo");
  chat_.LogInResuming(4, "dan");
  chat_.Ask(3, "request_private { alias: 'ann' }");
  chat_.Ask(1, "request_private { alias: 'dan' }");
  chat_.Ask(2, "end_private { alias: 'ann' }");
  const std::string asks = " device 1 resumed asking=[cleo] asked=[dan]";
  EXPECT_THAT(chat_.Resume(5, 1),
              Contains("s5: #1 resume ann rooms=[1 LOBBY 1 2 0; 2 DIRECT 1 2 0 "
                       "bob]" +
                       asks));
  chat_.Ask(5, "mark_read { markers { room: 2 seq: 2 } }");
  EXPECT_THAT(chat_.Resume(6, 1),
              Contains("s6: #1 resume ann rooms=[1 LOBBY 1 2 0]" + asks));
}

TEST_F(AccountRoomsTest, AClientThatCannotResumeIsToldAsWell) {
  Vanish(1);
  EXPECT_THAT(chat_.LogIn(3, "ann"),
              Contains("s3: #1 login ann rooms=[1 LOBBY 1 2 0; 2 DIRECT 1 1 0 "
                       "bob] linked=[bob]"));
}

// ---- what happens meanwhile -------------------------------------------------

// What the store knew before: Bob has asked Ann.
AccountRooms BobHasAsked() {
  KnownLink known;
  known.link = {.first = 2,
                .second = 1,
                .state = LinkState::kAsked,
                .asked_at = SteadyTime()};
  known.first_alias = "bob";
  known.second_alias = "ann";
  return {{known}, {}};
}

// Ann's stay is over, and she comes back on session 3; nothing is finished
// before the script says so.
class MeanwhileTest : public AccountRoomsTest {
 protected:
  MeanwhileTest() {
    Vanish(1);
    chat_.set_hold(true);
    chat_.Resume(3, 1);
    const Lines reads = chat_.FinishLookup();
    EXPECT_THAT(reads, ElementsAre("> rooms of 1"));
    token_ = std::get<ReadRooms>(chat_.effects().at(0)).token;
  }
  static std::string Reply(int seq) {
    return absl::StrCat("s3: #1 resume ann rooms=[1 LOBBY 1 2 0; 2 DIRECT 1 ",
                        seq, " 0 bob] device 1 linked=[bob]");
  }

  Token token_;
};

TEST_F(MeanwhileTest, WhatIsOrderedBehindTheLoginIsToldAfterTheReply) {
  chat_.FinishLookup();
  BobSends();
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre(Reply(1), "s3 joins", "room: joined 1 ann @5"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s3: private_said bob x @5 2 1 2",
                          "s2: #4 send_private ann @5 2 1 2"));
}

TEST_F(MeanwhileTest, WhatIsOrderedBeforeTheLoginStandsInTheReply) {
  BobSends();
  chat_.FinishLookup();
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s2: #4 send_private ann @5 2 1 2"));
  EXPECT_EQ(First(chat_.FinishWrite()), Reply(2));
}

TEST_F(MeanwhileTest, AnEndBehindTheLoginFollowsTheReply) {
  chat_.FinishLookup();
  chat_.Ask(2, "end_private { alias: 'ann' }");
  EXPECT_EQ(First(chat_.FinishWrite()), Reply(1));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s2: #4 end_private ann 2 2",
                          "s3: private_ended bob ENDED_BY_COMMAND 2 2"));
}

TEST_F(MeanwhileTest, TheStoreMayAnswerWithWhatWasBefore) {
  BobSends();
  chat_.FinishWrite();
  AccountRooms before = BobHasAsked();
  before.links[0].link.state = LinkState::kLinked;
  before.links[0].link.room = 2;
  before.links[0].last_seq = 1;
  chat_.Happen(RoomsRead{token_, before});
  EXPECT_EQ(First(chat_.FinishWrite()), Reply(2));
}

// Bob takes back what he asked while Ann comes in. What the store answers was
// read before that.
TEST(MeanwhileWithoutALinkTest, ARequestThatWasTakenBackDoesNotComeBack) {
  CoreHarness chat;
  chat.LogInResuming(1, "ann");
  chat.LogInResuming(2, "bob");
  chat.Ask(2, "request_private { alias: 'ann' }");
  chat.Close(1);
  chat.Elapse();
  chat.set_hold(true);
  chat.Resume(3, 1);
  chat.FinishLookup();
  const Token token = std::get<ReadRooms>(chat.effects().at(0)).token;
  chat.Ask(2, "withdraw_request { alias: 'ann' }");
  chat.FinishWrite();
  chat.Happen(RoomsRead{token, BobHasAsked()});
  EXPECT_EQ(First(chat.FinishWrite()),
            "s3: #1 resume ann rooms=[1 LOBBY 1 0 0] device 1");
  EXPECT_THAT(chat.core().rooms().all(), IsEmpty());
}

TEST_F(MeanwhileTest, ALoginThatFailsIsToldNothing) {
  chat_.FinishLookup();
  BobSends();
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("> new generation", "s3: #1 error UNAVAILABLE"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s2: #4 error UNAVAILABLE 1000"));
}

// ---- coming back to a stay --------------------------------------------------

TEST_F(AccountRoomsTest, WhoReturnsIsToldOfEachTextOnce) {
  chat_.Close(1);
  chat_.set_hold(true);
  BobSends();
  chat_.Resume(3, 1);
  EXPECT_THAT(chat_.FinishLookup(), IsEmpty());
  BobSends();
  EXPECT_THAT(
      chat_.FinishWrite(),
      ElementsAre("s2: #4 send_private ann @5 2 1 2",
                  "s3: #1 resume ann rooms=[1 LOBBY 1 2 0; 2 DIRECT 1 2 0 bob] "
                  "device 1 resumed linked=[bob]",
                  "s3 joins"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s3: private_said bob x @5 2 1 3",
                          "s2: #5 send_private ann @5 2 1 3"));
}

TEST_F(AccountRoomsTest, WhoReturnsBehindAFailureIsToldWhatWasBefore) {
  chat_.Close(1);
  chat_.set_hold(true);
  chat_.Ask(2, "end_private { alias: 'ann' }");
  chat_.Resume(3, 1);
  chat_.FinishLookup();
  EXPECT_THAT(
      chat_.FinishWrite(absl::UnavailableError("disk")),
      ElementsAre("> new generation", "s2: #4 error UNAVAILABLE 1000",
                  "s3: #1 resume ann rooms=[1 LOBBY 1 2 0; 2 DIRECT 1 1 0 bob] "
                  "device 1 resumed linked=[bob]",
                  "s3 joins"));
}

}  // namespace
}  // namespace chat77::server
