// FEATURE_LATE_REPLIES: what may wait for company, how long, and what may not.

#include <algorithm>
#include <gtest/gtest.h>
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
using Words = std::vector<std::string>;

constexpr auto kLate = DeliveryKind::kLateReply;
// A late reply without company waits one to two of the shard's rounds.
constexpr absl::Duration kShortest = absl::Milliseconds(20);
constexpr absl::Duration kLongest = absl::Milliseconds(40);
const std::string kLateHello = Hello(pb::FEATURE_LATE_REPLIES);

std::string Request(uint64_t id) {
  pb::ClientFrame frame;
  frame.mutable_say()->set_text("x");
  return Frame(id, frame);
}

std::string Login(uint64_t id) {
  pb::ClientFrame frame;
  frame.mutable_login()->set_alias("ann");
  return Frame(id, frame);
}

std::string Ping(uint64_t id) {
  pb::ClientFrame frame;
  frame.mutable_ping();
  return Frame(id, frame);
}

class LateRepliesTest : public testing::Test {
 protected:
  // What came without waiting for anything.
  Words AtOnce(uint64_t id = 1) {
    harness_.Poll();
    return harness_.peer(id).Heard();
  }
  // How long it takes until somebody has heard so many.
  absl::Duration Takes(uint64_t id, size_t words) {
    return harness_.Takes(
        [&] { return harness_.peer(id).Heard().size() >= words; });
  }

  ShardHarness harness_;
};

TEST_F(LateRepliesTest, OnlyKnownFeaturesAreInForce) {
  for (const uint64_t asked : {uint64_t{0}, ~uint64_t{0}, uint64_t{12}}) {
    SCOPED_TRACE(asked);
    Peer& peer = harness_.Connect(10 + asked % 7);
    peer.Send(Hello(asked));
    harness_.Poll();
    const auto frames = peer.Received();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0].hello().features(),
              asked & uint64_t{pb::FEATURE_LATE_REPLIES | pb::FEATURE_RESUME});
  }
}

TEST_F(LateRepliesTest, WaitForCompany) {
  harness_.Enter(1, kLateHello);
  harness_.Deliver(1, ReplyOf(3, 0), kLate);
  harness_.Deliver(1, ReplyOf(4, 0), kLate);
  EXPECT_EQ(AtOnce(), Words{});
  harness_.Deliver(1, ReplyOf(5, 0));
  EXPECT_EQ(AtOnce(), (Words{"r3", "r4", "r5"}));
  harness_.Deliver(1, ReplyOf(6, 0), kLate);
  harness_.Say();
  EXPECT_EQ(AtOnce(), (Words{"r3", "r4", "r5", "r6", "s1"}));
}

TEST_F(LateRepliesTest, DoNotWaitForWhoDidNotAsk) {
  harness_.Enter(1, Hello());
  harness_.Deliver(1, ReplyOf(3, 0), kLate);
  EXPECT_EQ(AtOnce(), Words{"r3"});
}

TEST_F(LateRepliesTest, WaitOneToTwoRoundsWithoutCompany) {
  harness_.Enter(1, kLateHello);
  harness_.Enter(2, kLateHello);
  for (size_t i = 1; i <= 60; ++i) {  // wherever in a round the second comes
    SCOPED_TRACE(i);
    const absl::Duration between = absl::Milliseconds(i);
    harness_.Deliver(1, ReplyOf(3, 0), kLate);
    harness_.Advance(between);
    harness_.Deliver(2, ReplyOf(3, 0), kLate);
    const absl::Duration first = between + Takes(1, i);
    const absl::Duration second = first - between + Takes(2, i);
    EXPECT_GE(first, std::max(between, kShortest));
    EXPECT_LE(first, std::max(between, kLongest));
    EXPECT_GE(second, kShortest);
    EXPECT_LE(second, kLongest);
  }
}

TEST_F(LateRepliesTest, AWriteBeginsTheWaitAnew) {
  harness_.Enter(1, kLateHello);
  Words expected;
  for (uint64_t i = 3; i < 23; ++i) {
    harness_.Deliver(1, ReplyOf(i, 0), kLate);
    expected.push_back("r" + std::to_string(i));
    if (i % 3 == 0) {
      expected.push_back("s" + std::to_string(harness_.Say()));
    }
    harness_.Advance(absl::Milliseconds(7));
  }
  EXPECT_LE(Takes(1, expected.size()), kLongest);
  EXPECT_EQ(harness_.peer(1).Heard(), expected);
}

TEST_F(LateRepliesTest, ManyBytesOfThemDoNotWait) {
  harness_.Enter(1, kLateHello);
  size_t bytes = 0;
  uint64_t id = 3;
  for (; bytes <= Session::kLateBytes; ++id) {
    EXPECT_EQ(AtOnce(), Words{});
    const std::string reply = ReplyOf(id, 500);
    bytes += reply.size();
    harness_.Deliver(1, reply, kLate);
  }
  EXPECT_EQ(AtOnce().size(), id - 3);
}

TEST_F(LateRepliesTest, GoodbyeComesBehindThem) {
  harness_.Enter(1, kLateHello);
  harness_.Deliver(1, ReplyOf(3, 0), kLate);
  harness_.shard().CloseSession(SessionId{1}, pb::TAKEN_OVER, "Elsewhere.", 0);
  EXPECT_EQ(AtOnce(), (Words{"r3", "g205"}));
}

TEST_F(LateRepliesTest, AClientThatSendsNoMoreGetsThem) {
  harness_.Enter(1, kLateHello);
  harness_.Deliver(1, ReplyOf(3, 0), kLate);
  harness_.peer(1).HalfClose();
  EXPECT_EQ(AtOnce(), Words{"r3"});
  EXPECT_TRUE(harness_.peer(1).ended());
}

TEST_F(LateRepliesTest, AClientThatSendsNoMoreGetsThoseUnderWay) {
  harness_.Enter(1, kLateHello);
  harness_.peer(1).Send(Request(3) + Request(4));
  harness_.peer(1).HalfClose();
  EXPECT_EQ(AtOnce(), Words{});
  harness_.Deliver(1, ReplyOf(3, 0), kLate);
  harness_.Deliver(1, ReplyOf(4, 0), kLate);
  EXPECT_EQ(AtOnce(), (Words{"r3", "r4"}));
  EXPECT_EQ(harness_.shard().sessions(), 0u);
}

// Nobody else can give it company: it has as many requests as it may.
TEST_F(LateRepliesTest, DoNotHoldUpFurtherRequests) {
  harness_.Enter(1, kLateHello);
  std::string requests;
  for (uint64_t id = 3; id < 3 + 2 * wire::kRequestsInFlight; ++id) {
    requests += Request(id);
  }
  harness_.peer(1).Send(requests);
  harness_.Poll();
  size_t answered = 0;
  for (int turn = 0; turn < 20; ++turn) {
    while (answered < harness_.core().requests.size()) {
      harness_.Deliver(1, ReplyOf(harness_.core().requests[answered++], 0),
                       kLate);
    }
    harness_.Poll();
  }
  EXPECT_EQ(answered, 2 * wire::kRequestsInFlight);
}

TEST_F(LateRepliesTest, HelloGoesWithTheLoginBehindIt) {
  harness_.Connect(1).Send(kLateHello + Login(2));
  EXPECT_EQ(AtOnce(), Words{});
  harness_.Deliver(1, ReplyOf(2, 0), DeliveryKind::kLogin);
  EXPECT_EQ(AtOnce(), (Words{"r1", "r2"}));
}

TEST_F(LateRepliesTest, HelloDoesNotWaitForALongLogin) {
  harness_.Connect(1).Send(kLateHello + Login(2));
  EXPECT_LE(Takes(1, 1), kLongest);
  harness_.Connect(2).Send(Hello() + Login(2));
  EXPECT_EQ(AtOnce(2), Words{"r1"});
}

TEST_F(LateRepliesTest, OtherAnswersDoNotWaitForTheLogin) {
  harness_.Connect(1).Send(kLateHello + Ping(2) + Login(3));
  EXPECT_EQ(AtOnce(1), (Words{"r1", "r2"}));
  harness_.Connect(2).Send(kLateHello + Login(2));
  harness_.Poll();
  harness_.peer(2).Send(Ping(3));
  EXPECT_EQ(AtOnce(2), (Words{"r1", "r3"}));
}

// The rounds are counted in a byte. A reply in the last of them before the
// count begins anew waits no longer than others.
TEST_F(LateRepliesTest, RoundsAreCountedForEver) {
  harness_.Enter(1, kLateHello);
  harness_.Enter(2, kLateHello);
  for (size_t i = 1; i <= 127; ++i) {  // two rounds each
    harness_.Deliver(1, ReplyOf(3, 0), kLate);
    ASSERT_EQ(Takes(1, i), kLongest);
  }
  harness_.Deliver(1, ReplyOf(3, 0), kLate);
  harness_.Advance(absl::Milliseconds(30));
  harness_.Deliver(2, ReplyOf(3, 0), kLate);
  EXPECT_LE(Takes(2, 1), kLongest);
  EXPECT_EQ(harness_.peer(1).Heard().size(), 128u);
}

}  // namespace
}  // namespace chat77::server
