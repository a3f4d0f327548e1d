#include "server/storage/commit_worker.h"

#include <algorithm>
#include <atomic>
#include <gtest/gtest.h>
#include <latch>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/faulty_store.h"

namespace chat77::server {
namespace {

using test::FaultyStore;

class CommitWorkerTest : public testing::Test {
 protected:
  CommitWorkerTest() {
    EXPECT_TRUE(store_.OpenLobby().ok());
    worker_ = std::make_unique<CommitWorker>(
        store_, [this] { done_.push_back("round"); });
  }

  // Each write is a message behind those before.
  store::Write Say(const std::string& text) {
    return store::AppendMessage{
        store::Message{kLobby, ++said_, absl::UnixEpoch(), "ann", text}};
  }
  void Write(const std::string& text) {
    worker_->Submit(Say(text), [this, text](const store::WriteResult& result) {
      done_.push_back(result.ok() ? text + std::to_string(result->seq)
                                  : text + " failed");
    });
  }
  void Task(const std::string& name) { worker_->Submit(Doing(name)); }
  // Work of a round.
  QueuedWrite Writing(const std::string& text) {
    return {Say(text), [this, text](const store::WriteResult& result) {
              done_.push_back(result.ok() ? text + std::to_string(result->seq)
                                          : text + " failed");
            }};
  }
  CommitWorker::Task Doing(const std::string& name) {
    return [this, name] { done_.push_back(name); };
  }
  // The first write holds the thread until what follows was submitted.
  void Hold() {
    store_.BlockCommits();
    Write("first");
    ASSERT_TRUE(store_.WaitUntilBlocked());
  }
  // All that was done; the worker is gone.
  std::vector<std::string> Finish() {
    store_.ReleaseCommits();
    worker_.reset();
    return done_;
  }

  FaultyStore store_;
  std::atomic<uint64_t> said_ = 0;
  std::vector<std::string> done_;  // by the worker's thread, then by ours
  std::unique_ptr<CommitWorker> worker_;
};

using Words = std::vector<std::string>;

TEST_F(CommitWorkerTest, WhateverWaitsIsOneCommit) {
  Hold();
  for (const char* text : {"a", "b", "c"}) Write(text);
  EXPECT_EQ(store_.commits(), 1);
  EXPECT_EQ(Finish(), Words({"first1", "round", "a2", "b3", "c4", "round"}));
}

TEST_F(CommitWorkerTest, ATaskComesBehindTheWritesThatWereSubmittedBefore) {
  Hold();
  Task("task a");
  Write("b");
  Task("task b");
  EXPECT_EQ(Finish(), Words({"first1", "round", "b2", "round", "task a",
                             "round", "task b", "round"}));
}

// However many tasks wait, and however many writes come.
TEST_F(CommitWorkerTest, ThereIsOneTaskBetweenTwoCommits) {
  std::latch all(1);
  Hold();
  Write("b");
  worker_->Submit([this] {
    Write("c");
    done_.push_back("task a");
  });
  worker_->Submit([this] {
    Write("d");
    done_.push_back("task b");
  });
  worker_->Submit([&] {
    done_.push_back("task c");
    all.count_down();
  });
  store_.ReleaseCommits();
  all.wait();
  EXPECT_EQ(Finish(), Words({"first1", "round", "b2", "round", "task a",
                             "round", "c3", "round", "task b", "round", "d4",
                             "round", "task c", "round"}));
}

TEST_F(CommitWorkerTest, AFailedCommitFailsItsRoundOnly) {
  Hold();
  Write("a");
  Write("b");
  store_.FailNextCommits(2);  // the one that is held, and the next
  std::latch failed(1);
  worker_->Submit([&] { failed.count_down(); });
  store_.ReleaseCommits();
  failed.wait();
  said_ = 0;
  Write("c");
  EXPECT_EQ(Finish(), Words({"first failed", "round", "a failed", "b failed",
                             "round", "round", "c1", "round"}));
}

TEST_F(CommitWorkerTest, ARefusedWriteLeavesItsNeighboursAlone) {
  Hold();
  Write("a");
  worker_->Submit(store::RecordLogout{77, absl::UnixEpoch(), "exit"},
                  [this](const store::WriteResult& result) {
                    done_.push_back(absl::IsNotFound(result.status())
                                        ? "not found"
                                        : "taken");
                  });
  Write("b");
  EXPECT_EQ(Finish(),
            Words({"first1", "round", "a2", "not found", "b3", "round"}));
}

TEST_F(CommitWorkerTest, RoundsAndSinglesKeepTheirOrder) {
  Hold();
  Write("a");
  Task("task a");
  CommitWorker::Round round;
  round.writes.push_back(Writing("b"));
  round.tasks.push_back(Doing("task b"));
  round.writes.push_back(Writing("c"));
  worker_->Submit(std::move(round));
  worker_->Submit(CommitWorker::Round());  // is nothing
  Write("d");
  Task("task d");
  EXPECT_EQ(store_.commits(), 1);
  EXPECT_EQ(Finish(),
            Words({"first1", "round", "a2", "b3", "c4", "d5", "round", "task a",
                   "round", "task b", "round", "task d", "round"}));
}

TEST_F(CommitWorkerTest, ARoundIsOneCommit) {
  for (int i = 0; i < 50; ++i) {
    CommitWorker::Round round;
    for (int write = 0; write < 10; ++write) {
      round.writes.push_back(Writing("x"));
    }
    std::latch done(1);
    round.tasks.push_back([&] { done.count_down(); });
    worker_->Submit(std::move(round));
    done.wait();
    ASSERT_EQ(store_.commits(), i + 1);
  }
}

TEST_F(CommitWorkerTest, FinishesWhatWasSubmittedBeforeItEnds) {
  for (int i = 0; i < 1000; ++i) Write("x");
  const Words done = Finish();
  EXPECT_EQ(std::count(done.begin(), done.end(), "x1000"), 1);
}

}  // namespace
}  // namespace chat77::server
