// A session on a shard's loop, its peer at the other end of a socket pair, and
// a core that only writes down what it is told.

#include "server/net/session.h"

#include <array>
#include <cerrno>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "proto/frame_decoder.h"
#include "server/net/shard.h"
#include "tests/support/shard_harness.h"

namespace chat77::server {
namespace {

using test::Frame;
using test::Hello;
using test::ListeningCore;
using test::ReplyOf;

class SessionTest : public testing::Test {
 protected:
  static constexpr SessionId kId{1};

  SessionTest() : shard_(options_, 1) {
    shard_.set_core(&core_);
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    peer_ = ends[0];
    shard_.Add(kId, Descriptor(ends[1]), {.plain_ok = true});
  }
  ~SessionTest() override { HangUp(); }

  // Does what is to be done now. Returns how many handlers ran, at most 1000:
  // then something spins.
  size_t Turn() {
    size_t ran = 0;
    while (ran < 1000 && shard_.io().poll_one() > 0) ++ran;
    return ran;
  }
  void Send(const std::string& bytes) {
    ASSERT_EQ(::send(peer_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    Turn();
  }
  void Enter() {
    Send(Hello());
    shard_.Deliver(kId, ReplyOf(2, 0), DeliveryKind::kLogin);
    shard_.JoinRoom(kId);
    Turn();
    Received();
  }
  // What has come so far.
  std::vector<pb::ServerFrame> Received() {
    std::vector<pb::ServerFrame> frames;
    std::array<char, 65536> buffer;
    for (;;) {
      const ssize_t size =
          ::recv(peer_, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (size <= 0) return frames;
      decoder_.Receive({buffer.data(), static_cast<size_t>(size)},
                       [&](std::string_view body) {
                         return frames.emplace_back().ParseFromArray(
                             body.data(), static_cast<int>(body.size()));
                       });
    }
  }
  void HangUp() {
    if (peer_ >= 0) ::close(std::exchange(peer_, -1));
  }

  test::FakeClock clock_;
  const ShardOptions options_ = test::ShardHarness::On(clock_, {});
  ListeningCore core_;
  Shard shard_;
  wire::FrameDecoder decoder_{wire::kFrameBytes * 8};
  int peer_ = -1;
};

TEST_F(SessionTest, LetsAStrangerGoAtOnceAndQuietly) {
  HangUp();
  EXPECT_LT(Turn(), 20u);
  EXPECT_EQ(shard_.sessions(), 0u);
  EXPECT_EQ(core_.closed, 0);  // it never knew of it
}

TEST_F(SessionTest, LetsAStrangerOfAnotherProtocolGoAtOnceAndQuietly) {
  Send(
      "GET / HTTP/1.1\r\nHost: chat\r\nAccept: everything there is and more "
      "than that, in any language and encoding\r\n\r\n");
  ASSERT_EQ(Received().size(), 1u);
  HangUp();
  EXPECT_LT(Turn(), 20u);
  EXPECT_EQ(shard_.sessions(), 0u);
}

TEST_F(SessionTest, AnswersBeforeItLetsAHalfClosedClientGo) {
  Enter();
  pb::ClientFrame say;
  say.mutable_say()->set_text("last words");
  Send(Frame(3, say));
  ::shutdown(peer_, SHUT_WR);
  EXPECT_LT(Turn(), 20u);
  EXPECT_EQ(shard_.sessions(), 1u);
  shard_.Deliver(kId, ReplyOf(3, 0), DeliveryKind::kReply);
  Turn();
  ASSERT_EQ(Received().size(), 1u);
  EXPECT_EQ(shard_.sessions(), 0u);
  EXPECT_EQ(core_.closed, 1);
}

TEST_F(SessionTest, ClosesWhoeverLetsTooMuchPileUp) {
  Enter();
  // Nobody reads at the other end, and others go on writing to it.
  const std::string text = ReplyOf(0, 60'000);
  for (size_t sent = 0; sent < 2 * Session::kOwnBytesHard;
       sent += text.size()) {
    shard_.Deliver(kId, text, DeliveryKind::kEvent);
    Turn();
    if (core_.closed > 0) break;
  }
  EXPECT_EQ(core_.closed, 1);
  EXPECT_EQ(shard_.sessions(), 0u);
}

// A session of its own, so that the test may tell it the time.
TEST_F(SessionTest, ASlowReaderIsNotADeadOne) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const auto session = std::make_unique<Session>(
      shard_, SessionId{2}, Descriptor(ends[1]), Entrance{.plain_ok = true});
  session->Start();
  session->Deliver(ReplyOf(0, 900'000), DeliveryKind::kLogin);
  Turn();  // the socket is full
  std::vector<char> buffer(40'000);
  const auto take = [&] {
    return ::recv(ends[0], buffer.data(), buffer.size(), MSG_DONTWAIT);
  };
  const absl::Time start = shard_.now();
  session->Tick(start + absl::Seconds(1));
  EXPECT_GT(take(), 0);  // by far not enough to make room
  session->Tick(start + absl::Seconds(29));
  session->Tick(start + absl::Seconds(58));
  EXPECT_GT(take(), 0);
  while (take() > 0) {
  }
  EXPECT_EQ(errno, EAGAIN);  // it is there yet
  session->Tick(start + absl::Seconds(59));
  session->Tick(start + absl::Seconds(90));
  EXPECT_EQ(take(), 0);
  ::close(ends[0]);
}

TEST_F(SessionTest, GoodbyeIsTheLastWord) {
  Enter();
  shard_.CloseSession(kId, pb::TAKEN_OVER, "Somewhere else.", 0);
  shard_.Deliver(kId, ReplyOf(3, 0), DeliveryKind::kReply);  // it was under way
  Turn();
  const auto frames = Received();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].goodbye().code(), pb::TAKEN_OVER);
}

TEST_F(SessionTest, TakesOnlyAsManyRequestsAsItMayHold) {
  Enter();
  pb::ClientFrame say;
  say.mutable_say()->set_text("x");
  std::string many;
  for (uint64_t id = 0; id < 2 * wire::kRequestsInFlight; ++id) {
    many += Frame(id + 3, say);
  }
  Send(many);
  ASSERT_EQ(core_.requests.size(), wire::kRequestsInFlight);
  for (uint64_t id = 0; id < wire::kRequestsInFlight; ++id) {
    shard_.Deliver(kId, ReplyOf(id + 3, 0), DeliveryKind::kReply);
  }
  Turn();
  EXPECT_EQ(core_.requests.size(), 2 * wire::kRequestsInFlight);
}

// What it asked for at once must not make a client a slow consumer.
TEST_F(SessionTest, ManyLargeAnswersAreNoReasonToCloseIt) {
  Enter();
  pb::ClientFrame fetch;
  fetch.mutable_fetch_history()->set_limit(200);
  constexpr size_t kAsked = 200;
  std::string many;
  for (uint64_t id = 0; id < kAsked; ++id) many += Frame(id + 3, fetch);
  Send(many);
  size_t answered = 0, heard = 0;
  for (int round = 0; round < 2000 && heard < kAsked; ++round) {
    while (answered < core_.requests.size()) {
      shard_.Deliver(kId, ReplyOf(core_.requests[answered++], 50'000),
                     DeliveryKind::kReply);
    }
    Turn();
    ASSERT_EQ(core_.closed, 0) << "after " << heard << " answers";
    heard += Received().size();
  }
  EXPECT_EQ(heard, kAsked);
}

TEST_F(SessionTest, GoesOnWhenThereIsRoomAgain) {
  Enter();
  std::string pings;
  pb::ClientFrame ping;
  ping.mutable_ping();
  constexpr size_t kPings = 100'000;
  for (uint64_t id = 0; id < kPings; ++id) pings += Frame(id + 3, ping);
  std::string_view left = pings;
  size_t heard = 0;
  for (int round = 0; round < 5000 && heard < kPings; ++round) {
    const ssize_t sent = left.empty() ? 0
                                      : ::send(peer_, left.data(), left.size(),
                                               MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) left.remove_prefix(static_cast<size_t>(sent));
    Turn();
    if (round > 50) heard += Received().size();
  }
  EXPECT_EQ(heard, kPings);
}

}  // namespace
}  // namespace chat77::server
