#include "server/storage/group_commit.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace chat77::server {
namespace {

using Words = std::vector<std::string>;

class GroupCommitTest : public testing::Test {
 protected:
  enum class Outcome { kGood, kFailed, kRefusesFirst };

  QueuedWrite Writing(const std::string& text, bool ordered = false) {
    return {store::AppendMessage{
                store::Message{kLobby, 1, absl::UnixEpoch(), "ann", text}},
            [this, text](const store::WriteResult& result) {
              heard_.push_back(text + (result.ok() ? "" : " failed"));
            },
            ordered};
  }
  QueuedWrite Ordered(const std::string& text) { return Writing(text, true); }

  // What the writes heard.
  Words Run(std::vector<QueuedWrite> writes, Outcome outcome) {
    heard_.clear();
    commit_.Run(
        std::move(writes),
        [&](absl::Span<const store::Write> batch) -> GroupCommit::Results {
          committed_ += batch.size();
          if (outcome == Outcome::kFailed)
            return absl::UnavailableError("disk");
          std::vector<store::WriteResult> results(batch.size(),
                                                  store::Written{});
          if (outcome == Outcome::kRefusesFirst) {
            results[0] = absl::NotFoundError("no such");
          }
          return results;
        });
    return heard_;
  }

  GroupCommit commit_;
  Words heard_;
  size_t committed_ = 0;
};

TEST_F(GroupCommitTest, WritesAllInOrder) {
  EXPECT_EQ(Run({Writing("a"), Ordered("b")}, Outcome::kGood),
            Words({"a", "b"}));
  EXPECT_EQ(committed_, 2u);
}

// What was ordered after it was judged by what it was to bring.
TEST_F(GroupCommitTest, AFailureFailsAllThatWasOrderedBehindIt) {
  EXPECT_EQ(Run({Ordered("a")}, Outcome::kFailed), Words({"a failed"}));
  EXPECT_EQ(Run({Ordered("b"), Writing("free")}, Outcome::kGood),
            Words({"b failed", "free"}));
  EXPECT_EQ(Run({Ordered("c"), QueuedWrite(), Ordered("d")}, Outcome::kGood),
            Words({"c failed", "d"}));
  EXPECT_EQ(Run({Ordered("e")}, Outcome::kGood), Words({"e"}));
}

TEST_F(GroupCommitTest, WhatIsRejectedIsNotCarriedOut) {
  Run({Ordered("a")}, Outcome::kFailed);
  Run({Ordered("b"), Ordered("c")}, Outcome::kGood);
  EXPECT_EQ(committed_, 1u);
  EXPECT_EQ(commit_.rejected(), 2u);
}

TEST_F(GroupCommitTest, AFailureOfWritesWithoutOrderFailsNoOthers) {
  EXPECT_EQ(Run({Writing("a")}, Outcome::kFailed), Words({"a failed"}));
  EXPECT_EQ(Run({Ordered("b")}, Outcome::kGood), Words({"b"}));
}

TEST_F(GroupCommitTest, ARefusalEndsNoGeneration) {
  EXPECT_EQ(Run({Ordered("a"), Ordered("b")}, Outcome::kRefusesFirst),
            Words({"a failed", "b"}));
  EXPECT_EQ(Run({Ordered("c")}, Outcome::kGood), Words({"c"}));
}

}  // namespace
}  // namespace chat77::server
