#include "client/terminal/event_json.h"

#include <gtest/gtest.h>

#include "proto/limits.h"

namespace chat77::client {
namespace {

TEST(EventJsonTest, Said) {
  RoomSaid heard;
  heard.said.set_room(wire::kLobby);
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
  left.set_room(wire::kLobby);
  left.set_reason(pb::DISCONNECTED);
  EXPECT_EQ(EventToJson(left),
            R"({"event":"left","alias":"ann","room":"lobby","time_ms":0,)"
            R"("reason":"disconnected"})");
}

TEST(EventJsonTest, PresenceChanged) {
  pb::PresenceChanged changed;
  changed.set_room(wire::kLobby);
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
  EXPECT_EQ(EventToJson(CaughtUp{wire::kLobby, 12}),
            R"({"event":"caught_up","room":"lobby","count":12})");
}

TEST(EventJsonTest, PrivateText) {
  PrivateText text;
  text.alias = "bob";
  text.said.set_room(7);
  text.said.set_time_ms(5);
  text.said.set_text("psst");
  EXPECT_EQ(EventToJson(text),
            R"({"event":"private_said","alias":"bob","time_ms":5,)"
            R"("text":"psst"})");
  text.own = text.late = true;
  EXPECT_EQ(EventToJson(text),
            R"({"event":"private_said","alias":"bob","time_ms":5,)"
            R"("text":"psst","own":true,"late":true})");
}

TEST(EventJsonTest, Gap) {
  EXPECT_EQ(EventToJson(Gap{wire::kLobby, 2, 5}),
            R"({"event":"gap","room":"lobby","from_seq":2,"to_seq":5})");
  EXPECT_EQ(EventToJson(Gap{7, 2, 5}),
            R"({"event":"gap","from_seq":2,"to_seq":5})");
}

TEST(EventJsonTest, NotEverythingIsNews) {
  EXPECT_EQ(EventToJson(Connecting{}), "");
  EXPECT_EQ(EventToJson(Replied{}), "");
}

}  // namespace
}  // namespace chat77::client
