#include "client/core/reconnect_delay.h"

#include <gtest/gtest.h>

namespace chat77::client {
namespace {

constexpr absl::Duration kNoHint = absl::ZeroDuration();

class ReconnectDelayTest : public ::testing::Test {
 protected:
  void BeOnlineFor(absl::Duration time) {
    delay_.OnOnline(now_);
    now_ += time;
    delay_.OnOffline(now_);
  }
  absl::Duration Next(double random = 0, absl::Duration hint = kNoHint,
                      bool exact = false) {
    return delay_.Next(random, hint, exact);
  }

  absl::Time now_ = absl::FromUnixSeconds(1000);
  ReconnectDelay delay_{ReconnectOptions()};
};

TEST_F(ReconnectDelayTest, GrowsFromOneToTenSeconds) {
  for (const int seconds : {1, 2, 4, 8, 10, 10}) {
    EXPECT_EQ(Next(), absl::Seconds(seconds));
  }
  EXPECT_EQ(delay_.attempt(), 7);
}

TEST_F(ReconnectDelayTest, NeverOverflows) {
  for (int i = 0; i < 100; ++i) Next();
  EXPECT_EQ(Next(), absl::Seconds(10));
}

TEST_F(ReconnectDelayTest, IsQuickOnceAfterAStableConnection) {
  Next();
  Next();
  BeOnlineFor(absl::Seconds(10));
  EXPECT_EQ(delay_.attempt(), 1);
  EXPECT_EQ(Next(0.5), absl::Milliseconds(200));
  EXPECT_EQ(Next(), absl::Seconds(1));
  delay_.OnOffline(now_ + absl::Hours(1));
  EXPECT_EQ(Next(), absl::Seconds(2)) << "it was not online since";
}

TEST_F(ReconnectDelayTest, UnstableConnectionDoesNotCount) {
  Next();
  BeOnlineFor(absl::Seconds(9));
  EXPECT_EQ(Next(), absl::Seconds(2));
}

TEST_F(ReconnectDelayTest, ExactHintIsTakenAsItIs) {
  Next();
  EXPECT_EQ(Next(0.9, absl::Milliseconds(70), true), absl::Milliseconds(70));
  EXPECT_EQ(Next(), absl::Seconds(2)) << "then the usual";
  EXPECT_EQ(Next(0, kNoHint, true), absl::Seconds(4)) << "no hint";
}

TEST_F(ReconnectDelayTest, OtherHintIsTheLeast) {
  EXPECT_EQ(Next(0, absl::Milliseconds(70)), absl::Seconds(1));
  EXPECT_EQ(Next(0, absl::Seconds(7)), absl::Seconds(7));
}

}  // namespace
}  // namespace chat77::client
