// Somebody sets the wall clock, or NTP steps it: a day back, or far ahead for a
// while and back. Nothing but what people read changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "absl/strings/str_cat.h"

#include "proto/limits.h"
#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr absl::Duration kADay = absl::Hours(24);
constexpr absl::Duration kFarAhead = absl::Hours(40 * 24);

// Root, an admin, is on session 1, Ann on 2 and Bob, who can resume, on 3.
class ClockStepTest : public testing::TestWithParam<absl::Duration> {
 protected:
  ClockStepTest() {
    chat_.AddAccount("root");
    chat_.MakeAdmin("root");
    chat_.LogIn(1, "root");
    chat_.LogIn(2, "ann");
    chat_.LogInResuming(3, "bob");
  }
  static CoreOptions Limited() {
    return {.request_rates = RequestRates{}, .login_rates = LoginRates{}};
  }
  Lines Say(uint64_t session) {
    return chat_.Ask(session, "say { text: 'hi' }");
  }
  Lines LogIn(uint64_t session, const std::string& alias) {
    chat_.OpenFrom(session, "192.0.2.1");
    return chat_.Ask(session, absl::StrCat("login { alias: '", alias,
                                           "' password: 'secret' }"));
  }

  CoreHarness chat_{Limited()};
};

TEST_P(ClockStepTest, NobodyIsRateLimited) {
  const auto all = [this] {
    static uint64_t session = 100;
    EXPECT_THAT(Say(2), Contains(HasSubstr("said")));
    EXPECT_THAT(chat_.Ask(2, "list_online {}"),
                Contains(HasSubstr("list_online")));
    chat_.OpenFrom(++session, "192.0.2.1");
    EXPECT_THAT(
        chat_.Ask(session, "login { alias: 'ann' password: 'no' }"),
        ElementsAre("> check ann no", HasSubstr("error BAD_CREDENTIALS")));
    EXPECT_THAT(chat_.Ask(session, absl::StrCat("register { alias: 'cid",
                                                session, "' password: 'x' }")),
                Contains(HasSubstr("register cid")));
  };
  all();
  chat_.StepWall(GetParam());
  all();
  chat_.StepWall(-GetParam());
  all();
}

// A budget that is used up is one still: no step fills it.
TEST_P(ClockStepTest, NoStepFillsABudget) {
  for (int i = 0; i < 40; ++i) Say(2);
  EXPECT_THAT(Say(2), ElementsAre(HasSubstr("RATE_LIMITED")));
  chat_.StepWall(GetParam());
  EXPECT_THAT(Say(2), ElementsAre(HasSubstr("RATE_LIMITED")));
  chat_.Advance(absl::Seconds(1));
  EXPECT_THAT(Say(2), Contains(HasSubstr("said")));
}

TEST_P(ClockStepTest, MuteEndsWhenItShould) {
  chat_.Ask(1, "mute { alias: 'ann' seconds: 600 }");
  for (const absl::Duration step : {GetParam(), -GetParam()}) {
    chat_.StepWall(step);
    chat_.Happen(HourPassed{});
    chat_.Advance(absl::Seconds(299));
    EXPECT_THAT(Say(2), ElementsAre(HasSubstr("MUTED")));
  }
  chat_.StepWall(GetParam());
  chat_.Advance(absl::Seconds(2));
  EXPECT_THAT(Say(2), Contains(HasSubstr("said")));
}

TEST_P(ClockStepTest, BanEndsWhenItShould) {
  chat_.Ask(1, "ban { alias: 'ann' seconds: 600 }");
  chat_.Ask(1, "ban { network: '192.0.2.0/24' seconds: 600 }");
  uint64_t session = 100;
  for (const absl::Duration step : {GetParam(), -GetParam()}) {
    chat_.StepWall(step);
    chat_.Happen(HourPassed{});
    chat_.Advance(absl::Seconds(299));
    EXPECT_THAT(LogIn(++session, "ann"), Contains(HasSubstr("BANNED")));
    EXPECT_THAT(LogIn(++session, "bob"), Contains(HasSubstr("BANNED")));
    EXPECT_THAT(chat_.Ask(1, "list_sanctions {}"),
                Contains(HasSubstr("192.0.2.0/24")));
  }
  chat_.StepWall(GetParam());
  chat_.Advance(absl::Seconds(2));
  EXPECT_THAT(LogIn(++session, "ann"), Contains(HasSubstr("joined")));
}

// What people are told is by the clock that they see.
TEST_P(ClockStepTest, TermsAreByTheWallClock) {
  chat_.StepWall(GetParam() + 2 * kADay);
  const absl::Time until = chat_.now().wall + absl::Seconds(600);
  EXPECT_THAT(chat_.Ask(1, "mute { alias: 'ann' seconds: 600 }"),
              Contains(HasSubstr(absl::FormatTime(
                  "until %Y-%m-%d %H:%M UTC", until, absl::UTCTimeZone()))));
  EXPECT_THAT(chat_.Ask(1, "list_sanctions {}"),
              ElementsAre(HasSubstr(absl::StrCat(absl::ToUnixMillis(until)))));
}

TEST_P(ClockStepTest, GraceIsAsLongAsEver) {
  const std::string wait =
      absl::StrCat("> wait ", absl::FormatDuration(wire::kGrace));
  EXPECT_THAT(chat_.Close(3), ElementsAre(wait));
  chat_.StepWall(GetParam());
  chat_.Happen(HourPassed{});
  EXPECT_THAT(chat_.Resume(4, 1), Contains(HasSubstr("resumed")));
  EXPECT_THAT(chat_.Close(4), ElementsAre(wait));
  chat_.StepWall(-GetParam());
  EXPECT_THAT(chat_.Elapse(1), Contains(HasSubstr("left")));
}

TEST_P(ClockStepTest, RequestsExpireWhenTheyShould) {
  chat_.Ask(2, "request_private { alias: 'bob' }");
  for (const absl::Duration step : {GetParam(), -GetParam()}) {
    chat_.StepWall(step);
    chat_.Happen(HourPassed{});
    EXPECT_THAT(chat_.Ask(2, "list_private {}"), ElementsAre(HasSubstr("bob")));
  }
  chat_.StepWall(GetParam());
  chat_.Advance(wire::kAskLife + absl::Seconds(1));
  EXPECT_THAT(chat_.Happen(HourPassed{}),
              Contains(HasSubstr("request_withdrawn")));
}

INSTANTIATE_TEST_SUITE_P(Steps, ClockStepTest,
                         testing::Values(-kADay, kFarAhead));

}  // namespace
}  // namespace chat77::server
