#include "server/storage/calendar.h"

#include <gtest/gtest.h>

namespace chat77::server {
namespace {

const Moment kStarted{absl::FromUnixSeconds(1'700'000'000),
                      SteadyTime() + absl::Hours(7)};

TEST(CalendarTest, BeginsWithTheWallClockAndGoesOnByTheSteadyOne) {
  const Calendar calendar(kStarted);
  EXPECT_EQ(calendar.At(kStarted.steady), kStarted.wall);
  const Moment later = kStarted + absl::Hours(40);
  EXPECT_EQ(calendar.At(later.steady), later.wall);
  EXPECT_EQ(calendar.When(later.wall), later.steady);
  EXPECT_EQ(calendar.When(kStarted.wall - absl::Hours(9)),
            kStarted.steady - absl::Hours(9));
}

// A machine without a battery starts in 1970.
TEST(CalendarTest, BeginsBehindWhatIsStored) {
  const absl::Time newest = kStarted.wall + absl::Hours(1);
  EXPECT_EQ(Calendar(kStarted, newest).At(kStarted.steady), newest);
  const Calendar calendar(kStarted, kStarted.wall - absl::Hours(1));
  EXPECT_EQ(calendar.At(kStarted.steady), kStarted.wall);
}

}  // namespace
}  // namespace chat77::server
