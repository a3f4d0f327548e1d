#include "server/storage/read_worker.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <latch>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/storage/commit_worker.h"
#include "tests/support/faulty_store.h"

namespace chat77::server {
namespace {

using test::FaultyStore;
using Words = std::vector<std::string>;

class ReadWorkerTest : public testing::Test {
 protected:
  ReadWorkerTest() {
    EXPECT_TRUE(store_.OpenLobby().ok());
    worker_ = std::make_unique<ReadWorker>(
        reader_, [this] { done_.push_back("round"); });
  }

  ReadWorker::Read Reading(const std::string& name) {
    return [this, name](store::Reader&) { done_.push_back(name); };
  }
  // The first read holds the thread until Finish.
  void Hold() {
    worker_->Submit([this](store::Reader&) {
      held_.count_down();
      go_on_.wait();
      done_.push_back("first");
    });
    held_.wait();
  }
  // All that was done; the worker is gone.
  Words Finish() {
    go_on_.count_down();
    worker_.reset();
    return done_;
  }

  FaultyStore store_;
  store::Reader& reader_ = *store_.OpenReader(1 << 20).value();
  std::latch held_{1};
  std::latch go_on_{1};
  Words done_;  // by the worker's thread, then by ours
  std::unique_ptr<ReadWorker> worker_;
};

TEST_F(ReadWorkerTest, ReadsInTheOrderInWhichItWasAsked) {
  Hold();
  worker_->Submit(Reading("a"));
  std::vector<ReadWorker::Read> reads;
  reads.push_back(Reading("b"));
  reads.push_back(Reading("c"));
  worker_->Submit(std::move(reads));
  worker_->Submit(std::vector<ReadWorker::Read>());  // is nothing
  worker_->Submit(Reading("d"));
  EXPECT_EQ(Finish(), Words({"first", "round", "a", "b", "c", "d", "round"}));
}

// The first of many who read does not wait for the last.
TEST_F(ReadWorkerTest, WhatWasReadIsHandedOverNowAndThen) {
  Hold();
  for (size_t i = 0; i < 2 * ReadWorker::kReads; ++i) {
    worker_->Submit(Reading("read"));
  }
  const Words done = Finish();
  EXPECT_EQ(std::count(done.begin(), done.end(), "round"), 3);
  EXPECT_EQ(done[2 + ReadWorker::kReads], "round");
}

TEST_F(ReadWorkerTest, FinishesWhatWasSubmittedBeforeItEnds) {
  Hold();
  for (int i = 0; i < 1000; ++i) worker_->Submit(Reading("read"));
  const Words done = Finish();
  EXPECT_EQ(std::count(done.begin(), done.end(), "read"), 1000);
}

TEST_F(ReadWorkerTest, ReadsWhileACommitHangs) {
  CommitWorker commits(store_, [] {});
  const store::Message message{.room = kLobby,
                               .seq = 1,
                               .time = absl::UnixEpoch(),
                               .alias = "ann",
                               .text = "hi"};
  store_.BlockCommits();
  commits.Submit(store::AppendMessage{message},
                 [](const store::WriteResult&) {});
  ASSERT_TRUE(store_.WaitUntilBlocked());
  std::latch read(1);
  worker_->Submit([&](store::Reader& reader) {
    EXPECT_TRUE(reader.AllAccounts().ok());
    read.count_down();
  });
  read.wait();
  store_.ReleaseCommits();
}

// As the core does, which asks when it was told of the commit.
TEST_F(ReadWorkerTest, SeesACommitWhoseOutcomeIsKnown) {
  CommitWorker commits(store_, [] {});
  for (size_t count = 1; count <= 100; ++count) {
    std::latch committed(1), read(1);
    commits.Submit(store::RecordLogin{"ann", "192.0.2.1", 7, absl::UnixEpoch()},
                   [&](const store::WriteResult&) { committed.count_down(); });
    committed.wait();
    worker_->Submit([&](store::Reader& reader) {
      EXPECT_EQ(reader.AllConnections()->size(), count);
      read.count_down();
    });
    read.wait();
  }
}

}  // namespace
}  // namespace chat77::server
