#include "proto/stranger_pool.h"

#include <gtest/gtest.h>
#include <random>
#include <string>

namespace chat77::wire {
namespace {

using Verdict = StrangerPool::Verdict;

constexpr StrangerLimits kSmall{4, 2};

TEST(StrangerPoolTest, AdmitsSoManyFromOnePlace) {
  StrangerPool pool(kSmall);
  EXPECT_EQ(pool.Admit(1, "a").verdict, Verdict::kAdmitted);
  EXPECT_EQ(pool.Admit(2, "a").verdict, Verdict::kAdmitted);
  const auto third = pool.Admit(3, "a");
  EXPECT_EQ(third.verdict, Verdict::kTooManyThere);
  EXPECT_FALSE(third.gives_way);
  EXPECT_FALSE(pool.Contains(3));
  EXPECT_EQ(pool.Admit(4, "b").verdict, Verdict::kAdmitted);
  pool.Leave(1);
  EXPECT_EQ(pool.Admit(5, "a").verdict, Verdict::kAdmitted);
  EXPECT_EQ(pool.from("a"), 2u);
}

TEST(StrangerPoolTest, TheOldestGivesWayWhenItIsFull) {
  StrangerPool pool(kSmall);
  pool.Admit(1, "a");
  pool.Admit(2, "b");
  pool.Admit(3, "c");
  pool.Admit(4, "d");
  const auto fifth = pool.Admit(5, "e");
  EXPECT_EQ(fifth.verdict, Verdict::kAdmitted);
  EXPECT_EQ(fifth.gives_way, 1u);
  EXPECT_FALSE(pool.Contains(1));
  EXPECT_EQ(pool.size(), 4u);
}

// Who holds many places loses them first, though another came earlier.
TEST(StrangerPoolTest, ItGivesWayWhereMostAre) {
  StrangerPool pool(kSmall);
  pool.Admit(1, "honest");
  pool.Admit(2, "a");
  pool.Admit(3, "b");
  pool.Admit(4, "b");
  EXPECT_EQ(pool.Admit(5, "c").gives_way, 3u);
  EXPECT_EQ(pool.Admit(6, "d").gives_way, 1u);  // now each has one
}

TEST(StrangerPoolTest, WhoIsServedDoesNotGiveWay) {
  StrangerPool pool(kSmall);
  for (uint64_t id = 1; id <= 4; ++id) {
    pool.Admit(id, std::string(1, static_cast<char>('a' + id)));
    pool.Busy(id, true);
  }
  EXPECT_EQ(pool.Admit(5, "z").verdict, Verdict::kAllBusy);
  pool.Busy(3, false);
  EXPECT_EQ(pool.Admit(5, "z").gives_way, 3u);
}

TEST(StrangerPoolTest, KnowsNothingOfOthers) {
  StrangerPool pool(kSmall);
  pool.Leave(9);
  pool.Busy(9, true);
  EXPECT_EQ(pool.size(), 0u);
  EXPECT_EQ(pool.from("a"), 0u);
}

// Whatever comes: never more than allowed, and the counts are those of who is
// in.
TEST(StrangerPoolTest, StaysWithinItsLimits) {
  StrangerPool pool({16, 3});
  std::mt19937 random(3);
  for (uint64_t id = 1; id <= 20000; ++id) {
    const std::string group(1, static_cast<char>('a' + random() % 12));
    const auto admitted = pool.Admit(id, group);
    EXPECT_EQ(pool.Contains(id), admitted.verdict == Verdict::kAdmitted);
    pool.Busy(id - random() % 30, random() % 2 == 0);
    pool.Leave(id - random() % 30);
    ASSERT_LE(pool.size(), 16u);
    size_t sum = 0;
    for (char c = 'a'; c < 'm'; ++c) {
      ASSERT_LE(pool.from(std::string(1, c)), 3u);
      sum += pool.from(std::string(1, c));
    }
    ASSERT_EQ(sum, pool.size());
  }
}

}  // namespace
}  // namespace chat77::wire
