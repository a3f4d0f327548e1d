#include "server/limits/moment.h"

#include <gtest/gtest.h>
#include <type_traits>

namespace chat77::server {
namespace {

// What the type is for.
static_assert(!std::is_convertible_v<absl::Time, SteadyTime>);
static_assert(!std::is_convertible_v<SteadyTime, absl::Time>);
static_assert(!std::is_convertible_v<absl::Duration, SteadyTime>);

TEST(SteadyTimeTest, GoesForwardByDurations) {
  const SteadyTime zero;
  const SteadyTime later = zero + absl::Seconds(5);
  EXPECT_EQ(later.since_zero(), absl::Seconds(5));
  EXPECT_EQ(later - zero, absl::Seconds(5));
  EXPECT_EQ(later - absl::Seconds(5), zero);
  EXPECT_LT(zero, later);
  EXPECT_GE(later, later);
}

TEST(SteadyTimeTest, NeverAndAlwaysStayWhatTheyAre) {
  const SteadyTime now = SteadyTime() + absl::Hours(1);
  EXPECT_LT(now, SteadyTime::Never());
  EXPECT_LT(SteadyTime::Always(), now);
  EXPECT_EQ(SteadyTime::Never() - absl::Hours(1), SteadyTime::Never());
  EXPECT_EQ(SteadyTime::Always() + absl::Hours(1), SteadyTime::Always());
}

TEST(MomentTest, BothClocksGoOn) {
  const Moment moment{absl::UnixEpoch(), SteadyTime() + absl::Hours(7)};
  const Moment later = moment + absl::Seconds(1);
  EXPECT_EQ(later.wall - moment.wall, absl::Seconds(1));
  EXPECT_EQ(later.steady - moment.steady, absl::Seconds(1));
}

}  // namespace
}  // namespace chat77::server
