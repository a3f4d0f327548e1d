#include "server/limits/rate_table.h"

#include <gtest/gtest.h>
#include <map>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"

namespace chat77::server {
namespace {

constexpr absl::Duration kNow = absl::ZeroDuration();
const SteadyTime kStart = SteadyTime() + absl::Hours(1);
const HashKey kKey = {7, 7};
const Rate kRate{1, 5};

int TakeAll(RateTable& table, std::string_view key, SteadyTime now) {
  int taken = 0;
  while (table.Take(key, now) == kNow) ++taken;
  return taken;
}

TEST(RateTableTest, EachKeyHasItsBucket) {
  RateTable table(kRate, 64, kKey);
  EXPECT_EQ(TakeAll(table, "ann", kStart), 5);
  EXPECT_EQ(TakeAll(table, "bob", kStart), 5);
  EXPECT_EQ(table.Take("ann", kStart), absl::Seconds(1));
  EXPECT_EQ(table.Wait("bob", kStart), absl::Seconds(1));
  EXPECT_EQ(table.Wait("cleo", kStart), kNow);
  EXPECT_EQ(table.size(), 2u);
}

TEST(RateTableTest, GivesBackAndCharges) {
  RateTable table(kRate, 64, kKey);
  TakeAll(table, "ann", kStart);
  table.Give("ann", kStart, 2);
  table.Give("nobody", kStart, 2);
  EXPECT_EQ(TakeAll(table, "ann", kStart), 2);
  table.Charge("ann", kStart, 10);
  EXPECT_EQ(table.Wait("ann", kStart), absl::Seconds(11));
  EXPECT_EQ(table.size(), 1u);
}

TEST(RateTableTest, IsNeverLargerThanAsked) {
  RateTable table(kRate, 1000, kKey);
  EXPECT_EQ(table.most(), 1024u);
  for (int i = 0; i < 100000; ++i) table.Take(absl::StrCat(i), kStart);
  EXPECT_EQ(table.size(), 1024u);
  EXPECT_GE(RateTable(kRate, 0, kKey).most(), 1u);
}

TEST(RateTableTest, FullBucketsServeOthers) {
  RateTable table(kRate, RateTable::kWays, kKey);
  SteadyTime now = kStart;
  for (int i = 0; i < 1000; ++i, now += absl::Seconds(5)) {
    EXPECT_EQ(TakeAll(table, absl::StrCat(i), now), 5) << i;
  }
}

// The one nearest to full gives way: who has used up the most is kept.
TEST(RateTableTest, WhoTookMuchIsRememberedAmongStrangers) {
  RateTable table(kRate, RateTable::kWays, kKey);
  TakeAll(table, "thief", kStart);
  for (int i = 0; i < 20; ++i) table.Take(absl::StrCat(i), kStart);
  EXPECT_EQ(table.Take("thief", kStart), absl::Seconds(1));
}

// The promise of the header: a flood of keys lets nobody have more than the
// rate, against a count without limits of its own.
TEST(RateTableTest, AFloodForgivesNobody) {
  RateTable table(kRate, 2 * RateTable::kWays, kKey);
  std::map<std::string, TokenBucket> exact;
  std::mt19937 random(1);
  int more_careful = 0;
  for (int i = 0; i < 200000; ++i) {
    const SteadyTime now = kStart + i * absl::Milliseconds(20);
    // A few who try again and again among many who come once or twice.
    const unsigned who = random() % 4 == 0 ? random() % 4 : random() % 5000;
    const std::string key = absl::StrCat(who);
    const absl::Duration exactly = exact[key].Wait(kRate, now);
    if (table.Take(key, now) == kNow) {
      ASSERT_EQ(exactly, kNow) << "key " << key << " at " << i;
      exact[key].Take(kRate, now);
    } else if (exactly == kNow) {
      ++more_careful;
    }
  }
  EXPECT_GT(more_careful, 0);  // else nothing was flooded
}

TEST(RateTableTest, NewcomersHaveWhatIsLeftOfTheLeastUsed) {
  RateTable table(kRate, RateTable::kWays, kKey);
  for (int i = 0; i < 8; ++i) TakeAll(table, absl::StrCat(i), kStart);
  // Everything here is used up, and nobody is pushed out by who is refused.
  EXPECT_EQ(table.Take("new", kStart), absl::Seconds(1));
  EXPECT_EQ(TakeAll(table, "new", kStart + absl::Seconds(2)), 2);
}

// With half of the buckets in use hardly anybody meets a full set.
TEST(RateTableTest, HalfFullServesEverybody) {
  RateTable table(kRate, 4096, kKey);
  int refused = 0;
  for (int i = 0; i < 2048; ++i) {
    for (int take = 0; take < 3; ++take) {
      if (table.Take(absl::StrCat("host", i), kStart) != kNow) ++refused;
    }
  }
  EXPECT_LT(refused, 2048 / 50);
}

TEST(RateTableTest, KeysAreHashedWithASecret) {
  EXPECT_NE(RandomHashKey(), RandomHashKey());
  // Other keys, other places: the same keys collide elsewhere.
  const auto survivors = [](const HashKey& key) {
    RateTable table(kRate, 2 * RateTable::kWays, key);
    std::string waits;
    for (int i = 0; i < 40; ++i) table.Take(absl::StrCat(i), kStart, 1 + i % 5);
    for (int i = 0; i < 40; ++i) {
      absl::StrAppend(&waits, table.Wait(absl::StrCat(i), kStart) == kNow);
    }
    return waits;
  };
  EXPECT_EQ(survivors(kKey), survivors(kKey));
  EXPECT_NE(survivors(kKey), survivors(HashKey{1, 2, 3}));
}

}  // namespace
}  // namespace chat77::server
