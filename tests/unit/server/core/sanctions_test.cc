#include "server/core/sanctions.h"

#include <gtest/gtest.h>

namespace chat77::server {
namespace {

const SteadyTime kSanctioned = SteadyTime() + absl::Seconds(1000);
// The server's own machine, and one in the network that is banned.
const std::optional<wire::IpAddress> kHere;
const std::optional<wire::IpAddress> kThere =
    wire::IpAddress::Parse("192.0.2.255");

Sanction Make(int64_t number, Sanction::Kind kind, AccountId account,
              SteadyTime expires = SteadyTime::Never()) {
  Sanction sanction;
  sanction.number = number;
  sanction.kind = kind;
  sanction.account = account;
  if (expires != SteadyTime::Never()) sanction.expires = {{}, expires};
  return sanction;
}

TEST(SanctionsTest, TheLongestCounts) {
  Sanctions sanctions;
  const auto kind = Sanction::Kind::kBanAccount;
  sanctions.Add(Make(1, kind, 7, kSanctioned + absl::Hours(1)));
  sanctions.Add(Make(2, kind, 7, kSanctioned + absl::Hours(2)));
  sanctions.Add(Make(3, kind, 7, kSanctioned));
  ASSERT_NE(sanctions.BanOf(7, kHere, kSanctioned), nullptr);
  EXPECT_EQ(sanctions.BanOf(7, kHere, kSanctioned)->number, 2);
  EXPECT_EQ(sanctions.BanOf(8, kHere, kSanctioned), nullptr);
  EXPECT_EQ(sanctions.MuteOf(7, kSanctioned), nullptr);
  sanctions.Lift(2);
  sanctions.Lift(2);
  EXPECT_EQ(sanctions.BanOf(7, kHere, kSanctioned)->number, 1);
  EXPECT_EQ(sanctions.BanOf(7, kHere, kSanctioned + absl::Hours(1)), nullptr);
}

TEST(SanctionsTest, Networks) {
  Sanctions sanctions;
  Sanction ban = Make(1, Sanction::Kind::kBanNetwork, 0);
  ban.target = "192.0.2.0/24";
  sanctions.Add(ban);
  EXPECT_NE(sanctions.BanOf(0, kThere, kSanctioned), nullptr);
  EXPECT_EQ(
      sanctions.BanOf(0, wire::IpAddress::Parse("192.0.3.0"), kSanctioned),
      nullptr);
  EXPECT_EQ(sanctions.BanOf(0, kHere, kSanctioned), nullptr);
  sanctions.Add(
      Make(2, Sanction::Kind::kBanAccount, 7, kSanctioned + absl::Hours(1)));
  EXPECT_EQ(sanctions.BanOf(7, kThere, kSanctioned)->number, 2)
      << "the account's";
  EXPECT_EQ(sanctions.BanOf(8, kThere, kSanctioned)->number, 1);
  sanctions.Lift(1);
  EXPECT_EQ(sanctions.BanOf(0, kThere, kSanctioned), nullptr);
}

TEST(SanctionsTest, WhatHasExpiredIsForgotten) {
  Sanctions sanctions;
  for (int64_t i = 1; i <= 9; ++i) {
    sanctions.Add(Make(i, Sanction::Kind::kMute, 1, kSanctioned));
  }
  sanctions.Add(Make(10, Sanction::Kind::kMute, 1));
  sanctions.ForgetExpired(kSanctioned);
  EXPECT_EQ(sanctions.all().size(), 1u);
  EXPECT_NE(sanctions.MuteOf(1, kSanctioned), nullptr);
}

TEST(SanctionsTest, Terms) {
  Sanction sanction = Make(1, Sanction::Kind::kMute, 1);
  EXPECT_EQ(Terms(sanction), "");
  sanction.reason = "spam";
  EXPECT_EQ(Terms(sanction), ": spam");
  sanction.expires = {absl::FromUnixSeconds(0), kSanctioned};
  EXPECT_EQ(Terms(sanction), " until 1970-01-01 00:00 UTC: spam");
}

}  // namespace
}  // namespace chat77::server
