// Making accounts, changing passwords, and how often what may be tried.
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
using testing::Not;

constexpr char kChange[] =
    "change_password { old_password: 'secret' new_password: 'better' }";
constexpr char kLogin[] = "login { alias: 'ann' password: 'secret' }";
constexpr char kTakeOver[] =
    "login { alias: 'ann' password: 'secret' take_over: true }";

// ---- registration -----------------------------------------------------------

TEST(RegistrationTest, Closed) {
  CoreHarness chat({.registration = pb::REGISTRATION_NOT_POSSIBLE});
  chat.Open(1);
  EXPECT_THAT(chat.Ask(1, "register { alias: 'ann' password: 'p' }"),
              ElementsAre("s1: #1 error REGISTRATION_CLOSED"));
}

TEST(RegistrationTest, ByInvitation) {
  CoreHarness chat({.registration = pb::REGISTRATION_BY_INVITATION});
  chat.Open(1);
  EXPECT_THAT(chat.Ask(1, "register { alias: 'ann' password: 'p' }"),
              ElementsAre("s1: #1 error INVITATION_INVALID"));
  EXPECT_THAT(
      chat.Ask(1,
               "register { alias: 'ann' password: 'p' invitation: 'guess' }"),
      Contains("s1: #2 error INVITATION_INVALID"));
  EXPECT_THAT(
      chat.Ask(1,
               "register { alias: 'ann' password: 'p' invitation: 'welcome' }"),
      Contains("s1: #3 register ann"));
}

TEST(RegistrationTest, NotFromABannedNetwork) {
  CoreHarness chat;
  Restored restored;
  Sanction ban;
  ban.number = 1;
  ban.kind = Sanction::Kind::kBanNetwork;
  ban.target = "192.0.2.0/24";
  restored.sanctions.push_back(ban);
  chat.Happen(restored);
  chat.OpenFrom(1, "192.0.2.1");
  EXPECT_THAT(chat.Ask(1, "register { alias: 'ann' password: 'p' }"),
              ElementsAre(HasSubstr("BANNED")));
}

TEST(RegistrationTest, Rate) {
  CoreHarness chat(
      {.login_rates = LoginRates{.registrations_of_address = {1, 1}}});
  chat.OpenFrom(1, "192.0.2.1");
  chat.Ask(1, "register { alias: 'ann' password: 'p' }");
  EXPECT_THAT(chat.Ask(1, "register { alias: 'bob' password: 'p' }"),
              ElementsAre(HasSubstr("error RATE_LIMITED")));
  chat.Advance(absl::Seconds(2));
  EXPECT_THAT(chat.Ask(1, "register { alias: 'bob' password: 'p' }"),
              Contains("s1: #3 register bob"));
  chat.OpenFrom(2, "192.0.2.1", true);
  EXPECT_THAT(chat.Ask(2, "register { alias: 'cleo' password: 'p' }"),
              Contains("s2: #1 register cleo"));
}

// ---- new passwords ----------------------------------------------------------

// Ann is on session 1 with device 1.
class PasswordTest : public testing::Test {
 protected:
  PasswordTest() { chat_.LogInResuming(1, "ann"); }

  CoreHarness chat_{{.login_rates = LoginRates{}}};
};

TEST_F(PasswordTest, IsChanged) {
  EXPECT_THAT(chat_.Ask(1, kChange), Contains("s1: #2 change_password"));
  EXPECT_THAT(chat_.Ask(1, kChange), Contains("s1: #3 error BAD_CREDENTIALS"));
  EXPECT_THAT(chat_.Ask(1, "change_password { old_password: 'better' }"),
              ElementsAre("s1: #4 error PASSWORD_INVALID"));
  chat_.set_hold(true);
  chat_.Ask(1, kChange);
  EXPECT_THAT(chat_.FinishPassword(absl::ResourceExhaustedError("full")),
              ElementsAre("s1: #5 error BUSY 1000"));
  chat_.Ask(1, kChange);
  EXPECT_THAT(chat_.FinishPassword(absl::UnavailableError("disk")),
              ElementsAre("s1: #6 error UNAVAILABLE 1000"));
  EXPECT_TRUE(chat_.core().idle());
}

// Who took the stay over meanwhile knew the old password at best.
TEST_F(PasswordTest, WhoTookOverMeanwhileGoes) {
  chat_.set_hold(true);
  chat_.Ask(1, kChange);
  chat_.OpenResuming(2);
  chat_.Ask(2, kTakeOver);
  chat_.FinishPassword({}, 1);
  chat_.FinishLookup();
  chat_.FinishWrite();
  EXPECT_EQ(chat_.core().online(), 1);
  EXPECT_THAT(chat_.FinishPassword(),
              Contains(HasSubstr("s2 bye DEVICE_REVOKED")));
  EXPECT_EQ(chat_.core().online(), 0);
  chat_.set_hold(false);
  // Nor does the device that was made for it live on.
  EXPECT_THAT(chat_.Resume(3, 2), Contains("s3: #1 error TOKEN_INVALID"));
}

TEST_F(PasswordTest, WhoIsComingInMeanwhileGoes) {
  chat_.set_hold(true);
  chat_.Ask(1, kChange);
  chat_.OpenResuming(2);
  chat_.Ask(2, kTakeOver);
  chat_.FinishPassword({}, 1);
  chat_.FinishLookup();
  EXPECT_THAT(chat_.FinishPassword(),
              Contains(HasSubstr("s2 bye DEVICE_REVOKED")));
  const Lines lines = chat_.FinishWrite();
  EXPECT_THAT(lines, Contains(HasSubstr("> logout 2 password changed")));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("rooms="))));
}

TEST_F(PasswordTest, WhoseOldPasswordWasRightJustBefore) {
  chat_.set_hold(true);
  chat_.OpenResuming(2);
  chat_.Ask(2, kTakeOver);
  const Token token = std::get<CheckPassword>(chat_.effects().at(0)).token;
  chat_.Ask(1, kChange);
  chat_.FinishPassword({}, 1);
  EXPECT_THAT(chat_.Happen(PasswordChecked{token, chat_.Standing("ann")}),
              ElementsAre("s2: #1 error BUSY 1000"));
}

TEST_F(PasswordTest, OnesOwnDeviceStays) {
  chat_.set_hold(true);
  chat_.Ask(1, kChange);
  chat_.Close(1);
  chat_.Resume(2, 1);
  chat_.FinishLookup();
  EXPECT_THAT(chat_.FinishPassword(), IsEmpty());
  EXPECT_EQ(chat_.core().online(), 1);
}

// ---- tries ------------------------------------------------------------------

class TriesTest : public testing::Test {
 protected:
  TriesTest() { chat_.AddAccount("ann"); }
  std::string Try(const char* request) {
    chat_.OpenFrom(++session_, "192.0.2.1");
    const std::string last = Last(chat_.Ask(session_, request));
    chat_.Close(session_);
    return last;
  }

  uint64_t session_ = 0;
  CoreHarness chat_{
      {.login_rates = LoginRates{.of_account_and_address = {1.0 / 60, 2}}}};
};

TEST_F(TriesTest, GuessingIsSlowedDown) {
  const char* wrong = "login { alias: 'ann' password: 'wrong' }";
  EXPECT_THAT(Try(wrong), HasSubstr("BAD_CREDENTIALS"));
  EXPECT_THAT(Try(wrong), HasSubstr("BAD_CREDENTIALS"));
  EXPECT_THAT(Try(wrong), HasSubstr("RATE_LIMITED"));
  EXPECT_THAT(Try(kLogin), HasSubstr("RATE_LIMITED"));
  // Nobody is locked out elsewhere.
  chat_.OpenFrom(50, "192.0.2.2");
  EXPECT_THAT(chat_.Ask(50, kLogin), Contains(HasSubstr("rooms=")));
}

TEST_F(TriesTest, ThoseThatAreRightCostNothing) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(Try(kLogin), HasSubstr("joined"));
  }
}

TEST_F(TriesTest, WhatWasNotCheckedCostsNothing) {
  chat_.set_hold(true);
  for (int i = 0; i < 10; ++i) {
    chat_.OpenFrom(++session_, "192.0.2.1");
    chat_.Ask(session_, kLogin);
    ASSERT_EQ(chat_.passwords(), 1u);
    EXPECT_THAT(chat_.FinishPassword(absl::ResourceExhaustedError("full")),
                ElementsAre(HasSubstr("BUSY")));
  }
}

// More keys than slots, so that it matters who has which.
TEST(TriesOfManyTest, SameInputsSameAnswers) {
  LoginRates rates;
  rates.of_account_and_address = {1.0 / 60, 2};
  rates.entries = 2 * RateTable::kWays;
  const auto answers = [](const LoginRates& guarded_by) {
    CoreHarness chat({.login_rates = guarded_by});
    Lines all;
    for (uint64_t i = 1; i <= 200; ++i) {
      chat.OpenFrom(i, absl::StrCat("192.0.2.", i % 50));
      all.push_back(
          Last(chat.Ask(i, "login { alias: 'ann' password: 'wrong' }")));
    }
    return all;
  };
  EXPECT_EQ(answers(rates), answers(rates));
  LoginRates other = rates;
  other.hash_key = {1, 2, 3};
  EXPECT_NE(answers(rates), answers(other));
}

// A class behind one address comes back after a restart.
TEST_F(TriesTest, ManyResumeAtOnce) {
  CoreHarness chat({.login_rates = LoginRates{}});
  for (uint64_t i = 1; i <= 15; ++i) {
    chat.LogInResuming(i, std::string(2 + i, 'x'));
    chat.Close(i);
  }
  chat.set_hold(true);
  for (int64_t i = 1; i <= 15; ++i) {
    const auto session = static_cast<uint64_t>(100 + i);
    chat.Happen(
        SessionOpened{SessionId{session}, "192.0.2.1", 1, true, "phone"});
    pb::ClientFrame frame;
    frame.mutable_resume()->set_device_token(
        CoreHarness::TokenOf(DeviceId::Of(i)));
    EXPECT_THAT(chat.Ask(session, frame), ElementsAre(HasSubstr("> find")));
  }
}

// ---- requests ---------------------------------------------------------------

class RatesTest : public testing::Test {
 protected:
  RatesTest() {
    chat_.LogInResuming(1, "ann");
    chat_.LogIn(2, "bob");
  }
  static RequestRates Rates() {
    RequestRates rates;
    rates.texts = {1, 2};
    rates.asks = {1.0 / 60, 2};
    return rates;
  }

  CoreHarness chat_{{.request_rates = Rates()}};
};

TEST_F(RatesTest, TooMuchIsRefusedAndSaysWhen) {
  chat_.Ask(1, "say { text: 'a' }");
  chat_.Ask(1, "say { text: 'b' }");
  EXPECT_THAT(chat_.Ask(1, "say { text: 'c' }"),
              ElementsAre("s1: #4 error RATE_LIMITED 1001"));
  EXPECT_THAT(chat_.Ask(2, "say { text: 'c' }"), Contains(HasSubstr("said")));
  chat_.Advance(absl::Milliseconds(1001));
  EXPECT_THAT(chat_.Ask(1, "say { text: 'c' }"), Contains(HasSubstr("said")));
}

// Neither a broken connection nor another login fills the budget.
TEST_F(RatesTest, ComingAgainIsNoWayToAskForMore) {
  chat_.Ask(1, "say { text: 'a' }");
  chat_.Ask(1, "say { text: 'b' }");
  chat_.Close(1);
  chat_.Resume(3, 1);
  EXPECT_THAT(chat_.Ask(3, "say { text: 'c' }"),
              ElementsAre(HasSubstr("RATE_LIMITED")));
  chat_.Ask(3, "logout {}");
  chat_.LogIn(4, "ann");
  EXPECT_THAT(chat_.Ask(4, "say { text: 'c' }"),
              ElementsAre(HasSubstr("RATE_LIMITED")));
}

TEST_F(RatesTest, ARejectedRequestCostsTwo) {
  chat_.Ask(1, "request_private { alias: 'bob' }");
  chat_.Ask(2, "reject_private { alias: 'ann' }");
  EXPECT_THAT(chat_.Ask(1, "request_private { alias: 'bob' }"),
              ElementsAre(HasSubstr("RATE_LIMITED")));
}

// What waited for another change was paid for when it came.
TEST_F(RatesTest, WhatWaitsIsPaidForOnce) {
  chat_.set_hold(true);
  chat_.Ask(1, "request_private { alias: 'bob' }");
  chat_.Ask(1, "request_private { alias: 'bob' }");
  EXPECT_THAT(chat_.FinishWrite(), Contains(HasSubstr("ALREADY_REQUESTED")));
}

TEST_F(RatesTest, ADeliveredTextIsAnsweredAgain) {
  chat_.Ask(1, "request_private { alias: 'bob' }");
  chat_.Ask(2, "accept_private { alias: 'ann' }");
  const char* text = "send_private { alias: 'bob' text: 'a' } message_id: 7";
  chat_.Ask(1, text);
  chat_.Ask(1, "say { text: 'b' }");
  EXPECT_THAT(chat_.Ask(1, text), Contains(HasSubstr("send_private bob")));
}

// A client that got no answer asks again, as often as its connection breaks.
TEST_F(RatesTest, ARepeatIsAnsweredWhateverItsKindHasLeft) {
  chat_.Ask(1, "request_private { alias: 'bob' } message_id: 7");
  chat_.Ask(1, "withdraw_request { alias: 'bob' } message_id: 8");
  chat_.Ask(1, "request_private { alias: 'bob' } message_id: 9");
  EXPECT_THAT(chat_.Ask(1, "request_private { alias: 'bob' } message_id: 9"),
              Contains(HasSubstr("request_private bob")));
  EXPECT_THAT(chat_.Ask(1, "request_private { alias: 'bob' } message_id: 10"),
              ElementsAre(HasSubstr("RATE_LIMITED")));
}

// Each costs the store a look.
TEST_F(RatesTest, RepeatsHaveALimitOfTheirOwn) {
  chat_.Ask(1, "say { text: 'a' } message_id: 7");
  int answered = 0;
  for (int i = 0; i < 200; ++i) {
    const Lines lines = chat_.Ask(1, "say { text: 'a' } message_id: 7");
    answered += testing::Value(lines, Contains(HasSubstr("say 1"))) ? 1 : 0;
  }
  EXPECT_EQ(answered, 100);
  // Of nothing else they take anything.
  EXPECT_THAT(chat_.Ask(1, "reject_private { alias: 'bob' }"),
              ElementsAre(HasSubstr("NO_PENDING_REQUEST")));
}

// An id that only may be a repeat.
TEST_F(RatesTest, ARequestThatIsNewAfterAllCostsWhatItsKindCosts) {
  chat_.Ask(1, "say { text: 'a' } message_id: 9");
  chat_.Ask(1, "say { text: 'b' } message_id: 7");
  EXPECT_THAT(chat_.Ask(1, "say { text: 'c' } message_id: 8"),
              Contains(HasSubstr("RATE_LIMITED")));
}

TEST_F(RatesTest, WhatIsForbiddenIsPaidForToo) {
  int forbidden = 0;
  for (int i = 0; i < 50; ++i) {
    const Lines lines = chat_.Ask(1, "kick { alias: 'bob' }");
    forbidden += testing::Value(lines, ElementsAre(HasSubstr("FORBIDDEN")));
  }
  EXPECT_EQ(forbidden, 40);
}

TEST_F(RatesTest, ALogoutIsNeverTooMuch) {
  chat_.Ask(1, "say { text: 'a' }");
  for (int i = 0; i < 50; ++i) chat_.Ask(1, "reject_private { alias: 'x' }");
  EXPECT_THAT(chat_.Ask(1, "logout {}"), Contains(HasSubstr("logout")));
}

TEST(SpentBudgetsTest, AreBounded) {
  SpentBudgets spent;
  const RequestRates rates;
  pb::ClientFrame ask;
  ask.mutable_request_private();
  const SteadyTime now = SteadyTime() + absl::Seconds(1000);
  for (int64_t account = 1; account <= 10000; ++account) {
    RequestBudget budget;
    budget.Take(ask, rates, now);
    spent.Keep(AccountId::Of(account), budget, now);
    EXPECT_LE(spent.size(), SpentBudgets::kMost);
  }
  spent.Keep(1, RequestBudget(), now);
  RequestBudget kept = spent.Take(10000);
  EXPECT_FALSE(kept.IsFull(now));
  EXPECT_TRUE(spent.Take(10000).IsFull(now));
}

}  // namespace
}  // namespace chat77::server
