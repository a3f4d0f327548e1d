#include "server/net/memory_guard.h"

#include <gtest/gtest.h>
#include <memory>

namespace chat77::server {
namespace {

constexpr size_t kMega = 1024 * 1024;

TEST(MemoryGuardTest, RefusesMoreTheMoreIsUsed) {
  MemoryGuard guard(100 * kMega);
  EXPECT_EQ(guard.Judge(79 * kMega), Overload::kNone);
  EXPECT_EQ(guard.Judge(81 * kMega), Overload::kConnections);
  EXPECT_EQ(guard.Judge(91 * kMega), Overload::kLogins);
  EXPECT_EQ(guard.Judge(300 * kMega), Overload::kLogins);
}

TEST(MemoryGuardTest, LetsInAgainOnlyWellBelow) {
  MemoryGuard guard(100 * kMega);
  guard.Judge(91 * kMega);
  EXPECT_EQ(guard.Judge(86 * kMega), Overload::kLogins);
  EXPECT_EQ(guard.Judge(84 * kMega), Overload::kConnections);
  EXPECT_EQ(guard.Judge(76 * kMega), Overload::kConnections);
  EXPECT_EQ(guard.Judge(74 * kMega), Overload::kNone);
  EXPECT_EQ(guard.Judge(79 * kMega), Overload::kNone);
}

TEST(MemoryGuardTest, GivesBackNowAndThen) {
  MemoryGuard guard(100 * kMega);
  const absl::Time now = absl::UnixEpoch() + absl::Hours(1);
  EXPECT_TRUE(guard.ShouldTrim(61 * kMega, now));
  EXPECT_FALSE(guard.ShouldTrim(61 * kMega, now + absl::Seconds(4)));
  EXPECT_TRUE(guard.ShouldTrim(61 * kMega, now + absl::Seconds(6)));
}

TEST(MemoryGuardTest, GivesBackLessOftenWhileThereIsEnough) {
  MemoryGuard guard(100 * kMega);
  const absl::Time now = absl::UnixEpoch() + absl::Hours(1);
  EXPECT_TRUE(guard.ShouldTrim(59 * kMega, now));
  EXPECT_FALSE(guard.ShouldTrim(59 * kMega, now + absl::Seconds(9)));
  EXPECT_TRUE(guard.ShouldTrim(59 * kMega, now + absl::Seconds(11)));
}

TEST(MemoryGuardTest, MeasuresWhatIsUsed) {
  const auto before = MeasuredBytes();
  ASSERT_TRUE(before);
  const size_t size = 64 * kMega;
  const auto block = std::make_unique<char[]>(size);
  // Written to for certain: a compiler may do without a block nobody reads.
  volatile char* bytes = block.get();
  for (size_t i = 0; i < size; i += 4096) bytes[i] = 1;
  EXPECT_GT(*MeasuredBytes(), *before + size / 10 * 9);
}

}  // namespace
}  // namespace chat77::server
