// What a shard's readers get is the same whether it goes out through io_uring
// or one by one, and whether the kernel allows the one or not.

#include "server/net/send_burst.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <sys/syscall.h>
#include <thread>
#include <vector>

#include "tests/support/refuse_system_call.h"
#include "tests/support/shard_harness.h"

namespace chat77::server {
namespace {

using test::ReplyOf;
using test::ShardHarness;
using Words = std::vector<std::string>;

ShardOptions With(bool io_uring, size_t log_bytes = 16 * 1024 * 1024) {
  ShardOptions options;
  options.io_uring = io_uring;
  options.log_bytes = log_bytes;
  return options;
}

std::string Said(uint64_t seq) { return "s" + std::to_string(seq); }

// More than two system calls of the ring.
constexpr uint64_t kMany = 2 * SendBurst::kAtOnce + 100;

void CheckThatManyHear(ShardHarness& room) {
  for (uint64_t id = 1; id <= kMany; ++id) room.Enter(id);
  Words all;
  for (int turn = 0; turn < 5; ++turn) {
    for (int i = 0; i <= turn; ++i) all.push_back(Said(room.Say(100)));
    room.Poll();
  }
  for (uint64_t id = 1; id <= kMany; ++id) {
    ASSERT_EQ(room.peer(id).Heard(), all) << id;
    ASSERT_TRUE(room.peer(id).whole());
  }
}

class SendBurstTest : public testing::TestWithParam<bool> {
 protected:
  ShardHarness room_{With(GetParam())};
};

INSTANTIATE_TEST_SUITE_P(Ways, SendBurstTest, testing::Bool(),
                         [](const auto& way) {
                           return way.param ? "Ring" : "OneByOne";
                         });

TEST_P(SendBurstTest, ManyHearAllInOrder) { CheckThatManyHear(room_); }

TEST_P(SendBurstTest, OwnRepliesKeepTheirPlaces) {
  constexpr uint64_t kReaders = 40, kMessages = 30;
  for (uint64_t id = 1; id <= kReaders; ++id) room_.Enter(id);
  std::vector<Words> expected(kReaders + 1);
  for (uint64_t i = 1; i <= kMessages; ++i) {
    // Reader 1 has none, reader 2 one before each second message, and so on:
    // from one piece of bytes to more than a write may carry.
    for (uint64_t id = 2; id <= kReaders; ++id) {
      if (i % (kReaders / id) != 0) continue;
      room_.Deliver(id, ReplyOf(i, id));
      expected[id].push_back("r" + std::to_string(i));
    }
    const uint64_t talker = 1 + i % kReaders;
    const uint64_t seq = room_.Say(10, talker);
    for (uint64_t id = 1; id <= kReaders; ++id) {
      if (id != talker) expected[id].push_back(Said(seq));
    }
  }
  room_.Poll();
  for (uint64_t id = 1; id <= kReaders; ++id) {
    EXPECT_EQ(room_.peer(id).Heard(), expected[id]) << id;
  }
}

TEST_P(SendBurstTest, AFullSocketGetsTheRestLater) {
  constexpr uint64_t kReaders = 40, kSlow = 7;
  for (uint64_t id = 1; id <= kReaders; ++id) room_.Enter(id);
  Words all;
  for (int turn = 0; turn < 100; ++turn) {
    for (int i = 0; i < 3; ++i) all.push_back(Said(room_.Say(7000)));
    if (turn % 10 == 0) {
      room_.Deliver(kSlow, ReplyOf(1000, 10));
      all.push_back("r1000");
    }
    room_.Poll();
    for (uint64_t id = 1; id <= kReaders; ++id) {
      if (id != kSlow) room_.peer(id).Heard();
    }
  }
  ASSERT_TRUE(room_.TurnUntil(
      [&] { return room_.peer(kSlow).Heard().size() >= all.size(); }));
  EXPECT_EQ(room_.peer(kSlow).Heard(), all);
  Words others = all;
  std::erase(others, "r1000");
  for (uint64_t id = 1; id <= kReaders; ++id) {
    if (id == kSlow) continue;
    ASSERT_EQ(room_.peer(id).Heard(), others) << id;
  }
}

// More in one turn than a write may carry: the first is taken whole, and the
// session asks for another while it is in the list for its reply.
TEST_P(SendBurstTest, MoreThanAWriteCarriesComesOnce) {
  constexpr uint64_t kReaders = 20;
  for (uint64_t id = 1; id <= kReaders; ++id) {
    room_.Enter(id, test::Hello(), 4 << 20);
  }
  Words all;
  for (int i = 0; i < 200; ++i) all.push_back(Said(room_.Say(7000)));
  for (uint64_t id = 1; id <= kReaders; ++id) {
    room_.Deliver(id, ReplyOf(3, 10));
  }
  all.push_back("r3");
  ASSERT_TRUE(room_.TurnUntil([&] {
    bool done = true;
    for (uint64_t id = 1; id <= kReaders; ++id) {
      done = room_.peer(id).Heard().size() >= all.size() && done;
    }
    return done;
  }));
  room_.Poll();
  for (uint64_t id = 1; id <= kReaders; ++id) {
    ASSERT_EQ(room_.peer(id).Heard(), all) << id;
    EXPECT_TRUE(room_.peer(id).whole());
  }
}

// What follows its end is told to all in the middle of the burst: as a notice,
// and as something for each alone that makes what they hold for it move.
TEST_P(SendBurstTest, OneThatIsGoneSpoilsNobodysBytes) {
  constexpr uint64_t kReaders = 100;
  for (uint64_t id = 1; id <= kReaders; ++id) room_.Enter(id);
  room_.core().on_closed = [&](SessionId gone) {
    const std::string name = std::to_string(gone.value);
    room_.TellLeft(name);
    for (uint64_t id = 1; id <= kReaders; ++id) {
      room_.Deliver(id, ReplyOf(gone.value, 20'000), DeliveryKind::kEvent);
    }
  };
  for (uint64_t id = 1; id <= kReaders; ++id) {
    room_.Deliver(id, ReplyOf(1000, 10));
  }
  room_.Say();
  for (uint64_t id = 1; id <= kReaders; ++id) {
    room_.Deliver(id, ReplyOf(1001, 3000));
  }
  room_.Say();
  Words expected = {"r1000", "s1", "r1001", "s2"};
  // The loop has not looked at them when it writes.
  for (const uint64_t gone : {1, 50, 100}) room_.peer(gone).HangUp();
  ASSERT_TRUE(room_.TurnUntil([&] { return room_.core().closed == 3; }));
  room_.Poll();
  EXPECT_EQ(room_.shard().sessions(), kReaders - 3);
  for (uint64_t id = 1; id <= kReaders; ++id) {
    if (id == 1 || id == 50 || id == 100) continue;
    Words heard = room_.peer(id).Heard();
    ASSERT_EQ(heard.size(), 10u) << id << testing::PrintToString(heard);
    ASSERT_EQ(Words(heard.begin(), heard.begin() + 4), expected) << id;
    std::sort(heard.begin() + 4, heard.end());
    ASSERT_EQ(Words(heard.begin() + 4, heard.end()),
              Words({"-1", "-100", "-50", "r1", "r100", "r50"}))
        << id;
    ASSERT_TRUE(room_.peer(id).whole());
  }
}

// The end of one makes the log give up the bytes that the others are in the
// middle of.
TEST_P(SendBurstTest, TheLogMayMoveOnWhileSocketsAreFull) {
  ShardHarness room(With(GetParam(), 0));
  constexpr uint64_t kReaders = 20;
  for (uint64_t id = 1; id <= kReaders; ++id) room.Enter(id);
  room.core().on_closed = [&](SessionId) {
    for (int i = 0; i < 4; ++i) room.TellLeft("ann", 50'000);
  };
  uint64_t last = 0;
  while (room.shard().log(Feed::kNotices).end() <
         2 * RoomLog::kChunkBytes - 20'000) {
    last = room.Say(7000);
  }
  room.peer(1).HangUp();
  room.Poll();
  EXPECT_EQ(room.core().closed, 1);
  std::vector<uint64_t> next(kReaders + 1, 1);  // the seq to come
  std::vector<int> left(kReaders + 1, 0);
  const auto hear = [&](uint64_t id) {
    for (const pb::ServerFrame& frame : room.peer(id).Received()) {
      left[id] += frame.has_left();
      // One whose turn came after the log had moved is told so.
      if (frame.has_missed()) {
        EXPECT_EQ(frame.missed().from_seq(), next[id]);
        next[id] = frame.missed().to_seq() + 1;
      }
      if (frame.has_said()) {
        EXPECT_EQ(frame.said().seq(), next[id]++) << id;
      }
    }
    return next[id] == last + 1 && left[id] == 4;
  };
  for (uint64_t id = 2; id <= kReaders; ++id) {
    EXPECT_TRUE(room.TurnUntil([&] { return hear(id); })) << id;
    EXPECT_TRUE(room.peer(id).whole());
  }
}

// In a thread of its own: a sandbox is for ever.
template <class Work>
void InASandboxWithout(unsigned system_call, Work work) {
  std::thread([&] {
    ASSERT_TRUE(test::RefuseSystemCall(system_call));
    work();
  }).join();
}

TEST(SendBurstSandboxTest, SaysWhyThereIsNoRingAndGoesOneByOne) {
  InASandboxWithout(SYS_io_uring_setup, [] {
    EXPECT_EQ(SendBurst::WhyNot(), "Operation not permitted");
    ShardHarness room(With(true));
    CheckThatManyHear(room);
  });
}

TEST(SendBurstSandboxTest, GoesOneByOneWhenTheRingIsForbiddenInUse) {
  InASandboxWithout(SYS_io_uring_enter, [] {
    ShardHarness room(With(true));
    CheckThatManyHear(room);
  });
}

}  // namespace
}  // namespace chat77::server
