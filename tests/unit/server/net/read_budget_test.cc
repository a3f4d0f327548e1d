#include "server/net/read_budget.h"

#include <gtest/gtest.h>

#include "tests/support/shard_harness.h"

namespace chat77::server {
namespace {

using test::Frame;
using test::Hello;
using test::Peer;
using test::ShardHarness;
const absl::Time kFirstRead = absl::UnixEpoch() + absl::Hours(1);

ReadRates Rates() {
  ReadRates rates;
  rates.bytes = {100, 1000};
  rates.frames = {10, 50};
  rates.bytes_before_login = 300;
  rates.frames_before_login = 5;
  return rates;
}

TEST(ReadBudgetTest, BytesComeBack) {
  const ReadRates rates = Rates();
  ReadBudget budget(rates, /*logged_in=*/true);
  budget.Charge(1000, 0, kFirstRead);
  EXPECT_FALSE(budget.Overdrawn(kFirstRead));
  budget.Charge(200, 0, kFirstRead);
  EXPECT_TRUE(budget.Overdrawn(kFirstRead + absl::Milliseconds(1999)));
  EXPECT_FALSE(budget.Overdrawn(kFirstRead + absl::Seconds(2)));
  EXPECT_FALSE(budget.IsFull(kFirstRead + absl::Seconds(11)));
  EXPECT_TRUE(budget.IsFull(kFirstRead + absl::Seconds(12)));
}

TEST(ReadBudgetTest, FramesComeBackToo) {
  const ReadRates rates = Rates();
  ReadBudget budget(rates, true);
  budget.Charge(0, 51, kFirstRead);
  EXPECT_TRUE(budget.Overdrawn(kFirstRead));
  EXPECT_FALSE(budget.Overdrawn(kFirstRead + absl::Milliseconds(101)));
}

TEST(ReadBudgetTest, NothingComesBackBeforeTheLogin) {
  const ReadRates rates = Rates();
  ReadBudget budget(rates);
  budget.Charge(300, 5, kFirstRead);
  EXPECT_FALSE(budget.Overdrawn(kFirstRead));
  budget.Charge(1, 0, kFirstRead);
  EXPECT_TRUE(budget.Overdrawn(kFirstRead + absl::Minutes(1)));
  budget.LoggedIn();
  EXPECT_FALSE(budget.Overdrawn(kFirstRead));
  EXPECT_TRUE(budget.IsFull(kFirstRead));
}

class MeteredSessionTest : public ::testing::Test {
 protected:
  static ShardOptions Options() {
    ShardOptions options;
    options.reading = Rates();
    options.reading.frames = {100, 50};
    options.reading.bytes = {1e6, 1e6};
    return options;
  }
  static std::string Ping(uint64_t id) {
    pb::ClientFrame frame;
    frame.mutable_ping();
    return Frame(id, frame);
  }
  size_t Pongs(Peer& peer) {
    for (const auto& frame : peer.Received()) pongs_ += frame.has_pong();
    return pongs_;
  }

  size_t pongs_ = 0;
};

TEST_F(MeteredSessionTest, AStrangerIsHeardOnlySoFar) {
  ShardHarness harness(Options());
  Peer& metered = harness.Connect(1, 0, /*metered=*/true);
  Peer& exempt = harness.Connect(2);
  for (Peer* peer : {&metered, &exempt}) {
    peer->Send(Hello());
    harness.Poll();
    for (uint64_t id = 2; id < 40; ++id) {
      peer->Send(Ping(id));
      harness.Poll();
    }
  }
  size_t heard = 0;
  for (const auto& frame : metered.Received()) heard += frame.has_pong();
  EXPECT_EQ(heard, 5u);  // the hello counts as well, the last overdraws
  EXPECT_EQ(Pongs(exempt), 38u);
}

// What was sent meanwhile is not lost, it waits.
TEST_F(MeteredSessionTest, AUserWhoSendsTooFastIsHeardLater) {
  ShardHarness harness(Options());
  Peer& peer = harness.Connect(1, 0, /*metered=*/true);
  harness.LogIn(1);
  for (uint64_t id = 3; id < 123; ++id) {
    peer.Send(Ping(id));
    harness.Poll();
  }
  EXPECT_LT(Pongs(peer), 100u);
  const absl::Duration took = harness.Takes([&] { return Pongs(peer) == 120; });
  EXPECT_GE(took, absl::Milliseconds(500));
  EXPECT_LE(took, absl::Seconds(2));
}

TEST_F(MeteredSessionTest, TheShardSaysHowFarASessionIs) {
  ShardHarness harness(Options());
  std::vector<Passage> passages;
  harness.shard().OnPassage(
      [&](SessionId, Passage passage) { passages.push_back(passage); });
  Peer& peer = harness.Connect(1, 0, /*metered=*/true);
  peer.Send(Hello());
  pb::ClientFrame login;
  login.mutable_login();
  peer.Send(Frame(2, login));
  harness.Poll();
  EXPECT_EQ(passages, std::vector{Passage::kBusy});
  harness.Deliver(1, test::ReplyOf(2, 5));  // wrong password
  EXPECT_EQ(passages.back(), Passage::kIdle);
  peer.Send(Frame(3, login));
  harness.Poll();
  harness.Deliver(1, test::ReplyOf(3, 0), DeliveryKind::kLogin);
  EXPECT_EQ(passages.back(), Passage::kLoggedIn);
  peer.HangUp();
  harness.Poll();
  EXPECT_EQ(passages,
            (std::vector{Passage::kBusy, Passage::kIdle, Passage::kBusy,
                         Passage::kLoggedIn, Passage::kGone}));
}

// The core is told whom no limits are for, by the address that counts.
TEST_F(MeteredSessionTest, TheCoreHearsWhoIsUnlimited) {
  ShardOptions options = Options();
  options.unlimited = *wire::NetworkList::Parse("192.0.2.0/24");
  for (const auto& [address, unlimited] :
       {std::pair{"192.0.2.7", true}, std::pair{"198.51.100.7", false}}) {
    ShardHarness harness(options);
    pb::ClientFrame hello;
    hello.mutable_hello()->set_min_version(1);
    hello.mutable_hello()->set_max_version(1);
    hello.mutable_hello()->set_forwarded_address(address);
    harness.Connect(1, 0, false, /*trusted=*/true).Send(Frame(1, hello));
    harness.Poll();
    EXPECT_EQ(harness.core().last_opened.address, address);
    EXPECT_EQ(harness.core().last_opened.unlimited, unlimited);
  }
}

TEST_F(MeteredSessionTest, WhoGivesWayIsToldUnlessLoggedIn) {
  ShardHarness harness(Options());
  Peer& stranger = harness.Connect(1, 0, true);
  Peer& other = harness.Connect(2, 0, true);
  harness.Connect(3, 0, true);
  harness.LogIn(3);
  // Who has not said how it speaks cannot be told.
  pb::ClientFrame hello;
  hello.mutable_hello()->set_min_version(1);
  hello.mutable_hello()->set_max_version(1);
  stranger.Send(Frame(1, hello));
  harness.Poll();
  for (uint64_t id = 1; id <= 3; ++id) {
    harness.shard().GiveWay(SessionId{id}, "Go.", 1000, /*most=*/1);
  }
  harness.Poll();
  EXPECT_EQ(stranger.Heard().back(), "g213");
  other.Received();
  EXPECT_TRUE(other.ended());  // too many were being refused: without a word
  EXPECT_TRUE(other.Heard().empty());
  EXPECT_TRUE(harness.peer(3).Heard().empty());
  EXPECT_EQ(harness.shard().sessions(), 2u);
}

}  // namespace
}  // namespace chat77::server
