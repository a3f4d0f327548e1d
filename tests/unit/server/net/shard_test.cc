// The logs of a shard: who hears what, and what a log costs that nobody reads.

#include "server/net/shard.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "tests/support/shard_harness.h"

namespace chat77::server {
namespace {

using test::Bytes;
using test::Hello;
using test::Peer;
using test::ShardHarness;
using Words = std::vector<std::string>;

const std::string kNotices = Hello(0, pb::PRESENCE_NOTICES);
const std::string kBatched = Hello(0, pb::PRESENCE_BATCHED);
const std::string kNone = Hello(0, pb::PRESENCE_NONE);

ShardOptions SmallLog() {
  ShardOptions options;
  options.log_bytes = 0;  // that is two chunks
  return options;
}

class ShardTest : public testing::Test {
 protected:
  const RoomLog& log(Feed feed) { return harness_.shard().log(feed); }
  Words Heard(uint64_t id) {
    harness_.Poll();
    return harness_.peer(id).Heard();
  }

  ShardHarness harness_{SmallLog(), 7};
};

TEST_F(ShardTest, AFeedThatNobodyReadsTakesNoBytes) {
  harness_.Enter(1, kNone);
  for (int i = 0; i < 100; ++i) {
    harness_.Say(5000);
    harness_.TellLeft("ann", 100);
  }
  EXPECT_GT(log(Feed::kMessages).bytes_held(), 0u);
  for (const Feed feed : {Feed::kNotices, Feed::kBatches}) {
    EXPECT_EQ(log(feed).bytes_held(), 0u);
    EXPECT_EQ(log(feed).next_seq(), 107u);
  }
}

TEST_F(ShardTest, BytesAreLetGoWithTheLastReader) {
  harness_.Enter(1, kNotices);
  harness_.Enter(2, kNotices);
  harness_.Say();
  harness_.peer(1).HangUp();
  harness_.Poll();
  harness_.Say();
  EXPECT_GT(log(Feed::kNotices).bytes_held(), 0u);
  EXPECT_EQ(Heard(2), (Words{"s7", "s8"}));
  harness_.peer(2).HangUp();
  harness_.Poll();
  ASSERT_EQ(harness_.shard().sessions(), 0u);
  harness_.Say();
  EXPECT_EQ(log(Feed::kNotices).bytes_held(), 0u);
}

TEST_F(ShardTest, EachHearsWhatItChose) {
  harness_.Enter(1, kNotices);
  harness_.Enter(2, kBatched);
  harness_.Enter(3, kNone);
  harness_.TellLeft("ann");
  harness_.Say();
  harness_.TellLeft("bob");
  harness_.Say(5, 3);  // reader 3's own
  EXPECT_EQ(Heard(1), (Words{"-ann", "s7", "-bob", "s8"}));
  EXPECT_EQ(Heard(2), (Words{"s7", "s8"}));
  EXPECT_EQ(Heard(3), (Words{"s7"}));
  std::vector<pb::ServerFrame> batch;
  const absl::Duration took = harness_.Takes([&] {
    batch = harness_.peer(2).Received();
    return !batch.empty();
  });
  ASSERT_EQ(took, absl::Seconds(1));
  EXPECT_EQ(batch[0].presence_changed().left_size(), 2);
  EXPECT_EQ(Heard(3), (Words{"s7"}));
}

TEST_F(ShardTest, WhoComesLaterHearsFromThereOn) {
  harness_.Enter(1, kNone);
  for (int i = 0; i < 3; ++i) harness_.Say();
  harness_.Enter(2, kNotices);
  harness_.Enter(3, kBatched);
  harness_.Say();
  for (const uint64_t id : {2, 3}) EXPECT_EQ(Heard(id), Words{"s10"});
  EXPECT_EQ(Heard(1), (Words{"s7", "s8", "s9", "s10"}));
}

// The feed was read, was not read for some messages, and is read again, by
// somebody too slow for it.
TEST_F(ShardTest, MissedNumbersAreRightAfterAPause) {
  harness_.Enter(1, kNone);
  harness_.Enter(2, kNotices);
  harness_.Say();
  EXPECT_EQ(Heard(2), Words{"s7"});
  harness_.peer(2).HangUp();
  harness_.Poll();
  for (int i = 0; i < 5; ++i) harness_.Say();  // 8 to 12
  Peer& late = harness_.Enter(3, kNotices, 20'000);
  uint64_t last = 0;
  while (log(Feed::kNotices).begin() == 0 ||
         log(Feed::kNotices).SeqAt(log(Feed::kNotices).begin()) < 100) {
    last = harness_.Say(5000);
    harness_.Poll();
    harness_.peer(1).Heard();
  }
  uint64_t next = 13;
  ASSERT_TRUE(harness_.TurnUntil([&] {
    for (const pb::ServerFrame& frame : late.Received()) {
      if (frame.has_missed()) {
        EXPECT_EQ(frame.missed().from_seq(), next);
        EXPECT_GT(frame.missed().to_seq(), next);
        next = frame.missed().to_seq() + 1;
      } else {
        EXPECT_EQ(frame.said().seq(), next++);
      }
    }
    return next == last + 1;
  }));
}

}  // namespace
}  // namespace chat77::server
