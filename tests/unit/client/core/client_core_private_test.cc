// ClientCore and private chats: the direct rooms of an account, over several
// connections.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/client_core.h"
#include "proto/limits.h"

namespace chat77::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kRoom = 7;

class ClientCorePrivateTest : public ::testing::Test {
 protected:
  Moment Now() const { return {now_, 0, now_}; }
  void Wait(absl::Duration time) {
    now_ += time;
    core_.OnDeadline(Now());
  }
  void Receive(const pb::ServerFrame& frame) { core_.OnFrame(frame, Now()); }
  std::optional<pb::ClientFrame> Sent() {
    while (auto order = core_.PollOrder()) {
      if (auto* frame = std::get_if<pb::ClientFrame>(&*order)) return *frame;
    }
    return std::nullopt;
  }
  // The texts that were told since: "3 hi", "4 own hi", "5 late hi"; "reply 2"
  // for replies.
  std::vector<std::string> Told() {
    std::vector<std::string> told;
    while (auto event = core_.PollEvent()) {
      if (auto* text = std::get_if<PrivateText>(&*event)) {
        EXPECT_EQ(text->alias, "Bob");
        EXPECT_EQ(text->said.room(), kRoom);
        told.push_back(std::to_string(text->said.seq()) +
                       (text->own ? " own" : "") + (text->late ? " late" : "") +
                       " " + text->said.text());
      } else if (auto* replied = std::get_if<Replied>(&*event)) {
        told.push_back("reply " +
                       std::to_string(replied->frame.send_private().seq()));
      }
    }
    return told;
  }

  void State(uint64_t seq, uint64_t read) {
    pb::RoomState& room = *rooms_.Add();
    room.set_room(kRoom);
    room.set_kind(pb::DIRECT);
    room.set_epoch(9);
    room.set_seq(seq);
    room.set_read(read);
    room.set_alias("Bob");
  }
  // Greets, and answers the Login or Resume with the direct rooms so far.
  void Enter() {
    core_.OnConnected(Now());
    pb::ServerFrame frame;
    frame.set_reply_to(1);
    frame.mutable_hello()->set_features(pb::FEATURE_RESUME);
    Receive(frame);
    const auto sent = Sent();
    ASSERT_TRUE(sent);
    frame.Clear();
    frame.set_reply_to(sent->request_id());
    pb::LoginReply& reply =
        sent->has_resume() ? *frame.mutable_resume() : *frame.mutable_login();
    if (sent->has_login()) reply.set_device_token("token");
    reply.set_alias("Ann");
    pb::RoomState& lobby = *reply.add_rooms();
    lobby.set_room(wire::kLobby);
    lobby.set_kind(pb::LOBBY);
    lobby.set_epoch(9);
    reply.mutable_rooms()->MergeFrom(rooms_);
    rooms_.Clear();
    Receive(frame);
    ASSERT_EQ(core_.state(), State::kOnline);
  }
  void Start() {
    core_.Start(Credentials{"ann", "secret"}, Now());
    Enter();
  }
  void Break() { core_.OnClosed(pb::CODE_UNSPECIFIED, "It broke.", Now()); }
  void ComeBack() {
    Wait(absl::Seconds(1));
    Enter();
  }

  void Hear(uint64_t seq, const std::string& text = "hi") {
    pb::ServerFrame frame;
    pb::PrivateSaid& said = *frame.mutable_private_said();
    said.set_alias("Bob");
    said.set_text(text);
    said.set_room(kRoom);
    said.set_epoch(9);
    said.set_seq(seq);
    Receive(frame);
  }
  uint64_t Send(const std::string& text, const std::string& to = "bob") {
    pb::ClientFrame frame;
    frame.mutable_send_private()->set_alias(to);
    frame.mutable_send_private()->set_text(text);
    return core_.Send(frame, Now());
  }
  void Confirm(uint64_t id, uint64_t seq) {
    pb::ServerFrame reply;
    reply.set_reply_to(id);
    reply.mutable_send_private()->set_alias("Bob");
    reply.mutable_send_private()->set_room(kRoom);
    reply.mutable_send_private()->set_epoch(9);
    reply.mutable_send_private()->set_seq(seq);
    Receive(reply);
  }
  // Answers the FetchHistory that was sent with entries, each the author's
  // name, `#` for the end of a link.
  void Turn(const pb::ClientFrame& asked,
            const std::vector<std::string>& authors, bool more = false) {
    ASSERT_TRUE(asked.has_fetch_history());
    EXPECT_EQ(asked.fetch_history().room(), kRoom);
    pb::ServerFrame reply;
    reply.set_reply_to(asked.request_id());
    uint64_t seq = asked.fetch_history().after_seq();
    for (const std::string& author : authors) {
      pb::Said& said = *reply.mutable_fetch_history()->add_messages();
      said.set_seq(++seq);
      said.set_alias(author);
      said.set_text("hi");
      if (author == "#") said.set_kind(pb::ENDED);
    }
    reply.mutable_fetch_history()->set_more(more);
    Receive(reply);
  }
  void Answer(const pb::ClientFrame& mark_read) {
    pb::ServerFrame reply;
    reply.set_reply_to(mark_read.request_id());
    reply.mutable_mark_read();
    Receive(reply);
  }

  ClientCore core_{CoreOptions{.server = "127.0.0.1:7700"}};
  absl::Time now_ = absl::FromUnixSeconds(1000);
  google::protobuf::RepeatedPtrField<pb::RoomState> rooms_;
};

TEST_F(ClientCorePrivateTest, TextsThatWaitedAreToldAtTheFirstLogin) {
  State(/*seq=*/4, /*read=*/1);
  Start();
  const auto page = Sent();
  ASSERT_TRUE(page);
  Hear(5);
  EXPECT_EQ(page->fetch_history().after_seq(), 1u);
  Turn(*page, {"Bob", "Ann"}, /*more=*/true);
  Turn(Sent().value_or(pb::ClientFrame()), {"Bob"});
  EXPECT_THAT(Told(),
              ElementsAre("2 late hi", "3 own late hi", "4 late hi", "5 hi"));
  Hear(4);
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(ClientCorePrivateTest, ALaterLoginBringsWhatWasMissed) {
  State(1, 1);
  Start();
  EXPECT_FALSE(Sent());
  Hear(2);
  Break();
  State(4, 2);
  ComeBack();
  const auto page = Sent();
  ASSERT_TRUE(page);
  EXPECT_EQ(page->fetch_history().after_seq(), 2u);
  Turn(*page, {"Bob", "Bob"});
  EXPECT_THAT(Told(), ElementsAre("2 hi", "3 late hi", "4 late hi"));
}

TEST_F(ClientCorePrivateTest, ARoomOfALaterLoginBeginsWhereItWasRead) {
  Start();
  Break();
  State(3, 1);
  ComeBack();
  Turn(Sent().value_or(pb::ClientFrame()), {"Bob", "Bob"});
  EXPECT_THAT(Told(), ElementsAre("2 late hi", "3 late hi"));
}

// It was carried out the first time: history has it, and its reply comes
// behind.
TEST_F(ClientCorePrivateTest, AnUnansweredTextIsToldByItsReplyAlone) {
  State(1, 1);
  Start();
  const uint64_t id = Send("psst");
  const auto before = Sent();
  ASSERT_TRUE(before && before->has_send_private());
  Break();
  State(4, 1);
  ComeBack();
  const auto page = Sent();
  ASSERT_TRUE(page);
  const auto again = Sent();
  ASSERT_TRUE(again && again->has_send_private());
  EXPECT_EQ(again->message_id(), before->message_id());
  Turn(*page, {"Bob", "Ann", "Bob"});
  EXPECT_THAT(Told(), ElementsAre("2 late hi"));
  Confirm(id, 3);
  EXPECT_THAT(Told(), ElementsAre("4 late hi", "reply 3"));
}

TEST_F(ClientCorePrivateTest, ALinkThatEndedMeanwhileLosesNoText) {
  State(1, 1);
  Start();
  Break();
  ComeBack();
  const auto page = Sent();
  ASSERT_TRUE(page);
  EXPECT_EQ(page->fetch_history().after_seq(), 1u);
  Turn(*page, {"Bob"}, /*more=*/true);
  Turn(Sent().value_or(pb::ClientFrame()), {"Bob", "#"});
  EXPECT_FALSE(Sent());
  EXPECT_THAT(Told(), ElementsAre("2 late hi", "3 late hi"));
}

TEST_F(ClientCorePrivateTest, ALinkBeginsWithItsEntry) {
  Start();
  pb::ServerFrame linked;
  linked.mutable_private_connected()->set_alias("Bob");
  linked.mutable_private_connected()->set_room(kRoom);
  linked.mutable_private_connected()->set_epoch(9);
  linked.mutable_private_connected()->set_seq(4);
  Receive(linked);
  const uint64_t id = Send("psst");
  EXPECT_TRUE(Sent());
  Hear(6);
  EXPECT_THAT(Told(), IsEmpty()) << "5 is ours";
  Confirm(id, 5);
  EXPECT_THAT(Told(), ElementsAre("6 hi", "reply 5"));
}

TEST_F(ClientCorePrivateTest, RepliesHaveAPlace) {
  Start();
  pb::ClientFrame accept, end;
  accept.mutable_accept_private()->set_alias("bob");
  end.mutable_end_private()->set_alias("bob");
  pb::ServerFrame reply;
  reply.set_reply_to(core_.Send(accept, Now()));
  reply.mutable_accept_private()->set_alias("Bob");
  reply.mutable_accept_private()->set_room(kRoom);
  reply.mutable_accept_private()->set_seq(1);
  Receive(reply);
  Hear(2);
  reply.set_reply_to(core_.Send(end, Now()));
  reply.mutable_end_private()->set_alias("Bob");
  reply.mutable_end_private()->set_room(kRoom);
  reply.mutable_end_private()->set_seq(3);
  Receive(reply);
  Hear(4);
  EXPECT_THAT(Told(), ElementsAre("reply 0", "2 hi", "reply 0", "4 hi"));
  EXPECT_TRUE(Sent()->has_accept_private());
  EXPECT_TRUE(Sent()->has_end_private());
  EXPECT_FALSE(Sent()) << "there was no hole";
}

// Its link began, and ended, while this client was away: no login names it.
TEST_F(ClientCorePrivateTest, ALateReplyBringsWhatFollowedIt) {
  Start();
  pb::ClientFrame accept;
  accept.mutable_accept_private()->set_alias("bob");
  const uint64_t id = core_.Send(accept, Now());
  EXPECT_TRUE(Sent());
  Break();
  ComeBack();
  EXPECT_TRUE(Sent()->has_accept_private());
  pb::ServerFrame reply;
  reply.set_reply_to(id);
  reply.mutable_accept_private()->set_alias("Bob");
  reply.mutable_accept_private()->set_room(kRoom);
  reply.mutable_accept_private()->set_seq(1);
  Receive(reply);
  const auto page = Sent();
  ASSERT_TRUE(page);
  Turn(*page, {"Bob", "#"});
  EXPECT_THAT(Told(), ElementsAre("reply 0", "2 late hi"));
}

TEST_F(ClientCorePrivateTest, RoomsOfAnotherStoreAreOthers) {
  State(5, 5);
  Start();
  Break();
  State(2, 1);
  rooms_.Mutable(0)->set_epoch(10);
  ComeBack();
  const auto page = Sent();
  ASSERT_TRUE(page);
  EXPECT_EQ(page->fetch_history().after_seq(), 1u);
}

TEST_F(ClientCorePrivateTest, AnotherStoreHasOtherNumbers) {
  State(5, 5);
  Start();
  Break();
  State(2, 2);
  rooms_.Mutable(0)->set_epoch(10);
  rooms_.Mutable(0)->set_room(kRoom + 1);
  ComeBack();
  EXPECT_FALSE(Sent()) << "the room of old is not there";
}

TEST_F(ClientCorePrivateTest, AnEventWithoutAPlaceIsHarmless) {
  Start();
  pb::ServerFrame frame;
  frame.mutable_private_said()->set_alias("Bob");
  frame.mutable_private_said()->set_seq(3);
  Receive(frame);
  frame.mutable_private_said()->set_room(wire::kLobby);
  Receive(frame);
  EXPECT_THAT(Told(), IsEmpty());
  EXPECT_FALSE(Sent());
}

// ---- what the account has read ----------------------------------------------

TEST_F(ClientCorePrivateTest, MarksWhatWasTold) {
  Start();
  Hear(1);
  EXPECT_EQ(core_.NextDeadline(), now_ + ReadMarkers::kDelay);
  Wait(absl::Milliseconds(500));
  Hear(2);
  EXPECT_FALSE(Sent());
  Wait(absl::Milliseconds(500));
  const auto mark = Sent();
  ASSERT_TRUE(mark && mark->has_mark_read());
  ASSERT_EQ(mark->mark_read().markers_size(), 1);
  EXPECT_EQ(mark->mark_read().markers(0).room(), kRoom);
  EXPECT_EQ(mark->mark_read().markers(0).seq(), 2u);
  EXPECT_EQ(core_.unanswered(), 0u);
  Told();
  Hear(3);
  EXPECT_EQ(core_.NextDeadline(), absl::InfiniteFuture()) << "one at a time";
  Answer(*mark);
  EXPECT_THAT(Told(), ElementsAre("3 hi")) << "its reply is no event";
  EXPECT_EQ(core_.NextDeadline(), now_ + ReadMarkers::kDelay);
}

TEST_F(ClientCorePrivateTest, ManyTextsAreMarkedAtOnce) {
  Start();
  for (uint64_t seq = 1; seq <= ReadMarkers::kTexts; ++seq) Hear(seq);
  EXPECT_LE(core_.NextDeadline(), now_);
  Wait(absl::ZeroDuration());
  EXPECT_EQ(Sent()->mark_read().markers(0).seq(), ReadMarkers::kTexts);
}

TEST_F(ClientCorePrivateTest, AMarkerThatWasLostIsSentAgain) {
  Start();
  Hear(1);
  Wait(ReadMarkers::kDelay);
  EXPECT_TRUE(Sent()->has_mark_read());
  Break();
  State(1, 0);
  ComeBack();
  Wait(absl::ZeroDuration());
  const auto again = Sent();
  ASSERT_TRUE(again && again->has_mark_read());
  EXPECT_EQ(again->mark_read().markers(0).seq(), 1u);
}

TEST_F(ClientCorePrivateTest, AnEndThatWasFetchedIsMarked) {
  State(2, 1);
  Start();
  Turn(Sent().value_or(pb::ClientFrame()), {"#"});
  EXPECT_THAT(Told(), IsEmpty());
  Wait(ReadMarkers::kDelay);
  const auto mark = Sent();
  ASSERT_TRUE(mark && mark->has_mark_read());
  EXPECT_EQ(mark->mark_read().markers(0).seq(), 2u);
}

TEST_F(ClientCorePrivateTest, LogoutMarksFirst) {
  State(0, 0);
  Start();
  const uint64_t id = Send("psst");
  EXPECT_TRUE(Sent());
  Confirm(id, 1);
  EXPECT_EQ(core_.NextDeadline(), absl::InfiniteFuture())
      << "an own text is marked with another";
  core_.Logout(Now());
  const auto mark = Sent();
  ASSERT_TRUE(mark && mark->has_mark_read());
  EXPECT_EQ(mark->mark_read().markers(0).seq(), 1u);
  EXPECT_TRUE(Sent()->has_logout());
}

}  // namespace
}  // namespace chat77::client
