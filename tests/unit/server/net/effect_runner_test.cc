// What waits for the store before it is written, and what does not.

#include "server/net/effect_runner.h"

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/faulty_store.h"
#include "tests/support/shard_harness.h"

namespace chat77::server {
namespace {

using test::ListeningCore;
using test::Peer;
using Words = std::vector<std::string>;

// A room on as many shards as wanted, all turned by the test. The store is
// asked, and the test says when it answered.
class Room {
 public:
  Room(size_t shards, size_t people) {
    for (size_t i = 0; i < shards; ++i) {
      shards_.push_back(std::make_unique<Shard>(options_, 1));
      shards_.back()->set_core(&core_);
    }
    auto store = std::make_unique<test::FaultyStore>();
    EXPECT_TRUE(store->OpenLobby().ok());
    store::Reader& reader = *store->OpenReader(1 << 20).value();
    storage_ = std::make_unique<Storage>(
        std::move(store), reader, StorageOptions{store::PasswordCost::kMin, ""},
        [](const std::vector<Event>&) {});
    runner_ = std::make_unique<EffectRunner>(shards_, *storage_, [] {});
    shards_[0]->OnEndOfTurn([this] { return runner_->EndTurn(); });
    for (size_t i = 0; i < people; ++i) Enter(i);
    Poll();
  }

  void Poll() {
    for (int i = 0; i < 4; ++i) {
      for (auto& shard : shards_) shard->io().poll();
    }
  }
  void Advance(absl::Duration time) {
    Poll();
    const absl::Time end = clock_.Now() + time;
    while (clock_.AdvanceToNext(end)) Poll();
  }
  void Run(Effect effect) {
    Effects effects;
    effects.push_back(std::move(effect));
    runner_->Run(effects);
  }
  void Say() {
    TellRoom tell;
    tell.seq = ++said_;
    tell.frame.mutable_said()->set_seq(said_);
    Run(std::move(tell));
  }
  void Ask() {
    Append append;
    append.token = Token{++asked_};
    append.entry.seq = asked_;
    Run(std::move(append));
  }
  void Answered() { runner_->Answered(); }
  // What all have heard; nothing if they have not heard the same.
  std::optional<Words> Heard() {
    Words heard = peers_[0]->Heard();
    for (auto& peer : peers_) {
      if (peer->Heard() != heard) return std::nullopt;
    }
    return heard;
  }

 private:
  void Enter(size_t i) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                           0, ends),
              0);
    peers_.push_back(std::make_unique<Peer>(ends[0]));
    shards_[i % shards_.size()]->Add(SessionId{i + shards_.size()},
                                     Descriptor(ends[1]), {.plain_ok = true});
    Run(JoinRoom{SessionId{i + shards_.size()}});
  }

  test::FakeClock clock_;
  const ShardOptions options_ = test::ShardHarness::On(clock_, {});
  ListeningCore core_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<EffectRunner> runner_;
  std::vector<std::unique_ptr<Peer>> peers_;
  uint64_t said_ = 0;
  uint64_t asked_ = 0;
};

constexpr size_t kLarge = EffectRunner::kLargeRoom;

// What all had heard at several moments.
using Moments = std::vector<std::optional<Words>>;

template <class Scene>
Moments Play(size_t shards, size_t people, Scene scene) {
  Room room(shards, people);
  return scene(room);
}

// The store is asked for a second outcome before the first is written.
Moments TwoRounds(Room& room) {
  Moments moments;
  room.Ask();
  room.Say();
  room.Poll();
  moments.push_back(room.Heard());
  room.Answered();
  room.Say();
  room.Poll();
  moments.push_back(room.Heard());
  return moments;
}

TEST(EffectRunnerTest, TwoRoundsLeaveALargeRoomInOneWrite) {
  EXPECT_EQ(Play(1, kLarge, TwoRounds), (Moments{Words{}, Words{"s1", "s2"}}));
}

TEST(EffectRunnerTest, ASmallRoomDoesNotWait) {
  EXPECT_EQ(Play(1, kLarge - 1, TwoRounds),
            (Moments{Words{"s1"}, Words{"s1", "s2"}}));
}

TEST(EffectRunnerTest, OtherShardsWaitAsWell) {
  EXPECT_EQ(Play(3, 3 * kLarge, TwoRounds),
            (Moments{Words{}, Words{"s1", "s2"}}));
}

TEST(EffectRunnerTest, NobodyWaitsWhenTheStoreIsAtNothing) {
  EXPECT_EQ(Play(1, kLarge,
                 [](Room& room) {
                   room.Say();
                   room.Poll();
                   return Moments{room.Heard()};
                 }),
            (Moments{Words{"s1"}}));
}

// What was asked later is not waited for: a stream would never be written.
TEST(EffectRunnerTest, WaitsOnceOnly) {
  EXPECT_EQ(Play(1, kLarge,
                 [](Room& room) {
                   room.Ask();
                   room.Say();
                   room.Poll();
                   room.Ask();
                   room.Answered();
                   room.Say();
                   room.Poll();
                   return Moments{room.Heard()};
                 }),
            (Moments{Words{"s1", "s2"}}));
}

class SilentStoreTest : public testing::TestWithParam<size_t> {};

INSTANTIATE_TEST_SUITE_P(Shards, SilentStoreTest, testing::Values(1, 2));

TEST_P(SilentStoreTest, IsNotWaitedForLongerThanAHold) {
  Room room(GetParam(), GetParam() * kLarge);
  constexpr absl::Duration kMoment = absl::Milliseconds(1);
  room.Ask();
  room.Say();
  room.Advance(EffectRunner::kHold - kMoment);
  EXPECT_EQ(room.Heard(), Words{});
  room.Advance(kMoment);
  EXPECT_EQ(room.Heard(), Words{"s1"});
  room.Say();
  room.Advance(EffectRunner::kHold);
  EXPECT_EQ(room.Heard(), (Words{"s1", "s2"}));
}

}  // namespace
}  // namespace chat77::server
