// What is refused when too much waits for the disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "absl/strings/str_cat.h"

#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::ElementsAre;

// Eight messages of this text fill what may wait.
constexpr size_t kText = 768;
constexpr char kBobLogsIn[] = "login { alias: 'bob' password: 'secret' }";

class OverloadTest : public testing::Test {
 protected:
  OverloadTest() {
    chat_.LogInResuming(1, "ann");
    chat_.AddAccount("bob");
    chat_.Open(2);
    chat_.OpenResuming(3);
    chat_.set_hold(true);
  }
  Lines Say() {
    return chat_.Ask(
        1, absl::StrCat("say { text: '", std::string(kText, 'x'), "' }"));
  }
  void SayTimes(int times) {
    for (int i = 0; i < times; ++i) Say();
  }
  Overload level() const { return chat_.core().overload(); }

  CoreHarness chat_{{.waiting_bytes = 8 * 1024}};
};

TEST_F(OverloadTest, RisesAndFalls) {
  const Overload levels[] = {Overload::kNone,        Overload::kNone,
                             Overload::kNone,        Overload::kConnections,
                             Overload::kConnections, Overload::kLogins,
                             Overload::kLogins,      Overload::kSays};
  for (size_t i = 0; i < 8; ++i) {
    SayTimes(1);
    EXPECT_EQ(level(), levels[i]) << i;
  }
  for (size_t i = 8; i > 1; --i) {
    chat_.FinishWrite(i % 2 == 0 ? absl::OkStatus()
                                 : absl::UnavailableError("disk"));
    EXPECT_EQ(level(), levels[i - 2]) << i;
  }
  chat_.FinishWrite();
  EXPECT_TRUE(chat_.core().idle());
}

TEST_F(OverloadTest, RefusesLoginsFirst) {
  SayTimes(5);
  EXPECT_EQ(First(chat_.Ask(2, kBobLogsIn)), "> check bob secret");
  SayTimes(1);
  chat_.Open(4);
  EXPECT_THAT(chat_.Ask(4, kBobLogsIn), ElementsAre("s4: #1 error BUSY 1000"));
  EXPECT_THAT(chat_.Ask(4, "register { alias: 'cleo' password: 'secret' }"),
              ElementsAre("s4: #2 error BUSY 1000"));
  EXPECT_THAT(Say().size(), 1);
}

// What the shell measures counts like what waits; the worse of the two holds.
TEST_F(OverloadTest, MemoryRaisesItToo) {
  chat_.Happen(MemoryPressed{Overload::kLogins});
  EXPECT_EQ(level(), Overload::kLogins);
  EXPECT_THAT(chat_.Ask(2, kBobLogsIn), ElementsAre("s2: #1 error BUSY 1000"));
  EXPECT_THAT(Say().size(), 1);
  SayTimes(7);
  EXPECT_EQ(level(), Overload::kSays);
  chat_.Happen(MemoryPressed{Overload::kNone});
  for (int i = 0; i < 8; ++i) chat_.FinishWrite();
  EXPECT_EQ(level(), Overload::kNone);
}

TEST_F(OverloadTest, RefusesToResumeWithTheLogins) {
  SayTimes(6);
  EXPECT_THAT(chat_.Resume(4, 1), ElementsAre("s4: #1 error BUSY 1000"));
}

TEST_F(OverloadTest, ThenMessages) {
  SayTimes(8);
  EXPECT_THAT(Say(), ElementsAre("s1: #10 error BUSY 500"));
  // What was taken is told.
  EXPECT_EQ(First(chat_.FinishWrite()), "s1: #2 say 1 @5 1 1");
  EXPECT_EQ(First(Say()).substr(0, 8), "> append");
}

// All that is held counts, and what would add to it is refused.
TEST_F(OverloadTest, PrivateChatToo) {
  chat_.set_hold(false);
  chat_.LogIn(5, "cleo");
  chat_.set_hold(true);
  chat_.Ask(1, "request_private { alias: 'cleo' }");
  EXPECT_FALSE(chat_.core().idle());
  SayTimes(8);
  for (const char* request :
       {"request_private { alias: 'ann' }", "accept_private { alias: 'ann' }",
        "send_private { alias: 'ann' text: 'x' }"}) {
    EXPECT_THAT(chat_.Ask(5, request),
                ElementsAre(testing::HasSubstr("error BUSY 500")))
        << request;
  }
  // What ends something is not.
  EXPECT_EQ(chat_.Ask(5, "reject_private { alias: 'ann' }"),
            Lines({"> link 1 3 none @5"}));
}

TEST_F(OverloadTest, NeverLeaving) {
  SayTimes(8);
  EXPECT_THAT(chat_.Ask(1, "list_online {}"),
              ElementsAre("s1: #10 list_online aliases=[ann] 1"));
  chat_.Ask(1, "logout {}");
  for (int i = 0; i < 8; ++i) chat_.FinishWrite();
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s1: #11 logout", "s1 bye LOGGED_OUT"));
}

}  // namespace
}  // namespace chat77::server
