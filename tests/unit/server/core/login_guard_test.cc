#include "server/core/login_guard.h"

#include <gtest/gtest.h>
#include <string>

#include "absl/strings/str_cat.h"

namespace chat77::server {
namespace {

const SteadyTime kFirstTry = SteadyTime() + absl::Seconds(1000);

// How many tries there are at once.
template <class Try>
int TriesAtOnce(Try&& one) {
  int tries = 0;
  while (tries < 1000 && one() == absl::ZeroDuration()) ++tries;
  return tries;
}

TEST(LoginGuardTest, OfOneAccountFromOneAddress) {
  LoginGuard guard(LoginRates{});
  EXPECT_EQ(TriesAtOnce([&] { return guard.Try("ann", "a", kFirstTry); }), 5);
  EXPECT_GT(guard.Try("ann", "a", kFirstTry), absl::Seconds(50));
  EXPECT_EQ(guard.Try("ann", "b", kFirstTry), absl::ZeroDuration());
  EXPECT_EQ(guard.Try("bob", "a", kFirstTry), absl::ZeroDuration());
  EXPECT_EQ(guard.Try("ann", "a", kFirstTry + absl::Seconds(61)),
            absl::ZeroDuration());
}

TEST(LoginGuardTest, OfOneAddress) {
  LoginGuard guard(LoginRates{});
  int account = 0;
  EXPECT_EQ(TriesAtOnce([&] {
              return guard.Try(absl::StrCat(++account), "a", kFirstTry);
            }),
            20);
  EXPECT_EQ(guard.Try("ann", "b", kFirstTry), absl::ZeroDuration());
}

TEST(LoginGuardTest, OfAllTogether) {
  LoginGuard guard(LoginRates{});
  int account = 0;
  EXPECT_EQ(TriesAtOnce([&] {
              const std::string name = absl::StrCat(++account);
              return guard.Try(name, name, kFirstTry);
            }),
            200);
}

// Who is refused by one limit has not used up the others.
TEST(LoginGuardTest, ARefusalCostsNothing) {
  LoginRates rates;
  rates.of_account_and_address = {1, 3};
  rates.of_address = {1, 5};
  rates.of_all = {1, 5};
  LoginGuard guard(rates);
  EXPECT_EQ(TriesAtOnce([&] { return guard.Try("ann", "a", kFirstTry); }), 3);
  for (int i = 0; i < 9; ++i) guard.Try("ann", "a", kFirstTry);
  EXPECT_EQ(TriesAtOnce([&] { return guard.Try("bob", "a", kFirstTry); }), 2);
  for (int i = 0; i < 9; ++i) guard.Try("bob", "a", kFirstTry);
  const SteadyTime later = kFirstTry + absl::Seconds(1);
  EXPECT_EQ(TriesAtOnce([&] { return guard.Try("cleo", "b", later); }), 1);
}

TEST(LoginGuardTest, GivenBackOnce) {
  LoginRates rates;
  rates.of_account_and_address = {1e-6, 3};
  LoginGuard guard(rates);
  guard.Try("ann", "a", kFirstTry);
  guard.Try("ann", "a", kFirstTry);
  guard.GiveBack("ann", "a", kFirstTry);
  EXPECT_EQ(TriesAtOnce([&] { return guard.Try("ann", "a", kFirstTry); }), 2);
}

TEST(LoginGuardTest, Registrations) {
  LoginGuard guard(LoginRates{});
  EXPECT_EQ(TriesAtOnce([&] { return guard.Register("a", kFirstTry); }), 10);
  int address = 0;
  EXPECT_EQ(TriesAtOnce([&] {
              return guard.Register(absl::StrCat(++address), kFirstTry);
            }),
            90);
}

}  // namespace
}  // namespace chat77::server
