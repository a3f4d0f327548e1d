// A command that ends a stay is ordered: until it is on disk, whoever it is
// about is asked to wait. Nothing of theirs takes its place behind it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Ending {
  const char* name;
  uint64_t session;  // of the one who commands it
  const char* command;
  const char* goodbye;
};

// Root, an admin, is on session 1, Ann on 2 with device 1.
class EndingTest : public testing::TestWithParam<Ending> {
 protected:
  EndingTest() {
    chat_.AddAccount("root");
    chat_.MakeAdmin("root");
    chat_.LogIn(1, "root");
    chat_.LogInResuming(2, "ann");
    chat_.set_hold(true);
  }
  // Its write waits.
  void Order(uint64_t session, const char* command) {
    chat_.Ask(session, command);
    while (chat_.lookups() > 0) chat_.FinishLookup();
    ASSERT_EQ(chat_.writes(), 1u);
  }
  void Order() { Order(GetParam().session, GetParam().command); }
  Lines Fail() { return chat_.FinishWrite(absl::UnavailableError("disk")); }

  CoreHarness chat_;
};

INSTANTIATE_TEST_SUITE_P(
    Every, EndingTest,
    testing::Values(Ending{"Kick", 1, "kick { alias: 'ann' }", "KICKED"},
                    Ending{"Ban", 1, "ban { alias: 'ann' }", "BANNED"},
                    Ending{"BanOfItsNetwork", 1, "ban { network: '10.0.0.2' }",
                           "BANNED"},
                    Ending{"Revocation", 2, "revoke_device { number: 1 }",
                           "DEVICE_REVOKED"}),
    [](const auto& ending) { return ending.param.name; });

TEST_P(EndingTest, WhatIsAskedMeanwhileHasToWait) {
  Order();
  for (const char* request :
       {"say { text: 'a' }", "list_online {}", "logout {}",
        "mark_read { markers { room: 1 seq: 1 } }"}) {
    EXPECT_THAT(chat_.Ask(2, request),
                ElementsAre(HasSubstr("error BUSY 1000")));
  }
  EXPECT_THAT(chat_.FinishWrite(),
              Contains(std::string("s2 bye ") + GetParam().goodbye));
  EXPECT_TRUE(chat_.core().idle());
}

TEST_P(EndingTest, IsOverIfTheCommandFails) {
  Order();
  EXPECT_THAT(Fail(), Contains(HasSubstr("error UNAVAILABLE")));
  EXPECT_THAT(chat_.Ask(2, "say { text: 'a' }"),
              ElementsAre("> append 1:1 ann a @5"));
}

TEST_P(EndingTest, WhatWasAskedBeforeIsDone) {
  chat_.Ask(2, "say { text: 'a' }");
  chat_.Ask(GetParam().session, GetParam().command);
  while (chat_.lookups() > 0) chat_.FinishLookup();
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s2: #2 say 1 @5 1 1",
                                               "room -s2: said 1 1 @5 ann a"));
  EXPECT_THAT(chat_.FinishWrite(),
              Contains("room -s2: left 1 ann @5 DISCONNECTED"));
}

TEST_P(EndingTest, OthersAreNotConcerned) {
  Order();
  EXPECT_THAT(chat_.Ask(1, "list_online {}"),
              ElementsAre(HasSubstr("list_online aliases=[root ann] 2")));
}

TEST_P(EndingTest, WhoLeavesMeanwhileHasLeft) {
  Order();
  EXPECT_THAT(chat_.Close(2), ElementsAre("> wait 30s"));
  EXPECT_THAT(chat_.FinishWrite(),
              Contains("room: left 1 ann @5 DISCONNECTED"));
  EXPECT_THAT(chat_.Elapse(), IsEmpty());
}

// Its place is behind the command's.
TEST_P(EndingTest, NoOtherConnectionOfTheDeviceGetsAroundIt) {
  Order();
  chat_.Resume(3, 1);
  chat_.FinishLookup();
  EXPECT_THAT(chat_.Ask(3, "say { text: 'a' }"),
              ElementsAre("s3: #2 error NOT_LOGGED_IN"));
  EXPECT_THAT(chat_.FinishWrite(), Contains("s3: #1 error BUSY 100"));
  EXPECT_EQ(chat_.core().online(), 1u);
}

TEST_F(EndingTest, AMuteEndsNothing) {
  Order(1, "mute { alias: 'ann' }");
  EXPECT_THAT(chat_.Ask(2, "list_online {}"),
              ElementsAre(HasSubstr("list_online")));
}

TEST_F(EndingTest, TheRevocationOfAnotherDeviceEndsNothing) {
  Order(2, "revoke_device { number: 7 }");
  EXPECT_THAT(chat_.Ask(2, "list_online {}"),
              ElementsAre(HasSubstr("list_online")));
}

// A disk may take longer than a short ban lasts.
TEST_F(EndingTest, ABanThatIsOverByThenEndsNothing) {
  Order(1, "ban { alias: 'ann' seconds: 1 }");
  chat_.Advance(absl::Seconds(1));
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s1: #2 ban 1"));
  EXPECT_THAT(chat_.Ask(2, "list_online {}"),
              ElementsAre(HasSubstr("list_online")));
}

TEST_F(EndingTest, OfTwoCommandsTheFirstEndsIt) {
  Order(1, "kick { alias: 'ann' }");
  chat_.Ask(1, "kick { alias: 'ann' }");
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s1: #2 kick ann", "s2 bye KICKED"));
  EXPECT_EQ(First(chat_.FinishWrite()), "s1: #3 kick ann");
  EXPECT_TRUE(chat_.core().idle());
}

}  // namespace
}  // namespace chat77::server
