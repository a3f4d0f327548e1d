#include "store/legacy_json/local_time.h"

#include <gtest/gtest.h>

namespace chat77::store {
namespace {

TEST(LocalTimeTest, ReadsWhatItWrites) {
  const absl::TimeZone zone = absl::FixedTimeZone(-5 * 60 * 60);
  const absl::Time time = absl::FromUnixSeconds(1773485467);
  EXPECT_EQ(FormatLocalTime(time, zone), "2026-03-14 05:51:07");
  EXPECT_EQ(ParseLocalTime("2026-03-14 05:51:07", zone), time);
  EXPECT_EQ(FormatLocalTime(time + absl::Milliseconds(999), zone),
            "2026-03-14 05:51:07");
}

TEST(LocalTimeTest, RefusesEverythingElse) {
  for (const char* text :
       {"", "2026-03-14", "2026-03-14T05:51:07", "2026-3-14 05:51:07",
        "2026-03-14 05:51:07Z", " 2026-03-14 05:51:07", "2026-02-29 00:00:00",
        "2026-13-01 00:00:00", "2026-00-01 00:00:00", "2026-01-01 24:00:00",
        "2026-01-01 00:60:00", "2026-01-01 00:00:60", "2026-01-0a 00:00:00"}) {
    EXPECT_FALSE(ParseLocalTime(text, absl::UTCTimeZone()).has_value()) << text;
  }
  EXPECT_TRUE(
      ParseLocalTime("2024-02-29 23:59:59", absl::UTCTimeZone()).has_value());
}

}  // namespace
}  // namespace chat77::store
