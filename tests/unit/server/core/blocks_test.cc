// Blocking, and requests that nobody answers: who is blocked sees just what one
// who is ignored sees, and the one who blocks hears nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "proto/limits.h"
#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Ann is on session 1, Bob on 2.
class ConsentTest : public testing::Test {
 protected:
  ConsentTest() {
    chat_.LogIn(1, "ann");
    chat_.LogIn(2, "bob");
  }
  Lines Ann(const std::string& verb) {
    return chat_.Ask(1, verb + " { alias: 'bob' }");
  }
  Lines Bob(const std::string& verb) {
    return chat_.Ask(2, verb + " { alias: 'ann' }");
  }
  void Linked() {
    Ann("request_private");
    Bob("accept_private");
  }

  CoreHarness chat_;
};

TEST_F(ConsentTest, BlockIsAnsweredOnceOnDisk) {
  EXPECT_THAT(Bob("block"), Contains("s2: #2 block ann"));
  EXPECT_THAT(chat_.Ask(2, "list_blocked {}"),
              ElementsAre("s2: #3 list_blocked aliases=[ann]"));
  EXPECT_THAT(Bob("unblock"), Contains("s2: #4 unblock ann"));
  EXPECT_THAT(chat_.Ask(2, "list_blocked {}"),
              ElementsAre("s2: #5 list_blocked"));
}

TEST_F(ConsentTest, BlockIsRefused) {
  EXPECT_THAT(chat_.Ask(2, "block { alias: 'BOB' }"),
              ElementsAre("s2: #2 error IS_YOURSELF bob"));
  EXPECT_THAT(chat_.Ask(2, "block { alias: 'nobody' }"),
              Contains("s2: #3 error NO_SUCH_ACCOUNT"));
  chat_.set_hold(true);
  Bob("block");
  EXPECT_THAT(chat_.FinishLookup(absl::UnavailableError("disk")),
              ElementsAre("s2: #4 error UNAVAILABLE 1000"));
  Bob("block");
  chat_.FinishLookup();
  EXPECT_THAT(chat_.FinishWrite(absl::ResourceExhaustedError("full")),
              ElementsAre("s2: #5 error TOO_MANY_BLOCKED"));
  chat_.set_hold(false);
  EXPECT_THAT(Ann("request_private"), Contains("s2: private_requested ann"));
}

TEST_F(ConsentTest, WhoIsBlockedAsksInVain) {
  Bob("block");
  EXPECT_THAT(Ann("request_private"),
              ElementsAre("> link 1 2 asked hidden bound @5",
                          "s1: #2 request_private bob 0 0"));
  EXPECT_THAT(Ann("request_private"),
              ElementsAre("s1: #3 error ALREADY_REQUESTED bob"));
  EXPECT_THAT(chat_.Ask(2, "list_private {}"),
              ElementsAre("s2: #3 list_private"));
  EXPECT_THAT(Bob("accept_private"),
              ElementsAre("s2: #4 error NO_PENDING_REQUEST ann"));
  EXPECT_THAT(Ann("withdraw_request"),
              ElementsAre("> link 1 2 none @5", "s1: #4 withdraw_request bob"));
}

// Nobody hears of it, but the work is done: time tells as little as words.
TEST_F(ConsentTest, WhoIsBlockedIsNotAnsweredSooner) {
  Bob("block");
  const size_t before = chat_.unheard();
  Ann("request_private");
  EXPECT_EQ(chat_.unheard(), before + 1);
  Ann("withdraw_request");
  EXPECT_EQ(chat_.unheard(), before + 2);
}

TEST_F(ConsentTest, WhoHasBlockedUnblocksFirst) {
  Bob("block");
  EXPECT_THAT(Bob("request_private"),
              ElementsAre("s2: #3 error IS_BLOCKED ann"));
  Ann("request_private");
  Bob("unblock");
  EXPECT_THAT(chat_.Ask(2, "list_private {}"),
              ElementsAre("s2: #5 list_private"));
  EXPECT_THAT(Bob("request_private"),
              Contains("s2: #6 request_private ann connected 2 1"));
}

TEST_F(ConsentTest, ABlockEndsAChat) {
  Linked();
  EXPECT_THAT(Bob("block"),
              Contains("s1: private_ended bob ENDED_BY_COMMAND 2 2"));
  EXPECT_FALSE(absl::StrContains(Last(chat_.Ask(1, "list_private {}")), "bob"));
}

TEST_F(ConsentTest, ABlockTakesBackTheRequest) {
  Bob("request_private");
  EXPECT_THAT(Bob("block"), Contains(HasSubstr("s1: request_withdrawn bob")));
}

// ---- a block that is not on disk yet ----------------------------------------

// Nothing is written before the script says so.
class BlockUnderWayTest : public ConsentTest {
 protected:
  Lines Begin() {
    chat_.set_hold(true);
    Bob("block");
    return chat_.FinishLookup();
  }
  Lines AnnWrites() {
    return chat_.Ask(1, "send_private { alias: 'bob' text: 'hi' }");
  }
  std::string Blocked(uint64_t session) {
    const std::string line = Last(chat_.Ask(session, "list_blocked {}"));
    return line.substr(line.find("list_blocked"));
  }
};

TEST_F(BlockUnderWayTest, EndsAChatAtOnce) {
  Linked();
  EXPECT_THAT(Begin(),
              ElementsAre("> block 2 1", "> link 1 2 none 2:2 ENDED bob @5"));
  EXPECT_THAT(AnnWrites(), IsEmpty());
  chat_.Ask(2, "list_private {}");
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s2: #3 block ann"));
  EXPECT_THAT(
      chat_.FinishWrite(),
      ElementsAre("s2: private_ended ann ENDED_BY_COMMAND 2 2",
                  "s1: private_ended bob ENDED_BY_COMMAND 2 2",
                  "s1: #3 error NOT_LINKED bob", "s2: #4 list_private"));
}

TEST_F(BlockUnderWayTest, AYesToTheOneWhoBlocksComesTooLate) {
  Bob("request_private");
  EXPECT_THAT(Begin(), ElementsAre("> block 2 1", "> link 1 2 none @5"));
  Ann("accept_private");
  chat_.FinishWrite();
  EXPECT_THAT(
      chat_.FinishWrite(),
      ElementsAre("s1: request_withdrawn bob WITHDRAWN_BY_COMMAND",
                  "s2: request_withdrawn ann was_asking WITHDRAWN_BY_COMMAND",
                  "s1: #2 error NO_PENDING_REQUEST bob"));
}

TEST_F(BlockUnderWayTest, OnesOwnYesComesTooLate) {
  Ann("request_private");
  EXPECT_THAT(Begin(),
              ElementsAre("> block 2 1", "> link 1 2 asked hidden bound @5"));
  Bob("accept_private");
  chat_.FinishWrite();
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s2: #3 error NO_PENDING_REQUEST ann"));
}

// What ann takes back, bob does not hear of.
TEST_F(BlockUnderWayTest, HidesARequestThatIsTakenBack) {
  Ann("request_private");
  Begin();
  Ann("withdraw_request");
  chat_.Ask(2, "list_private {}");
  chat_.FinishWrite();
  EXPECT_THAT(chat_.FinishWrite(), IsEmpty());
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s1: #3 withdraw_request bob",
                                               "s2: #3 list_private"));
}

TEST_F(BlockUnderWayTest, HidesARequestOfOneWhoLeaves) {
  Ann("request_private");
  Begin();
  chat_.set_hold(false);
  EXPECT_THAT(chat_.Close(1), Not(Contains(HasSubstr("request_withdrawn"))));
}

TEST_F(BlockUnderWayTest, IsUndoneIfItFails) {
  Linked();
  Begin();
  EXPECT_EQ(Blocked(2), "list_blocked aliases=[ann]");
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("> new generation", "s2: #3 error UNAVAILABLE 1000"));
  EXPECT_THAT(chat_.FinishWrite(), IsEmpty());
  EXPECT_EQ(Blocked(2), "list_blocked");
  chat_.set_hold(false);
  EXPECT_THAT(AnnWrites(), ElementsAre("> append 2:2 ann hi @5",
                                       "s2: private_said ann hi @5 2 1 2",
                                       "s1: #3 send_private bob @5 2 1 2"));
}

TEST_F(BlockUnderWayTest, AnUnblockIsUndoneIfItFails) {
  Bob("block");
  chat_.set_hold(true);
  Bob("unblock");
  chat_.FinishLookup();
  EXPECT_EQ(Blocked(2), "list_blocked");
  chat_.FinishWrite(absl::UnavailableError("disk"));
  EXPECT_EQ(Blocked(2), "list_blocked aliases=[ann]");
}

// The block is on disk, and what follows from it has failed.
TEST_F(BlockUnderWayTest, TheEndOfTheChatIsMadeUpForAfterAFailure) {
  Linked();
  Begin();
  chat_.FinishWrite();
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("> new generation"));
  chat_.Ask(1, "say { text: 'hi' }");
  EXPECT_EQ(Last(chat_.FinishWrite()), "> link 1 2 none 2:2 ENDED bob @5");
  EXPECT_THAT(chat_.FinishWrite(),
              Contains("s1: private_ended bob ENDED_BY_COMMAND 2 2"));
}

TEST_F(BlockUnderWayTest, CountsAgainstTheLimit) {
  for (size_t i = 0; i <= wire::kBlockedPerUser; ++i) {
    chat_.AddAccount(absl::StrCat("user", i));
  }
  const auto block = [&](size_t i) {
    return chat_.Ask(2, absl::StrCat("block { alias: 'user", i, "' }"));
  };
  for (size_t i = 1; i < wire::kBlockedPerUser; ++i) block(i);
  chat_.set_hold(true);
  block(0);
  chat_.FinishLookup();
  block(wire::kBlockedPerUser);
  EXPECT_THAT(chat_.FinishLookup(),
              ElementsAre(HasSubstr("error TOO_MANY_BLOCKED")));
  chat_.FinishWrite(absl::UnavailableError("disk"));
  block(wire::kBlockedPerUser);
  EXPECT_THAT(chat_.FinishLookup(), ElementsAre(HasSubstr("> block 2")));
}

// A login reads who is blocked, and the block comes behind that.
class BlockDuringATakeOverTest : public BlockUnderWayTest {
 protected:
  BlockDuringATakeOverTest() {
    Begin();
    chat_.Open(3);
    chat_.Ask(3, "login { alias: 'bob' password: 'secret' take_over: true }");
  }
};

TEST_F(BlockDuringATakeOverTest, WrittenBeforeThePasswordWasChecked) {
  const Token token = std::get<CheckPassword>(chat_.effects().at(0)).token;
  const AccountName before = chat_.Standing("bob");
  chat_.FinishWrite();
  chat_.Happen(PasswordChecked{token, before});
  chat_.FinishLookup();
  chat_.FinishWrite();
  EXPECT_EQ(Blocked(3), "list_blocked aliases=[ann]");
}

TEST_F(BlockDuringATakeOverTest, WrittenAfterwards) {
  chat_.FinishPassword();
  chat_.FinishLookup();
  chat_.FinishWrite();
  chat_.FinishWrite();
  EXPECT_EQ(Blocked(3), "list_blocked aliases=[ann]");
}

TEST_F(BlockDuringATakeOverTest, NotWritten) {
  chat_.FinishPassword();
  chat_.FinishWrite(absl::UnavailableError("disk"));
  chat_.FinishLookup();
  chat_.FinishWrite();
  EXPECT_EQ(Blocked(3), "list_blocked");
}

// ---- requests that nobody answers -------------------------------------------

TEST_F(ConsentTest, RequestsExpire) {
  Ann("request_private");
  chat_.Advance(wire::kAskLife);
  EXPECT_THAT(chat_.Happen(HourPassed{}), IsEmpty());
  chat_.Advance(absl::Milliseconds(1));
  const Lines lines = chat_.Happen(HourPassed{});
  EXPECT_THAT(lines, Contains(HasSubstr("s2: request_withdrawn ann")));
  EXPECT_THAT(lines, Contains(HasSubstr("s1: request_withdrawn bob")));
  EXPECT_THAT(chat_.Happen(HourPassed{}), IsEmpty());
}

TEST_F(ConsentTest, HiddenRequestsExpireForTheAsker) {
  Bob("block");
  Ann("request_private");
  chat_.Advance(wire::kAskLife + absl::Milliseconds(1));
  const Lines lines = chat_.Happen(HourPassed{});
  EXPECT_THAT(lines, Contains(HasSubstr("s1: request_withdrawn bob")));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("s2: "))));
}

TEST_F(ConsentTest, FiveRequestsAtATime) {
  for (size_t i = 0; i <= wire::kAsksOut; ++i) {
    const std::string name(i + 4, 'x');
    chat_.LogIn(10 + i, name);
    const Lines lines =
        chat_.Ask(1, absl::StrCat("request_private { alias: '", name, "' }"));
    EXPECT_EQ(absl::StrContains(Last(lines), "TOO_MANY_PRIVATE"),
              i == wire::kAsksOut)
        << i;
  }
}

// All that ann does and hears, in a world where bob does `first`.
Lines AnnHears(const std::string& first) {
  CoreHarness chat({.grace = absl::Seconds(7)});
  chat.LogInResuming(1, "ann");
  chat.LogIn(2, "bob");
  chat.LogIn(3, "cleo");
  Lines heard;
  const auto note = [&](const Lines& lines) {
    for (const std::string& line : lines) {
      if (line.starts_with("s1:") || line.starts_with("s4:")) {
        heard.push_back(line);
      }
    }
  };
  note(chat.Ask(2, first));
  for (const char* request :
       {"request_private", "request_private", "end_private", "withdraw_request",
        "withdraw_request", "accept_private", "request_private"}) {
    note(chat.Ask(1, absl::StrCat(request, " { alias: 'bob' } message_id: ",
                                  heard.size() + 1)));
    note(chat.Ask(1, "list_private {}"));
  }
  note(chat.Ask(1, "send_private { alias: 'bob' text: 'hi' }"));
  note(chat.Close(1));
  note(chat.Resume(4, 1, "epoch: 1 seq: 0"));
  chat.Advance(wire::kAskLife + absl::Seconds(1));
  note(chat.Happen(HourPassed{}));
  note(chat.Ask(4, "request_private { alias: 'bob' }"));
  note(chat.Close(2));
  note(chat.Ask(4, "list_private {}"));
  note(chat.LogIn(5, "bob"));
  note(chat.Ask(4, "request_private { alias: 'bob' }"));
  note(chat.Stop());
  return heard;
}

TEST(BlockedTest, SeesWhatOneSeesWhoIsIgnored) {
  EXPECT_EQ(AnnHears("block { alias: 'ann' }"),
            AnnHears("block { alias: 'cleo' }"));
}

}  // namespace
}  // namespace chat77::server
