#include "client/terminal/event_json.h"

#include <gtest/gtest.h>

namespace chat77::client {
namespace {

TEST(EventJsonTest, Said) {
  RoomSaid heard;
  heard.said.set_room("lobby");
  heard.said.set_seq(7);
  heard.said.set_time_ms(1767225600000);
  heard.said.set_alias("ann");
  heard.said.set_text("a \"b\"\n\033");
  EXPECT_EQ(EventToJson(heard), R"({"event":"said","room":"lobby","seq":7,)"
                                R"("time_ms":1767225600000,"alias":"ann",)"
                                R"("text":"a \"b\"\n\u001b"})");
}

TEST(EventJsonTest, HiddenCharactersAreWrittenOut) {
  pb::ServerNotice notice;
  notice.set_text("\x7f\u009b\u202e\u200b\U000e0041\u2028 é 🚀");
  EXPECT_EQ(EventToJson(notice),
            R"({"event":"notice","text":"\u007f\u009b\u202e\u200b)"
            R"(\udb40\udc41\u2028 é 🚀"})");
}

TEST(EventJsonTest, RequestWithdrawn) {
  pb::RequestWithdrawn withdrawn;
  withdrawn.set_alias("bob");
  withdrawn.set_reason(pb::WITHDRAWN_BY_TIME);
  EXPECT_EQ(EventToJson(withdrawn),
            R"({"event":"request_withdrawn","alias":"bob",)"
            R"("was_asking":false,"reason":"expired"})");
}

TEST(EventJsonTest, Left) {
  pb::Left left;
  left.set_alias("ann");
  left.set_room("lobby");
  left.set_reason(pb::DISCONNECTED);
  EXPECT_EQ(EventToJson(left),
            R"({"event":"left","alias":"ann","room":"lobby","time_ms":0,)"
            R"("reason":"disconnected"})");
}

TEST(EventJsonTest, PresenceChanged) {
  pb::PresenceChanged changed;
  changed.set_room("lobby");
  changed.add_joined("ann");
  changed.add_joined("\xc3\x84nne");
  EXPECT_EQ(EventToJson(changed),
            R"({"event":"presence_changed","room":"lobby",)"
            R"("joined":["ann","Änne"],"left":[]})");
  changed.clear_joined();
  changed.add_left("bob");
  EXPECT_EQ(EventToJson(changed),
            R"({"event":"presence_changed","room":"lobby",)"
            R"("joined":[],"left":["bob"]})");
}

TEST(EventJsonTest, CaughtUp) {
  EXPECT_EQ(EventToJson(CaughtUp{"lobby", 12}),
            R"({"event":"caught_up","room":"lobby","count":12})");
  EXPECT_EQ(EventToJson(PrivateGap{}), R"({"event":"private_gap"})");
}

TEST(EventJsonTest, NotEverythingIsNews) {
  EXPECT_EQ(EventToJson(Connecting{}), "");
  EXPECT_EQ(EventToJson(Replied{}), "");
}

}  // namespace
}  // namespace chat77::client
