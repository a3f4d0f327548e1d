// The load generator's handwritten bytes against the schema.
#include <gtest/gtest.h>
#include <string>

#include "chat77/v1/envelope.pb.h"
#include "proto/frame_decoder.h"
#include "proto/frame_encoder.h"
#include "proto/limits.h"

// What the generator's adapters.h declares before it includes the hook.
inline std::string user_name(uint32_t id) {
  std::string digits = std::to_string(id);
  return "u" + std::string(6 - digits.size(), '0') + digits;
}

#include "tests/bench/chat77_wire.h"

namespace chat77::wire {
namespace {

const std::string kPayload = "@0123456789abcdefxxxx";

std::vector<v1::ClientFrame> Frames(const std::string& bytes) {
  std::vector<v1::ClientFrame> frames;
  FrameDecoder decoder(65536);
  decoder.Receive(bytes, [&](std::string_view body) {
    EXPECT_TRUE(frames.emplace_back().ParseFromArray(
        body.data(), static_cast<int>(body.size())));
    EXPECT_NE(frames.back().request_id(), 0u);
    return true;
  });
  EXPECT_EQ(decoder.buffered(), 0u);
  return frames;
}

class Chat77WireTest : public testing::Test {
 protected:
  bool Login(const v1::ServerFrame& frame) {
    const std::string body = frame.SerializeAsString();
    return chat77_wire::on_login(out_, 7, step_, body.data(), body.size());
  }
  // The payload found, or "".
  std::string Delivered(const v1::ServerFrame& frame) {
    const std::string body = frame.SerializeAsString();
    const char* at = chat77_wire::delivered(out_, body.data(), body.size());
    if (at == nullptr) return "";
    return std::string(
        at, std::min<size_t>(kPayload.size(), body.data() + body.size() - at));
  }
  std::vector<v1::ClientFrame> Sent() {
    return Frames(std::exchange(out_, {}));
  }

  std::string out_;
  int step_ = 0;
};

TEST_F(Chat77WireTest, GreetsAndLogsInAtOnce) {
  chat77_wire::hello(out_, 7);
  const auto sent = Sent();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].hello().max_version(), 1u);
  EXPECT_EQ(sent[1].login().alias(), "u000007");
  EXPECT_EQ(sent[1].login().password(), "secret");
  EXPECT_TRUE(sent[1].login().take_over());
}

TEST_F(Chat77WireTest, AsksForNoPresence) {
  chat77_wire::hello(out_, 7);
  const std::string hello = Sent().at(0).hello().SerializeAsString();
  uint64_t presence = 0;
  std::string_view none;
  ASSERT_TRUE(chat77_wire::find(hello, 7, presence, none));
  EXPECT_EQ(presence, 2u);
}

TEST_F(Chat77WireTest, IsInWithTheLoginReply) {
  v1::ServerFrame frame;
  frame.set_reply_to(1);
  frame.mutable_hello();
  EXPECT_FALSE(Login(frame));
  EXPECT_TRUE(out_.empty());
  frame.mutable_login()->set_alias("u000007");
  EXPECT_TRUE(Login(frame));
  EXPECT_TRUE(out_.empty());
}

TEST_F(Chat77WireTest, RegistersOnlyWhenRefused) {
  v1::ServerFrame frame;
  frame.set_reply_to(1);
  frame.mutable_error()->set_code(v1::BAD_CREDENTIALS);
  EXPECT_FALSE(Login(frame));
  EXPECT_EQ(Sent().at(0).register_().alias(), "u000007");
  frame.mutable_error()->set_code(v1::ALIAS_TAKEN);
  EXPECT_FALSE(Login(frame));
  EXPECT_TRUE(Sent().at(0).has_login());
  frame.mutable_login()->set_alias("u000007");
  EXPECT_TRUE(Login(frame));
}

TEST_F(Chat77WireTest, RepeatsWhatABusyServerRefused) {
  v1::ServerFrame busy, frame;
  busy.mutable_error()->set_code(v1::BUSY);
  EXPECT_FALSE(Login(busy));
  EXPECT_TRUE(Sent().at(0).has_login());
  frame.mutable_error()->set_code(v1::BAD_CREDENTIALS);
  EXPECT_FALSE(Login(frame));
  EXPECT_TRUE(Sent().at(0).has_register_());
  EXPECT_FALSE(Login(busy));
  EXPECT_TRUE(Sent().at(0).has_register_());
  frame.mutable_register_();
  EXPECT_FALSE(Login(frame));
  EXPECT_TRUE(Sent().at(0).has_login());
}

TEST_F(Chat77WireTest, SpeaksInTheLobby) {
  chat77_wire::room(out_, kPayload);
  const auto sent = Sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].say().text(), kPayload);
}

TEST_F(Chat77WireTest, CountsOnlyWhatWasPublished) {
  v1::ServerFrame frame;
  v1::Said& said = *frame.mutable_said();
  said.set_room(kLobby);
  said.set_seq(300);
  said.set_time_ms(1'700'000'000'000);
  said.set_alias("u000001");
  said.set_text(kPayload);
  EXPECT_EQ(Delivered(frame), kPayload);
  said.set_text("something else that is long enough");
  EXPECT_EQ(Delivered(frame), "");
  frame.mutable_joined()->set_alias(kPayload);
  EXPECT_EQ(Delivered(frame), "");
  frame.mutable_say()->set_seq(300);
  EXPECT_EQ(Delivered(frame), "");
  EXPECT_TRUE(out_.empty());
}

TEST_F(Chat77WireTest, AnswersKeepAlive) {
  v1::ServerFrame frame;
  frame.mutable_keep_alive();
  EXPECT_EQ(Delivered(frame), "");
  EXPECT_TRUE(Sent().at(0).has_ping());
}

TEST_F(Chat77WireTest, LinksBeforeTheFirstPrivateText) {
  chat77_wire::direct(out_, 1001, kPayload);
  auto sent = Sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].request_private().alias(), "u001001");

  v1::ServerFrame frame;
  frame.mutable_private_connected()->set_alias("u001001");
  EXPECT_EQ(Delivered(frame), "");
  sent = Sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].send_private().alias(), "u001001");
  EXPECT_EQ(sent[0].send_private().text(), kPayload);

  chat77_wire::direct(out_, 1001, kPayload);
  EXPECT_TRUE(Sent().at(0).has_send_private());
}

TEST_F(Chat77WireTest, AcceptsAndAnswersInPrivate) {
  v1::ServerFrame frame;
  frame.mutable_private_requested()->set_alias("u002000");
  EXPECT_EQ(Delivered(frame), "");
  EXPECT_EQ(Sent().at(0).accept_private().alias(), "u002000");
  frame.mutable_private_said()->set_alias("u002000");
  frame.mutable_private_said()->set_text(kPayload);
  frame.mutable_private_said()->set_time_ms(1'700'000'000'000);
  EXPECT_EQ(Delivered(frame), kPayload);
  chat77_wire::direct(out_, 2000, kPayload);
  EXPECT_TRUE(Sent().at(0).has_send_private());
}

}  // namespace
}  // namespace chat77::wire
