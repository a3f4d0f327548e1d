#include "proto/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/loopback_pair.h"

namespace chat77::wire {
namespace {

pb::ClientFrame Said(std::string text, uint64_t id = 7) {
  pb::ClientFrame frame;
  frame.set_request_id(id);
  frame.mutable_say()->set_text(std::move(text));
  return frame;
}

pb::ClientFrame Greeting(uint32_t min, uint32_t max, uint64_t id = 1) {
  pb::ClientFrame frame;
  frame.set_request_id(id);
  frame.mutable_hello()->set_min_version(min);
  frame.mutable_hello()->set_max_version(max);
  return frame;
}

// Every test runs with the bytes cut in pieces of 1, of 7, and not at all.
class ConnectionTest : public testing::TestWithParam<size_t> {
 protected:
  void ExpectClosed(pb::Code code) {
    EXPECT_TRUE(pair_.server.closed());
    EXPECT_EQ(pair_.server.close_code(), code);
    EXPECT_EQ(pair_.server.NextDeadline(), absl::InfiniteFuture());
    // The client was told, and why, as the last thing it hears.
    EXPECT_TRUE(pair_.client.closed());
    EXPECT_EQ(pair_.client.close_code(), code);
  }

  void LogIn() {
    pair_.Greet();
    pair_.server.LoggedIn();
    pair_.client.LoggedIn();
  }

  LoopbackPair pair_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(In, ConnectionTest,
                         testing::Values(1, 7, LoopbackPair::kAll),
                         [](const auto& piece) {
                           return piece.param == 1   ? "Bytes"
                                  : piece.param == 7 ? "Sevens"
                                                     : "OnePiece";
                         });

TEST_P(ConnectionTest, HelloAgreesOnVersionAndLimits) {
  pair_.Greet();
  EXPECT_TRUE(pair_.server.greeted());
  EXPECT_TRUE(pair_.client.greeted());
  ASSERT_EQ(pair_.server_got.size(), 1u);
  EXPECT_EQ(pair_.server_got[0].hello().software(), "chat77");
  ASSERT_EQ(pair_.client_got.size(), 1u);
  EXPECT_EQ(pair_.client_got[0].reply_to(), 1u);
  const pb::HelloReply& reply = pair_.client_got[0].hello();
  EXPECT_EQ(reply.version(), 1u);
  EXPECT_EQ(reply.limits().frame_bytes_before_login(), 4096u);
  EXPECT_EQ(reply.limits().frame_bytes(), 65536u);
  EXPECT_EQ(reply.limits().alias_characters(), kAliasCharacters);
  EXPECT_EQ(reply.limits().password_bytes(), kPasswordBytes);
  EXPECT_EQ(reply.limits().text_bytes(), kTextBytes);
  EXPECT_EQ(reply.limits().text_lines(), kTextLines);
  EXPECT_EQ(reply.limits().history_page(), kHistoryPage);
  EXPECT_EQ(reply.limits().keep_alive_ms(), 30'000u);
  EXPECT_EQ(reply.limits().dead_after_ms(), 75'000u);
}

TEST_P(ConnectionTest, HelloCarriesTheForwardedAddress) {
  ConnectionOptions gateway;
  gateway.forwarded_address = "192.0.2.7";
  gateway.forwarded_port = 40000;
  LoopbackPair pair(GetParam(), {}, gateway);
  pair.Greet();
  ASSERT_EQ(pair.server_got.size(), 1u);
  EXPECT_EQ(pair.server_got[0].hello().forwarded_address(), "192.0.2.7");
  EXPECT_EQ(pair.server_got[0].hello().forwarded_port(), 40000u);
}

TEST_P(ConnectionTest, NewerClientGetsTheHighestCommon) {
  pair_.Send(Greeting(1, 9));
  ASSERT_EQ(pair_.client_got.size(), 1u);
  EXPECT_EQ(pair_.client_got[0].hello().version(), kMaxVersion);
}

TEST_P(ConnectionTest, NoCommonVersionIsRefused) {
  for (const auto& [min, max] : {std::pair(2u, 9u), {0u, 0u}, {3u, 1u}}) {
    SCOPED_TRACE(testing::Message() << min << " to " << max);
    LoopbackPair pair(GetParam());
    pair.Send(Greeting(min, max));
    EXPECT_EQ(pair.server.close_code(), pb::VERSION_UNSUPPORTED);
    EXPECT_EQ(pair.client.close_code(), pb::VERSION_UNSUPPORTED);
    EXPECT_FALSE(pair.server.greeted());
    EXPECT_TRUE(pair.server_got.empty());
  }
}

TEST_P(ConnectionTest, ClientRefusesAVersionItNeverOffered) {
  pb::ServerFrame frame;
  frame.set_reply_to(1);
  frame.mutable_hello()->set_version(kMaxVersion + 1);
  pair_.Send(frame);
  EXPECT_EQ(pair_.client.close_code(), pb::VERSION_UNSUPPORTED);
  EXPECT_FALSE(pair_.client.greeted());
  EXPECT_TRUE(pair_.client_got.empty());
}

TEST_P(ConnectionTest, HelloSaysWhichPresenceIsInForce) {
  for (const pb::Presence presence :
       {pb::PRESENCE_NOTICES, pb::PRESENCE_BATCHED, pb::PRESENCE_NONE}) {
    SCOPED_TRACE(pb::Presence_Name(presence));
    ConnectionOptions client;
    client.presence = presence;
    LoopbackPair pair(GetParam(), {}, client);
    pair.Greet();
    ASSERT_EQ(pair.server_got.size(), 1u);
    EXPECT_EQ(PresenceOf(pair.server_got[0].hello()), presence);
    ASSERT_EQ(pair.client_got.size(), 1u);
    EXPECT_EQ(pair.client_got[0].hello().presence(), presence);
  }
}

TEST_P(ConnectionTest, UnknownPresenceMeansNotices) {
  for (const int value : {3, 99, -1}) {
    SCOPED_TRACE(value);
    LoopbackPair pair(GetParam());
    pb::ClientFrame hello = Greeting(1, 1);
    hello.mutable_hello()->set_presence(static_cast<pb::Presence>(value));
    AppendFrame(hello, pair.to_server);
    std::string answer;
    pair.server.Receive(
        pair.to_server, pair.now, answer, [](const pb::ClientFrame& frame) {
          EXPECT_EQ(PresenceOf(frame.hello()), pb::PRESENCE_NOTICES);
        });
    pb::ServerFrame reply;
    ASSERT_TRUE(reply.ParseFromString(answer.substr(1)));
    ASSERT_TRUE(reply.has_hello());
    EXPECT_EQ(reply.hello().presence(), pb::PRESENCE_NOTICES);
  }
}

TEST_P(ConnectionTest, FirstFrameMustBeHello) {
  pair_.Send(Said("hi"));
  ExpectClosed(pb::BAD_FRAME);
  EXPECT_TRUE(pair_.server_got.empty());
}

TEST_P(ConnectionTest, ServersFirstFrameMustAnswerHello) {
  pb::ServerFrame frame;
  frame.mutable_keep_alive();
  pair_.Send(frame);
  EXPECT_EQ(pair_.client.close_code(), pb::BAD_FRAME);
}

TEST_P(ConnectionTest, GoodbyeMayStandForHello) {
  pair_.server.Close(pb::SERVER_FULL, "Full.", pair_.to_client, 500);
  pair_.Exchange();
  ExpectClosed(pb::SERVER_FULL);
  ASSERT_EQ(pair_.client_got.size(), 1u);
  EXPECT_EQ(pair_.client_got[0].goodbye().sentence(), "Full.");
}

TEST_P(ConnectionTest, RequestIdZeroIsRefused) {
  pair_.Greet();
  pair_.Send(Said("hi", 0));
  ExpectClosed(pb::BAD_FRAME);
}

TEST_P(ConnectionTest, HelloWithIdZeroIsRefused) {
  pair_.Send(Greeting(1, 1, 0));
  ExpectClosed(pb::BAD_FRAME);
}

TEST_P(ConnectionTest, SecondHelloIsAnErrorNotAnEnd) {
  pair_.Greet();
  pair_.Send(Greeting(1, 1, 9));
  EXPECT_FALSE(pair_.server.closed());
  ASSERT_EQ(pair_.client_got.size(), 2u);
  EXPECT_EQ(pair_.client_got[1].reply_to(), 9u);
  EXPECT_EQ(pair_.client_got[1].error().code(), pb::INVALID_ARGUMENT);
  EXPECT_EQ(pair_.server_got.size(), 1u);
}

TEST_P(ConnectionTest, HandsOnRequestsInOrder) {
  LogIn();
  AppendFrame(Said("a", 2), pair_.to_server);
  AppendFrame(Said("b", 3), pair_.to_server);
  pair_.Exchange();
  ASSERT_EQ(pair_.server_got.size(), 3u);
  EXPECT_EQ(pair_.server_got[1].say().text(), "a");
  EXPECT_EQ(pair_.server_got[2].say().text(), "b");
}

TEST_P(ConnectionTest, UnknownRequestIsHandedOn) {
  LogIn();
  // Request 3, and field 999 of a later version: an empty message.
  pair_.to_server.append("\x05\x08\x03\xba\x3e\x00", 6);
  pair_.Exchange();
  EXPECT_FALSE(pair_.server.closed());
  ASSERT_EQ(pair_.server_got.size(), 2u);
  EXPECT_EQ(pair_.server_got[1].request_case(),
            pb::ClientFrame::REQUEST_NOT_SET);
}

TEST_P(ConnectionTest, PingIsAnsweredByPong) {
  pair_.Greet();
  pair_.client_got.clear();
  pb::ClientFrame ping;
  ping.set_request_id(41);
  ping.mutable_ping();
  pair_.cut = true;
  pair_.Send(ping);
  pair_.server.Receive(pair_.to_server, pair_.now, pair_.to_client,
                       [](const pb::ClientFrame&) { FAIL(); });
  pb::ServerFrame pong;
  ASSERT_TRUE(pong.ParseFromString(pair_.to_client.substr(1)));
  EXPECT_EQ(pong.reply_to(), 41u);
  EXPECT_TRUE(pong.has_pong());
}

TEST_P(ConnectionTest, KeepAliveKeepsASilentPairAlive) {
  LogIn();
  pair_.Advance(absl::Hours(1));
  EXPECT_FALSE(pair_.server.closed());
  EXPECT_FALSE(pair_.client.closed());
  EXPECT_EQ(pair_.stuck, 0);
  // Nobody else is bothered with it.
  EXPECT_EQ(pair_.server_got.size(), 1u);
  EXPECT_EQ(pair_.client_got.size(), 1u);
}

TEST_P(ConnectionTest, ProbesOnceThenGivesUp) {
  LogIn();
  pair_.cut = true;
  pair_.Advance(absl::Milliseconds(29'999));
  EXPECT_EQ(pair_.to_client + pair_.to_server, "");
  pair_.Advance(absl::Milliseconds(1));
  EXPECT_FALSE(pair_.to_client.empty());
  EXPECT_FALSE(pair_.to_server.empty());
  const size_t probe = pair_.to_client.size();
  pair_.Advance(absl::Milliseconds(44'999));
  EXPECT_EQ(pair_.to_client.size(), probe);
  EXPECT_FALSE(pair_.server.closed());
  pair_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(pair_.server.close_code(), pb::IDLE_TIMEOUT);
  EXPECT_EQ(pair_.client.close_code(), pb::IDLE_TIMEOUT);
  EXPECT_EQ(pair_.stuck, 0);
}

TEST_P(ConnectionTest, ClientAnswersKeepAlive) {
  LogIn();
  pb::ServerFrame probe;
  probe.mutable_keep_alive();
  pair_.cut = true;
  pair_.Send(probe);
  pair_.client.Receive(pair_.to_client, pair_.now, pair_.to_server,
                       [](const pb::ServerFrame&) { FAIL(); });
  pb::ClientFrame answer;
  ASSERT_TRUE(answer.ParseFromString(pair_.to_server.substr(1)));
  EXPECT_TRUE(answer.has_ping());
  EXPECT_NE(answer.request_id(), 0u);
}

TEST_P(ConnectionTest, SilentServerIsGivenUpWithoutSpinning) {
  pair_.cut = true;
  pair_.client.Start(pair_.to_server);
  pair_.Advance(kDeadAfter);
  EXPECT_EQ(pair_.stuck, 0);
  EXPECT_EQ(pair_.client.close_code(), pb::IDLE_TIMEOUT);
}

TEST_P(ConnectionTest, NoLoginInTimeEnds) {
  pair_.Greet();
  pair_.Advance(kLoginTime - absl::Milliseconds(1));
  EXPECT_FALSE(pair_.server.closed());
  pair_.Advance(absl::Milliseconds(1));
  ExpectClosed(pb::LOGIN_TIMEOUT);
}

TEST_P(ConnectionTest, SilenceFromTheStartEndsToo) {
  pair_.Advance(kLoginTime);
  ExpectClosed(pb::LOGIN_TIMEOUT);
}

TEST_P(ConnectionTest, TalkingDoesNotProlongTheLogin) {
  pair_.Greet();
  for (int i = 0; i < 10; ++i) {
    pair_.Send(Said("x"));
    pair_.Advance(kLoginTime / 10);
  }
  ExpectClosed(pb::LOGIN_TIMEOUT);
}

// No answer begins it anew: a stranger would stay with a wrong password now and
// then.
TEST_P(ConnectionTest, WaitingStopsTheLoginClock) {
  pair_.Greet();
  pair_.Advance(absl::Seconds(6));
  pair_.server.Waiting(true, pair_.now);
  pair_.Advance(absl::Seconds(30));
  pair_.server.Waiting(true, pair_.now);  // a second request
  pair_.Advance(absl::Seconds(30));
  EXPECT_FALSE(pair_.server.closed());
  pair_.server.Waiting(false, pair_.now);
  pair_.Advance(kLoginTime - absl::Seconds(6) - absl::Milliseconds(1));
  EXPECT_FALSE(pair_.server.closed());
  pair_.Advance(absl::Milliseconds(1));
  ExpectClosed(pb::LOGIN_TIMEOUT);
}

TEST_P(ConnectionTest, LoginEndsTheLoginClock) {
  LogIn();
  pair_.server.Waiting(false, pair_.now);
  pair_.Advance(absl::Seconds(20));
  EXPECT_FALSE(pair_.server.closed());
}

TEST_P(ConnectionTest, FramesAreSmallBeforeLogin) {
  pair_.Greet();
  pair_.Send(Said(std::string(4000, 'x')));
  EXPECT_EQ(pair_.server_got.size(), 2u);
  pair_.Send(Said(std::string(4096, 'x')));
  ExpectClosed(pb::FRAME_TOO_LONG);
}

TEST_P(ConnectionTest, FramesAreLargerAfterLogin) {
  LogIn();
  pair_.Send(Said(std::string(60'000, 'x')));
  EXPECT_EQ(pair_.server_got.size(), 2u);
  pair_.Send(Said(std::string(65'536, 'x')));
  ExpectClosed(pb::FRAME_TOO_LONG);
}

TEST_P(ConnectionTest, LengthIsJudgedBeforeTheBody) {
  pair_.Greet();
  pair_.to_server = "\x81\x20";  // 4097
  pair_.Exchange();
  ExpectClosed(pb::FRAME_TOO_LONG);
  EXPECT_EQ(pair_.server.buffered(), 0u);
}

TEST_P(ConnectionTest, GarbageIsNamedAndEnds) {
  for (const char* bytes : {"GET / HTTP/1.1\r\nHost: x, and a good deal more "
                            "than the seventy-one bytes that G stands for\r\n",
                            "\xff\xff\xff\xff\xff\xff", "\x02\x08\xff"}) {
    SCOPED_TRACE(bytes);
    LoopbackPair pair(GetParam());
    pair.to_server = bytes;
    pair.Exchange();
    EXPECT_EQ(pair.server.close_code(), pb::BAD_FRAME);
    EXPECT_EQ(pair.client.close_code(), pb::BAD_FRAME);
  }
}

TEST_P(ConnectionTest, BrokenUtf8Ends) {
  LogIn();
  pair_.to_server = "\x08\x08\x03\xa2\x01\x03\x12\x01\xff";
  pair_.Exchange();
  ExpectClosed(pb::BAD_FRAME);
}

TEST_P(ConnectionTest, ClosedIsFinal) {
  LogIn();
  pair_.server.Close(pb::SERVER_STOPPING, "Bye.", pair_.to_client, 1500);
  pair_.Exchange();
  ExpectClosed(pb::SERVER_STOPPING);
  ASSERT_EQ(pair_.client_got.size(), 2u);
  EXPECT_EQ(pair_.client_got[1].goodbye().sentence(), "Bye.");
  EXPECT_EQ(pair_.client_got[1].goodbye().retry_after_ms(), 1500u);

  pair_.Send(Said("too late"));
  pair_.server.Close(pb::BAD_FRAME, "Again.", pair_.to_client);
  pair_.Advance(absl::Hours(1));
  ExpectClosed(pb::SERVER_STOPPING);
  EXPECT_EQ(pair_.server_got.size(), 1u);
  EXPECT_EQ(pair_.to_client, "");
}

TEST_P(ConnectionTest, SinkMayCloseAndHearsNoMore) {
  LogIn();
  std::string bytes;
  AppendFrame(Said("one", 2), bytes);
  AppendFrame(Said("two", 3), bytes);
  int calls = 0;
  pair_.server.Receive(
      bytes, pair_.now, pair_.to_client, [&](const pb::ClientFrame&) {
        ++calls;
        pair_.server.Close(pb::LOGGED_OUT, "Bye.", pair_.to_client);
      });
  EXPECT_EQ(calls, 1);
}

TEST_P(ConnectionTest, HoldsOnlyTheIncompleteFrame) {
  LogIn();
  std::string bytes;
  AppendFrame(Said(std::string(50'000, 'x')), bytes);
  pair_.to_server = bytes.substr(0, 100);
  pair_.Exchange();
  EXPECT_EQ(pair_.server.buffered(), 100u);
  pair_.to_server = bytes.substr(100);
  pair_.Exchange();
  EXPECT_EQ(pair_.server.buffered(), 0u);
}

}  // namespace
}  // namespace chat77::wire
