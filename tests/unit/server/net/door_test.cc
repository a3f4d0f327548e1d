#include "server/net/door.h"

#include <gtest/gtest.h>
#include <string>

#include "absl/strings/str_cat.h"

namespace chat77::server {
namespace {

using Verdict = Door::Verdict;
const SteadyTime kStart = SteadyTime() + absl::Hours(1);

class DoorTest : public ::testing::Test {
 protected:
  static DoorOptions Small() {
    DoorOptions options;
    options.strangers = {6, 3};
    options.rate = {1, 10};
    options.per_address = 5;
    return options;
  }
  Door::Answer Knock(const std::string& host, SteadyTime now = kStart) {
    return door_.Knock(SessionId{++last_}, host, now);
  }
  SessionId last() const { return SessionId{last_}; }

  Door door_{Small()};
  uint64_t last_ = 0;
};

TEST_F(DoorTest, LimitsAllButTheNetworksThatAreExempt) {
  EXPECT_FALSE(door_.Limits("127.0.0.1"));
  EXPECT_FALSE(door_.Limits("::1"));
  EXPECT_TRUE(door_.Limits("192.0.2.1"));
  EXPECT_TRUE(door_.Limits("2001:db8::1"));
  EXPECT_FALSE(door_.Limits("local"));  // the end of a socket pair
  DoorOptions none;
  none.unlimited = *wire::NetworkList::Parse("none");
  EXPECT_TRUE(Door(none).Limits("127.0.0.1"));
}

TEST_F(DoorTest, SomeFromOneAddressMayBeStrangers) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Knock("192.0.2.1").verdict, Verdict::kOpen);
  }
  const auto fourth = Knock("192.0.2.1");
  EXPECT_EQ(fourth.verdict, Verdict::kStrangersThere);
  EXPECT_FALSE(fourth.sentence.empty());
  EXPECT_GT(fourth.retry_after, absl::ZeroDuration());
  EXPECT_EQ(Knock("192.0.2.2").verdict, Verdict::kOpen);
  door_.Passed(SessionId{1}, Passage::kLoggedIn);
  EXPECT_EQ(Knock("192.0.2.1").verdict, Verdict::kOpen);
}

// Whoever has one address of a /64 has them all.
TEST_F(DoorTest, AnIpv6NetworkIsOneAddress) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Knock(absl::StrCat("2001:db8::", i + 1)).verdict, Verdict::kOpen);
  }
  EXPECT_EQ(Knock("2001:db8::ffff").verdict, Verdict::kStrangersThere);
  EXPECT_EQ(Knock("2001:db8:0:1::1").verdict, Verdict::kOpen);
}

TEST_F(DoorTest, ConnectionsOfAnAddressAreCountedLoggedInOrNot) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Knock("192.0.2.1").verdict, Verdict::kOpen);
    door_.Passed(last(), Passage::kLoggedIn);
  }
  EXPECT_EQ(Knock("192.0.2.1").verdict, Verdict::kTooManyThere);
  door_.Passed(SessionId{2}, Passage::kGone);
  EXPECT_EQ(Knock("192.0.2.1").verdict, Verdict::kOpen);
}

TEST_F(DoorTest, AnAddressMayNotConnectTooOften) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Knock("192.0.2.1").verdict, Verdict::kOpen);
    door_.Passed(last(), Passage::kGone);
  }
  const auto next = Knock("192.0.2.1");
  EXPECT_EQ(next.verdict, Verdict::kTooFast);
  EXPECT_EQ(next.retry_after, absl::Seconds(1));
  EXPECT_EQ(Knock("192.0.2.1", kStart + absl::Seconds(1)).verdict,
            Verdict::kOpen);
}

TEST_F(DoorTest, TheOldestStrangerGivesWay) {
  for (int i = 1; i <= 6; ++i) Knock(absl::StrCat("192.0.2.", i));
  door_.Passed(SessionId{1}, Passage::kBusy);
  const auto seventh = Knock("192.0.2.7");
  EXPECT_EQ(seventh.verdict, Verdict::kOpen);
  EXPECT_EQ(seventh.gives_way, SessionId{2});
  door_.Passed(SessionId{1}, Passage::kIdle);
  EXPECT_EQ(Knock("192.0.2.8").gives_way, SessionId{1});
  EXPECT_EQ(door_.strangers(), 6u);
}

TEST_F(DoorTest, WhenAllAreServedNobodyGivesWay) {
  for (int i = 1; i <= 6; ++i) {
    Knock(absl::StrCat("192.0.2.", i));
    door_.Passed(last(), Passage::kBusy);
  }
  EXPECT_EQ(Knock("192.0.2.7").verdict, Verdict::kAllBusy);
}

TEST_F(DoorTest, ForgetsWhoIsGone) {
  for (int i = 1; i <= 200; ++i) {
    Knock(absl::StrCat("192.0.2.", i));
    if (i % 2 == 0) door_.Passed(last(), Passage::kLoggedIn);
    door_.Passed(last(), Passage::kGone);
    door_.Passed(last(), Passage::kGone);  // told twice, counted once
  }
  EXPECT_EQ(door_.strangers(), 0u);
  EXPECT_EQ(door_.connections(), 0u);
}

}  // namespace
}  // namespace chat77::server
