#include "server/fanout/presence_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

#include "absl/strings/str_cat.h"

#include "chat77/v1/envelope.pb.h"
#include "proto/frame_decoder.h"
#include "proto/limits.h"

namespace chat77::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Each frame must be exactly one, and one that any client takes.
std::vector<v1::PresenceChanged> Drained(PresenceBatch& batch) {
  std::vector<v1::PresenceChanged> all;
  batch.Drain([&](std::string_view bytes) {
    wire::FrameDecoder decoder(wire::kFrameBytes);
    size_t consumed = 0;
    int frames = 0;
    decoder.Receive(
        bytes,
        [&](std::string_view body) {
          v1::ServerFrame frame;
          EXPECT_TRUE(
              frame.ParseFromArray(body.data(), static_cast<int>(body.size())));
          EXPECT_EQ(frame.reply_to(), 0u);
          EXPECT_EQ(frame.presence_changed().room(), wire::kLobby);
          all.push_back(frame.presence_changed());
          ++frames;
          return true;
        },
        &consumed);
    EXPECT_EQ(consumed, bytes.size());
    EXPECT_EQ(frames, 1);
  });
  return all;
}

TEST(PresenceBatchTest, NothingNotedIsNoFrame) {
  PresenceBatch batch;
  EXPECT_TRUE(batch.empty());
  EXPECT_THAT(Drained(batch), IsEmpty());
}

TEST(PresenceBatchTest, KeepsTheOrderOfTheNotes) {
  PresenceBatch batch;
  for (const char* alias : {"zoe", "ann", "Ömer"}) batch.Note(alias, true);
  for (const char* alias : {"yan", "bob"}) batch.Note(alias, false);
  EXPECT_FALSE(batch.empty());
  const auto frames = Drained(batch);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_THAT(frames[0].joined(), ElementsAre("zoe", "ann", "Ömer"));
  EXPECT_THAT(frames[0].left(), ElementsAre("yan", "bob"));
}

TEST(PresenceBatchTest, TheLastWordCountsAtTheFirstPlace) {
  PresenceBatch batch;
  batch.Note("ann", true);
  batch.Note("bob", true);
  batch.Note("cem", true);
  batch.Note("bob", false);
  batch.Note("ann", false);
  batch.Note("ann", true);
  const auto frames = Drained(batch);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_THAT(frames[0].joined(), ElementsAre("ann", "cem"));
  EXPECT_THAT(frames[0].left(), ElementsAre("bob"));
}

TEST(PresenceBatchTest, WhoLeftAndCameBackStandsInJoined) {
  PresenceBatch batch;
  batch.Note("ann", false);
  batch.Note("ann", true);
  const auto frames = Drained(batch);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_THAT(frames[0].joined(), ElementsAre("ann"));
  EXPECT_THAT(frames[0].left(), IsEmpty());
}

TEST(PresenceBatchTest, AliasesThatDifferInCaseAreTwo) {
  PresenceBatch batch;
  batch.Note("ann", true);
  batch.Note("Ann", false);
  const auto frames = Drained(batch);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_THAT(frames[0].joined(), ElementsAre("ann"));
  EXPECT_THAT(frames[0].left(), ElementsAre("Ann"));
}

TEST(PresenceBatchTest, IsUsedAgain) {
  PresenceBatch batch;
  batch.Note("ann", true);
  Drained(batch);
  EXPECT_TRUE(batch.empty());
  EXPECT_THAT(Drained(batch), IsEmpty());
  batch.Note("bob", true);
  batch.Note("ann", false);
  const auto frames = Drained(batch);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_THAT(frames[0].joined(), ElementsAre("bob"));
  EXPECT_THAT(frames[0].left(), ElementsAre("ann"));
}

// Ten thousand of the longest aliases, the odd ones leaving.
TEST(PresenceBatchTest, CutsLongLists) {
  PresenceBatch batch;
  const auto alias = [](int i) {
    std::string name = absl::StrCat("u", i, "-");
    return name + std::string(wire::kAliasBytes - name.size(), 'x');
  };
  for (int i = 0; i < 10'000; ++i) batch.Note(alias(i), i % 2 == 0);
  const auto frames = Drained(batch);
  constexpr size_t kEach = wire::kOnlineListBytes / (wire::kAliasBytes + 2);
  EXPECT_EQ(frames.size(), (10'000 + kEach - 1) / kEach);
  int joined = 0;
  int left = 1;
  for (const auto& frame : frames) {
    EXPECT_LE(frame.ByteSizeLong(), wire::kOnlineListBytes + 1024);
    for (const auto& name : frame.joined()) {
      ASSERT_EQ(name, alias(joined));
      joined += 2;
    }
    for (const auto& name : frame.left()) {
      ASSERT_EQ(name, alias(left));
      left += 2;
    }
  }
  EXPECT_EQ(joined, 10'000);
  EXPECT_EQ(left, 10'001);
}

// As many as fit exactly are one frame; one more makes two.
TEST(PresenceBatchTest, CutsWhereTheLimitIs) {
  constexpr size_t kEach = 16;
  static_assert(wire::kOnlineListBytes % kEach == 0);
  const auto fill = [](PresenceBatch& batch, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      batch.Note(absl::StrCat(10'000'000'000'000 + i), true);
    }
  };
  PresenceBatch batch;
  fill(batch, wire::kOnlineListBytes / kEach);
  EXPECT_EQ(Drained(batch).size(), 1u);
  fill(batch, wire::kOnlineListBytes / kEach + 1);
  const auto frames = Drained(batch);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[1].joined_size(), 1);
}

}  // namespace
}  // namespace chat77::server
