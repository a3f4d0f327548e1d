#include "client/terminal/sanction_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/terminal/time_span.h"

namespace chat77::client {
namespace {

using ::testing::ElementsAre;

TEST(SanctionLinesTest, EachIsOneLine) {
  pb::ListSanctionsReply reply;
  pb::Sanction& mute = *reply.add_sanctions();
  mute.set_number(3);
  mute.set_kind(pb::Sanction::MUTE);
  mute.set_target("bob");
  mute.set_by("ann");
  mute.set_reason("spam\n\033[2J");
  mute.set_expires_ms(1773492660000);
  pb::Sanction& ban = *reply.add_sanctions();
  ban.set_number(4);
  ban.set_kind(pb::Sanction::BAN_NETWORK);
  ban.set_target("192.0.2.0/24");
  ban.set_by("ann");
  EXPECT_THAT(
      SanctionLines(reply, absl::UTCTimeZone()),
      ElementsAre("-- 3: bob is muted by ann until 14 March 2026 12:51: "
                  "spam^J^[[2J",
                  "-- 4: 192.0.2.0/24 (a network) is banned by ann until it is "
                  "lifted"));
}

TEST(SanctionLinesTest, None) {
  EXPECT_THAT(SanctionLines({}, absl::UTCTimeZone()),
              ElementsAre("-- No mute and no ban is in force."));
}

TEST(SanctionLinesTest, Made) {
  EXPECT_EQ(SanctionMade("bob", "is muted", 600, 3),
            "bob is muted for 10 minutes (/lift 3 ends it).");
  EXPECT_EQ(SanctionMade("bob", "is banned", 0, 4),
            "bob is banned until it is lifted (/lift 4).");
}

TEST(TimeSpanTest, IsNumberAndUnit) {
  EXPECT_EQ(ParseTimeSpan("90s"), 90u);
  EXPECT_EQ(ParseTimeSpan("10m"), 600u);
  EXPECT_EQ(ParseTimeSpan("7d"), 604800u);
  EXPECT_EQ(ParseTimeSpan("2w"), 1209600u);
  for (const char* text : {"", "10", "m", "0m", "-1m", "1x", "1hh", "1 h",
                           "99999999999999999999d", "9999w"}) {
    EXPECT_EQ(ParseTimeSpan(text), std::nullopt) << text;
  }
}

TEST(TimeSpanTest, IsShownInItsLargestUnit) {
  EXPECT_EQ(ShowTimeSpan(1), "1 second");
  EXPECT_EQ(ShowTimeSpan(90), "90 seconds");
  EXPECT_EQ(ShowTimeSpan(7200), "2 hours");
  EXPECT_EQ(ShowTimeSpan(86400), "1 day");
}

}  // namespace
}  // namespace chat77::client
