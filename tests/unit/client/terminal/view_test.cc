#include "client/terminal/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/terminal/sanitize.h"
#include "proto/limits.h"

namespace chat77::client {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// 2026-03-14 12:51:07 UTC.
const absl::Time kNow = absl::FromUnixSeconds(1773492667);

pb::Said Said(const std::string& alias, const std::string& text,
              absl::Time time = kNow) {
  pb::Said said;
  said.set_alias(alias);
  said.set_text(text);
  said.set_time_ms(absl::ToUnixMillis(time));
  return said;
}

template <class Message>
Message About(const std::string& alias) {
  Message message;
  message.set_alias(alias);
  return message;
}

pb::RequestWithdrawn Withdrawn(bool was_asking, pb::WithdrawReason reason) {
  pb::RequestWithdrawn withdrawn;
  withdrawn.set_alias("bob");
  withdrawn.set_was_asking(was_asking);
  withdrawn.set_reason(reason);
  return withdrawn;
}

class ViewTest : public ::testing::Test {
 protected:
  View::Lines Show(const Event& event) { return view_.Show(event, kNow); }
  View view_{{.color = false, .zone = absl::UTCTimeZone()}};
};

TEST_F(ViewTest, Said) {
  EXPECT_THAT(Show(RoomSaid{Said("ann", "hello")}),
              ElementsAre("12:51 ann: hello"));
}

TEST_F(ViewTest, SeveralLinesCannotForgeAnother) {
  EXPECT_THAT(
      Show(RoomSaid{Said("ann", "one\n12:51 bob: two\r\n")}),
      ElementsAre("12:51 ann: one", "      | 12:51 bob: two", "      | "));
}

TEST_F(ViewTest, EveryLineEndIsOne) {
  EXPECT_THAT(
      Show(RoomSaid{Said("ann", "one\u2028two\u0085three\rfour\r\nfive")}),
      SizeIs(5));
}

TEST_F(ViewTest, RequestsFallAway) {
  const auto shown = [&](bool was_asking, pb::WithdrawReason reason) {
    return Show(Withdrawn(was_asking, reason)).back();
  };
  EXPECT_THAT(shown(true, pb::WITHDRAWN_BY_LEAVING), HasSubstr("bob left"));
  EXPECT_THAT(shown(false, pb::WITHDRAWN_BY_LEAVING), HasSubstr("bob left"));
  EXPECT_THAT(shown(false, pb::WITHDRAWN_BY_COMMAND),
              HasSubstr("bob took back the request"));
  EXPECT_THAT(shown(true, pb::WITHDRAWN_BY_COMMAND),
              HasSubstr("bob: your request for a private chat is taken back"));
  EXPECT_THAT(shown(true, pb::WITHDRAWN_BY_TIME),
              HasSubstr("your request has expired"));
  EXPECT_THAT(shown(false, pb::WITHDRAWN_BY_TIME),
              HasSubstr("expired unanswered"));
}

TEST_F(ViewTest, Blocked) {
  pb::ListBlockedReply reply;
  EXPECT_THAT(view_.ShowBlocked(reply),
              ElementsAre("-- You have blocked nobody."));
  reply.add_aliases("bob");
  reply.add_aliases("e\033ve");
  EXPECT_THAT(view_.ShowBlocked(reply), ElementsAre("-- Blocked: bob, e^[ve"));
}

TEST_F(ViewTest, ServerMet) {
  EXPECT_THAT(Show(ServerMet{"First connection."}),
              ElementsAre("-- First connection."));
}

TEST_F(ViewTest, AnotherDayIsAnnounced) {
  EXPECT_THAT(view_.ShowSaid(Said("ann", "x")), ElementsAre("12:51 ann: x"));
  EXPECT_THAT(view_.ShowSaid(Said("ann", "y", kNow + absl::Hours(12))),
              ElementsAre("-- 15 March 2026 --", "00:51 ann: y"));
}

TEST_F(ViewTest, ComingAndGoing) {
  auto joined = About<pb::Joined>("bob");
  joined.set_time_ms(absl::ToUnixMillis(kNow));
  EXPECT_THAT(Show(joined), ElementsAre("12:51 * bob joined"));
  auto left = About<pb::Left>("bob");
  left.set_time_ms(absl::ToUnixMillis(kNow));
  EXPECT_THAT(Show(left), ElementsAre("12:51 * bob left"));
  left.set_reason(pb::DISCONNECTED);
  EXPECT_THAT(Show(left), ElementsAre("12:51 * bob lost the connection"));
}

TEST_F(ViewTest, ManyComeAndGoInALine) {
  pb::PresenceChanged changed;
  EXPECT_THAT(Show(changed), IsEmpty());
  changed.add_joined("ann");
  EXPECT_THAT(Show(changed), ElementsAre("12:51 * ann joined"));
  changed.add_joined("bob");
  EXPECT_THAT(Show(changed), ElementsAre("12:51 * ann and bob joined"));
  changed.add_joined("cem");
  changed.add_joined("dan");
  EXPECT_THAT(Show(changed),
              ElementsAre("12:51 * ann, bob, cem and dan joined"));
  for (int i = 0; i < 36; ++i) changed.add_joined("eve");
  changed.add_left("fay");
  EXPECT_THAT(Show(changed),
              ElementsAre("12:51 * ann, bob, cem and 37 more joined",
                          "12:51 * fay left"));
}

TEST_F(ViewTest, PrivateChat) {
  EXPECT_THAT(
      Show(About<pb::PrivateRequested>("bob")),
      ElementsAre("12:51 * bob asks for a private chat: /accept or /reject"));
  EXPECT_THAT(Show(PrivateText{"bob", Said("bob", "hi")}),
              ElementsAre("12:51 [private] bob: hi"));
  EXPECT_THAT(view_.ShowPrivateSent("bob", "yes", kNow),
              ElementsAre("12:51 [private to bob] yes"));
  auto ended = About<pb::PrivateEnded>("bob");
  ended.set_reason(pb::ENDED_BY_DISCONNECT);
  EXPECT_THAT(Show(ended),
              ElementsAre("12:51 * The private chat with bob ended: they are "
                          "no longer online."));
  ended.clear_reason();
  EXPECT_THAT(Show(ended),
              ElementsAre("12:51 * The private chat with bob ended."));
}

TEST_F(ViewTest, PrivateTextsThatWaited) {
  PrivateText text{"bob", Said("bob", "hi", kNow - absl::Hours(24))};
  text.late = true;
  EXPECT_THAT(Show(text), ElementsAre("-- 13 March 2026 --",
                                      "12:51 [private, earlier] bob: hi"));
  text.own = true;
  text.said = Said("ann", "yes");
  EXPECT_THAT(Show(text), ElementsAre("-- 14 March 2026 --",
                                      "12:51 [private to bob, earlier] yes"));
  EXPECT_THAT(Show(Gap{2, 3, 4}),
              ElementsAre("-- 2 private messages were said meanwhile that are "
                          "not shown here."));
}

TEST_F(ViewTest, Reconnecting) {
  EXPECT_THAT(Show(Offline{Trouble::kTemporary, pb::CODE_UNSPECIFIED,
                           "It broke.", absl::Milliseconds(1500)}),
              ElementsAre("-- It broke. Trying again in 1.5 s."));
  Online online;
  online.again = true;
  EXPECT_THAT(Show(online), IsEmpty());
  EXPECT_THAT(Show(CaughtUp{wire::kLobby, 0}), ElementsAre("-- reconnected"));
  EXPECT_THAT(Show(CaughtUp{wire::kLobby, 1}),
              ElementsAre("-- reconnected, 1 message caught up"));
  EXPECT_THAT(Show(CaughtUp{wire::kLobby, 12}),
              ElementsAre("-- reconnected, 12 messages caught up"));
  EXPECT_THAT(Show(Connecting{3}), IsEmpty());
}

TEST_F(ViewTest, EndsThatAPersonShouldNotice) {
  Offline end{Trouble::kEnded, pb::DEVICE_REVOKED, "Revoked.", std::nullopt};
  EXPECT_THAT(View({.color = true}).Show(end, kNow),
              ElementsAre("\033[31m-- Revoked.\033[0m"));
}

TEST_F(ViewTest, Devices) {
  pb::ListDevicesReply devices;
  EXPECT_THAT(view_.ShowDevices(devices),
              ElementsAre("-- No device can resume as you."));
  pb::Device& device = *devices.add_devices();
  device.set_number(3);
  device.set_software("phone\n");
  device.set_current(true);
  const std::vector<std::string> lines = view_.ShowDevices(devices);
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_THAT(lines[0], StartsWith("-- 3: phone"));
  EXPECT_THAT(lines[0], EndsWith("1970 (this one)"));
}

TEST_F(ViewTest, Lists) {
  pb::ListOnlineReply online;
  online.add_aliases("ann");
  online.add_aliases("bob");
  online.set_total(5);
  EXPECT_THAT(view_.ShowOnline(online),
              ElementsAre("-- Online (5): ann, bob and 3 more"));
  pb::ListPrivateReply lists;
  EXPECT_THAT(view_.ShowPrivate(lists),
              ElementsAre("-- No private chats and no requests."));
  lists.add_linked("bob");
  lists.add_asked("eve");
  EXPECT_THAT(view_.ShowPrivate(lists),
              ElementsAre("-- Private chats: bob", "-- You asked: eve"));
}

TEST_F(ViewTest, ColorsTellNamesApart) {
  View view({.color = true, .zone = absl::UTCTimeZone()});
  const std::string ann = view.Name("ann");
  EXPECT_EQ(ann, view.Name("ann"));
  EXPECT_NE(NameColor("ann"), NameColor("bob"));
  EXPECT_THAT(ann, HasSubstr("\033["));
  EXPECT_THAT(view.ShowSaid(Said("ann", "x"))[0], HasSubstr(ann + ": x"));
}

// A colour is for life: other programs may show the same ones.
TEST_F(ViewTest, ColorsAreStable) {
  EXPECT_EQ(NameColor("ann"), 1);
  EXPECT_EQ(NameColor("bob"), 10);
}

// Whatever comes from others, in whichever field, no escape gets through.
TEST_F(ViewTest, HostileTextIsHarmless) {
  const std::string evil =
      "\033]0;owned\007\033[2J\xc2\x9b"
      "31m\xe2\x80\xae"
      "x\n\rforged\b\x7f";
  auto joined = About<pb::Joined>(evil);
  const PrivateText said{evil, Said(evil, evil)};
  pb::ServerNotice notice;
  notice.set_text(evil);
  pb::ListOnlineReply online;
  online.add_aliases(evil);
  pb::PresenceChanged changed;
  changed.add_joined(evil);
  changed.add_left(evil);
  std::vector<View::Lines> shown = {
      Show(RoomSaid{Said(evil, evil)}),
      Show(joined),
      Show(changed),
      Show(said),
      Show(notice),
      Show(Offline{Trouble::kRefused, pb::BAD_CREDENTIALS, evil, {}}),
      Show(Registered{evil}),
      Show(Online{evil, false, {}}),
      Show(About<pb::PrivateRequested>(evil)),
      Show(About<pb::RequestWithdrawn>(evil)),
      view_.ShowOnline(online),
      view_.ShowPrivateSent(evil, evil, kNow)};
  for (const View::Lines& lines : shown) {
    ASSERT_THAT(lines, Not(IsEmpty()));
    for (const std::string& line : lines) {
      for (const unsigned char byte : line) {
        EXPECT_FALSE(byte < 0x20 || byte == 0x7f) << line;
      }
      EXPECT_THAT(line, Not(HasSubstr("\xc2\x9b")));
      EXPECT_THAT(line, Not(HasSubstr("\xe2\x80\xae")));
    }
  }
}

struct SanitizeCase {
  const char* text;
  const char* safe;
};

void ExpectAll(const std::vector<SanitizeCase>& cases) {
  for (const SanitizeCase& c : cases) EXPECT_EQ(SanitizeLine(c.text), c.safe);
}

TEST(SanitizeTest, ShowsWhatWouldHide) {
  ExpectAll({
      {"plain", "plain"},
      {"gr\xc3\xbc\xc3\x9f \xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80",
       "gr\xc3\xbc\xc3\x9f \xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80"},
      {"a\tb", "a b"},
      {"\033[31m", "^[[31m"},
      {"\r\n\a\b", "^J^G^H"},
      {"\x7f", "^?"},
      {"\xc2\x9b", "<U+009B>"},  // CSI in one character
      {"a\xe2\x80\x8b"
       "b",
       "ab"},  // zero-width space
      {"\xe2\x80\xae"
       "txt",
       "<U+202E>txt"},               // right-to-left override
      {"\xe2\x81\xa6", "<U+2066>"},  // an isolate
      {"\xef\xbb\xbf", ""},          // byte order mark
      {"\xe2\x80\xa8", "^J"},        // line separator
      {"\xe3\x85\xa4", ""},          // Hangul filler
      {"\xf3\xa0\x81\x81", ""},      // a tag
      {"\xee\x80\x80", "<U+E000>"},  // private use
      {"\xff\xc3", "\xef\xbf\xbd\xef\xbf\xbd"},
      {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
      {"e\xcc\x81", "e\xcc\x81"},  // a mark belongs to its letter
      {"\xe2\x9d\xa4\xef\xb8\x8f", "\xe2\x9d\xa4\xef\xb8\x8f"},  // a heart
  });
}

TEST(SanitizeTest, ManyMarksGo) {
  std::string zalgo = "a", eight = "a";
  for (int i = 0; i < 20; ++i) zalgo += "\u0301";
  for (int i = 0; i < 8; ++i) eight += "\u0301";
  EXPECT_EQ(SanitizeLine(zalgo), eight);
}

}  // namespace
}  // namespace chat77::client
