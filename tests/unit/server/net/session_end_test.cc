// How a connection ends while it is in the middle of something: nothing that
// was asked is forgotten, and nothing spins.

#include <arpa/inet.h>
#include <cstdlib>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <string>
#include <vector>

#include "tests/support/shard_harness.h"

namespace chat77::server {
namespace {

using test::Frame;
using test::Hello;
using test::Peer;
using test::ReplyOf;
using test::ShardHarness;

// Handlers in a rest in which nothing should happen.
constexpr size_t kFew = 20;

std::string Requests(uint64_t count) {
  pb::ClientFrame frame;
  frame.mutable_say()->set_text("x");
  std::string bytes;
  for (uint64_t id = 3; id < 3 + count; ++id) bytes += Frame(id, frame);
  return bytes;
}

// Over a socket pair, and over TCP, where a hang-up may be a reset.
class SessionEndTest : public testing::TestWithParam<bool> {
 protected:
  SessionEndTest() {
    if (GetParam()) {
      ConnectOverTcp();
    } else {
      harness_.Connect(1);
    }
    harness_.LogIn(1);
  }

  Peer& peer() { return harness_.peer(1); }
  size_t Idle() { return harness_.Rest(); }
  // Answers what the core was asked so far.
  void Answer() {
    auto& asked = harness_.core().requests;
    for (; answered_ < asked.size(); ++answered_) {
      harness_.Deliver(1, ReplyOf(asked[answered_], 0));
    }
    harness_.Poll();
  }
  // Makes it have as many requests as it may; as many again wait.
  void Choke() {
    const std::string bytes = Requests(2 * wire::kRequestsInFlight);
    ASSERT_EQ(peer().Send(bytes), bytes.size());
    ASSERT_TRUE(harness_.TurnUntil([&] {
      return harness_.core().requests.size() == wire::kRequestsInFlight;
    }));
  }
  // Makes it wait for its peer to read.
  void Block() {
    for (int i = 0; i < 50; ++i) harness_.Deliver(1, ReplyOf(0, 60'000));
    Idle();
  }
  void Reset() {
    const linger hard{1, 0};
    ::setsockopt(peer().fd(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    peer().HangUp();
  }
  bool Gone() {
    return harness_.TurnUntil([&] { return harness_.shard().sessions() == 0; });
  }

  ShardHarness harness_;
  size_t answered_ = 0;

 private:
  void ConnectOverTcp() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* where = reinterpret_cast<sockaddr*>(&address);
    // The kernel would take megabytes of what is not read.
    constexpr int kSmall = 64 * 1024;
    ::setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &kSmall, sizeof kSmall);
    ASSERT_EQ(::bind(listener, where, size), 0);
    ASSERT_EQ(::listen(listener, 1), 0);
    ASSERT_EQ(::getsockname(listener, where, &size), 0);
    const int ours = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::setsockopt(ours, SOL_SOCKET, SO_RCVBUF, &kSmall, sizeof kSmall);
    ASSERT_EQ(::connect(ours, where, size), 0);
    harness_.Adopt(1, ours, ::accept(listener, nullptr, nullptr));
    ::close(listener);
  }
};

INSTANTIATE_TEST_SUITE_P(Over, SessionEndTest, testing::Bool(),
                         [](const auto& way) {
                           return way.param ? "Tcp" : "SocketPair";
                         });

TEST_P(SessionEndTest, HangsUpWhileItsRequestsWait) {
  Choke();
  peer().HangUp();
  EXPECT_LT(Idle(), kFew);
  EXPECT_EQ(harness_.core().closed, 0);  // they are being answered
  EXPECT_TRUE(harness_.TurnUntil([&] {
    Answer();
    return harness_.shard().sessions() == 0;
  }));
  EXPECT_GE(answered_, wire::kRequestsInFlight);
  EXPECT_EQ(harness_.core().closed, 1);
}

TEST_P(SessionEndTest, SendsNoMoreWhileItsRequestsWait) {
  Choke();
  peer().HalfClose();
  EXPECT_LT(Idle(), kFew);
  EXPECT_EQ(harness_.core().closed, 0);
  EXPECT_TRUE(harness_.TurnUntil([&] {
    Answer();
    return harness_.shard().sessions() == 0;
  }));
  EXPECT_EQ(answered_, 2 * wire::kRequestsInFlight);
  EXPECT_TRUE(harness_.TurnUntil([&] {
    peer().Heard();
    return peer().ended();
  }));
  EXPECT_EQ(peer().Heard().size(), 2 * wire::kRequestsInFlight);
}

TEST_P(SessionEndTest, SendsNoMoreWhileRequestsAndRepliesWait) {
  Choke();
  harness_.Deliver(1, ReplyOf(0, 60'000), DeliveryKind::kEvent);
  Block();
  peer().HalfClose();
  EXPECT_LT(Idle(), kFew);
  EXPECT_EQ(harness_.shard().sessions(), 1u);
  ASSERT_TRUE(harness_.TurnUntil([&] {
    Answer();
    peer().Heard();
    return harness_.shard().sessions() == 0;
  }));
  EXPECT_TRUE(peer().whole());
  EXPECT_EQ(harness_.core().requests.size(), 2 * wire::kRequestsInFlight);
}

TEST_P(SessionEndTest, HangsUpWithoutReading) {
  Block();
  ASSERT_EQ(harness_.shard().sessions(), 1u);
  peer().HangUp();
  EXPECT_LT(Idle(), kFew);
  EXPECT_TRUE(Gone());
  EXPECT_EQ(harness_.core().closed, 1);
}

TEST_P(SessionEndTest, ResetsWithoutReading) {
  Block();
  Reset();
  EXPECT_LT(Idle(), kFew);
  EXPECT_TRUE(Gone());
}

TEST_P(SessionEndTest, ResetsWhileRequestsAndRepliesWait) {
  Choke();
  for (int i = 0; i < 50; ++i) {
    harness_.Deliver(1, ReplyOf(0, 60'000), DeliveryKind::kEvent);
  }
  Idle();
  Reset();
  EXPECT_LT(Idle(), kFew);
  EXPECT_TRUE(Gone());
}

TEST_P(SessionEndTest, WaitsQuietlyForAReader) {
  Block();
  EXPECT_LT(Idle(), kFew);
  EXPECT_EQ(harness_.shard().sessions(), 1u);
}

TEST_P(SessionEndTest, ReadsItsGoodbyeLate) {
  Block();
  harness_.shard().CloseSession(SessionId{1}, pb::TAKEN_OVER, "Elsewhere.", 0);
  EXPECT_LT(Idle(), kFew);
  EXPECT_EQ(harness_.core().closed, 1);
  ASSERT_TRUE(harness_.TurnUntil([&] {
    const auto& heard = peer().Heard();
    return !heard.empty() && heard.back() == "g205";
  }));
  EXPECT_LT(Idle(), kFew);  // the peer has not closed its end
  EXPECT_EQ(harness_.shard().sessions(), 1u);
  peer().HangUp();
  EXPECT_TRUE(Gone());
}

}  // namespace
}  // namespace chat77::server
