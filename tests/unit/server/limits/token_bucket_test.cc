#include "server/limits/token_bucket.h"

#include <gtest/gtest.h>

namespace chat77::server {
namespace {

constexpr absl::Duration kAtOnce = absl::ZeroDuration();
const SteadyTime kFilled = SteadyTime() + absl::Hours(1);
const Rate kTwoASecond{2, 10};  // one each half second, ten at once

int TakeAll(TokenBucket& bucket, const Rate& rate, SteadyTime now) {
  int taken = 0;
  while (bucket.Take(rate, now) == kAtOnce) ++taken;
  return taken;
}

TEST(TokenBucketTest, IsSmall) { EXPECT_LE(sizeof(TokenBucket), 8u); }

TEST(TokenBucketTest, HoldsTheBurstAndSaysHowLongToWait) {
  TokenBucket bucket;
  EXPECT_EQ(TakeAll(bucket, kTwoASecond, kFilled), 10);
  EXPECT_EQ(bucket.Take(kTwoASecond, kFilled), absl::Milliseconds(500));
  EXPECT_EQ(bucket.Take(kTwoASecond, kFilled, 4), absl::Seconds(2));
}

TEST(TokenBucketTest, WhatIsRefusedTakesNothing) {
  TokenBucket bucket;
  TakeAll(bucket, kTwoASecond, kFilled);
  for (int i = 0; i < 100; ++i) bucket.Take(kTwoASecond, kFilled, 3);
  EXPECT_EQ(bucket.Take(kTwoASecond, kFilled + absl::Milliseconds(500)),
            kAtOnce);
}

TEST(TokenBucketTest, FillsByTheRateUpToTheBurst) {
  TokenBucket bucket;
  TakeAll(bucket, kTwoASecond, kFilled);
  EXPECT_EQ(TakeAll(bucket, kTwoASecond, kFilled + absl::Seconds(2)), 4);
  EXPECT_FALSE(bucket.IsFull(kFilled + absl::Seconds(3)));
  EXPECT_TRUE(bucket.IsFull(kFilled + absl::Seconds(7)));
  EXPECT_EQ(TakeAll(bucket, kTwoASecond, kFilled + absl::Hours(1)), 10);
}

// An hour at the full rate: the rounding of each cost must not add up.
TEST(TokenBucketTest, KeepsTheRateOverTime) {
  const Rate thirds{3, 3};
  TokenBucket bucket;
  EXPECT_EQ(TakeAll(bucket, thirds, kFilled), 3);
  int taken = 0;
  for (int i = 1; i <= 36000; ++i) {
    taken += TakeAll(bucket, thirds, kFilled + i * absl::Milliseconds(100));
  }
  EXPECT_NEAR(taken, 3600 * 3, 1);
}

TEST(TokenBucketTest, MoreThanTheBurstNeverComes) {
  TokenBucket bucket;
  EXPECT_EQ(bucket.Take(kTwoASecond, kFilled, 11), absl::InfiniteDuration());
  EXPECT_EQ(bucket.Take(kTwoASecond, kFilled, 10), kAtOnce);
}

TEST(TokenBucketTest, ADebtIsPaidFirst) {
  TokenBucket bucket;
  bucket.Charge(kTwoASecond, kFilled, 30);
  EXPECT_EQ(bucket.Take(kTwoASecond, kFilled), absl::Milliseconds(10500));
  EXPECT_EQ(bucket.Take(kTwoASecond, kFilled + absl::Milliseconds(10500)),
            kAtOnce);
}

TEST(TokenBucketTest, WhatIsGivenBackCanBeTakenAgain) {
  TokenBucket bucket;
  TakeAll(bucket, kTwoASecond, kFilled);
  bucket.Give(kTwoASecond, 3);
  EXPECT_EQ(TakeAll(bucket, kTwoASecond, kFilled), 3);
  // But a bucket holds no more than its burst.
  bucket.Give(kTwoASecond, 1e12);
  EXPECT_EQ(TakeAll(bucket, kTwoASecond, kFilled), 10);
}

TEST(TokenBucketTest, WaitTakesNothing) {
  TokenBucket bucket;
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(bucket.Wait(kTwoASecond, kFilled), kAtOnce);
  EXPECT_EQ(TakeAll(bucket, kTwoASecond, kFilled), 10);
  EXPECT_EQ(bucket.Wait(kTwoASecond, kFilled), absl::Milliseconds(500));
}

TEST(TokenBucketTest, InfinityLimitsNothing) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Rate unlimited{infinity, infinity};
  TokenBucket bucket;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(bucket.Take(unlimited, kFilled, 1e15), kAtOnce);
  }
}

TEST(TokenBucketTest, HugeDebtsDoNotWrapAround) {
  const Rate slow{1e-9, 1e9};
  TokenBucket bucket;
  for (int i = 0; i < 100; ++i) bucket.Charge(slow, kFilled, 1e9);
  EXPECT_GT(bucket.Take(slow, kFilled), absl::ZeroDuration());
  EXPECT_FALSE(bucket.IsFull(kFilled + absl::Hours(1000000)));
}

}  // namespace
}  // namespace chat77::server
