#include "server/storage/store_worker.h"

#include <algorithm>
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

store::Write Say(const std::string& text) {
  return store::AppendMessage{
      store::Message{"lobby", 0, absl::UnixEpoch(), "ann", text}};
}

class StoreWorkerTest : public testing::Test {
 protected:
  StoreWorkerTest() {
    auto store = std::make_unique<FaultyStore>();
    store_ = store.get();
    EXPECT_TRUE(store_->OpenRoom("lobby").ok());
    worker_ = std::make_unique<StoreWorker>(
        std::move(store), [this] { done_.push_back("round"); });
  }

  void Write(const std::string& text) {
    worker_->Submit(Say(text), [this, text](const store::WriteResult& result) {
      done_.push_back(result.ok() ? text + std::to_string(result->id)
                                  : text + " failed");
    });
  }
  void Read(const std::string& name) {
    worker_->Submit([this, name](store::Store&) { done_.push_back(name); });
  }
  // Work of a round.
  StoreWorker::PendingWrite Writing(const std::string& text) {
    return {Say(text), [this, text](const store::WriteResult& result) {
              done_.push_back(result.ok() ? text + std::to_string(result->id)
                                          : text + " failed");
            }};
  }
  StoreWorker::PendingWrite Ordered(const std::string& text) {
    StoreWorker::PendingWrite write = Writing(text);
    write.ordered = true;
    return write;
  }
  StoreWorker::Read Reading(const std::string& name) {
    return [this, name](store::Store&) { done_.push_back(name); };
  }
  // The first write holds the thread until what follows was submitted.
  void Hold() {
    store_->BlockCommits();
    Write("first");
    ASSERT_TRUE(store_->WaitUntilBlocked());
  }
  // All that was done; the worker is gone.
  std::vector<std::string> Finish() {
    store_->ReleaseCommits();
    worker_.reset();
    return done_;
  }

  FaultyStore* store_ = nullptr;
  std::vector<std::string> done_;  // by the worker's thread, then by ours
  std::unique_ptr<StoreWorker> worker_;
};

using Words = std::vector<std::string>;

TEST_F(StoreWorkerTest, WhateverWaitsIsOneCommit) {
  Hold();
  for (const char* text : {"a", "b", "c"}) Write(text);
  EXPECT_EQ(store_->commits(), 1);
  EXPECT_EQ(Finish(), Words({"first1", "round", "a2", "b3", "c4", "round"}));
}

TEST_F(StoreWorkerTest, ReadsOfARoundComeAfterItsWrites) {
  Hold();
  Read("read a");
  Write("b");
  Read("read b");
  EXPECT_EQ(Finish(), Words({"first1", "round", "b2", "round", "read a",
                             "read b", "round"}));
}

// Whoever reads much holds up no message, and its outcome does not wait for
// what they read.
TEST_F(StoreWorkerTest, AWriteComesBeforeReadsThatWait) {
  std::latch reading(1), go_on(1);
  StoreWorker::Round round;
  round.reads.push_back([&](store::Store&) {
    reading.count_down();
    go_on.wait();
    done_.push_back("read a");
  });
  round.reads.push_back(Reading("read b"));
  round.reads.push_back(Reading("read c"));
  worker_->Submit(std::move(round));
  reading.wait();
  Write("d");
  go_on.count_down();
  EXPECT_EQ(Finish(), Words({"read a", "round", "d1", "round", "read b",
                             "read c", "round"}));
}

// Nor does one reader for all that others read.
TEST_F(StoreWorkerTest, OutcomesOfReadsAreHandedOverNowAndThen) {
  StoreWorker::Round round;
  for (size_t i = 0; i < 2 * StoreWorker::kReads; ++i) {
    round.reads.push_back(Reading("read"));
  }
  worker_->Submit(std::move(round));
  const Words done = Finish();
  EXPECT_EQ(std::count(done.begin(), done.end(), "round"), 2);
  EXPECT_EQ(done[StoreWorker::kReads], "round");
}

// However much others write.
TEST_F(StoreWorkerTest, AReadIsDoneBetweenTwoCommits) {
  std::latch all(1);
  Hold();
  Read("read a");
  Write("b");
  worker_->Submit([this](store::Store&) {
    Write("c");
    done_.push_back("read b");
  });
  worker_->Submit([&](store::Store&) {
    done_.push_back("read c");
    all.count_down();
  });
  store_->ReleaseCommits();
  all.wait();
  EXPECT_EQ(Finish(),
            Words({"first1", "round", "b2", "round", "read a", "read b",
                   "round", "c3", "round", "read c", "round"}));
}

TEST_F(StoreWorkerTest, AFailedCommitFailsItsRoundOnly) {
  Hold();
  Write("a");
  Write("b");
  store_->FailNextCommits(2);  // the one that is held, and the next
  std::latch failed(1);
  worker_->Submit([&](store::Store&) { failed.count_down(); });
  store_->ReleaseCommits();
  failed.wait();
  Write("c");
  EXPECT_EQ(Finish(), Words({"first failed", "round", "a failed", "b failed",
                             "round", "round", "c1", "round"}));
}

// What was ordered after it was judged by what it was to bring.
TEST_F(StoreWorkerTest, AFailedOrderedWriteFailsThoseOfItsGeneration) {
  Hold();
  StoreWorker::Round first, behind, next;
  first.writes.push_back(Ordered("a"));
  worker_->Submit(std::move(first));
  store_->FailNextCommits(2);  // the one that is held, and the next
  std::latch failed(1);
  worker_->Submit([&](store::Store&) { failed.count_down(); });
  store_->ReleaseCommits();
  failed.wait();
  behind.writes.push_back(Ordered("b"));
  behind.writes.push_back(Writing("not ordered"));
  worker_->Submit(std::move(behind));
  next.writes.push_back(Ordered("c"));
  next.writes.push_back({});  // a new generation
  next.writes.push_back(Ordered("d"));
  worker_->Submit(std::move(next));
  std::vector<std::string> done = Finish();
  std::erase(done, "round");
  EXPECT_EQ(std::erase(done, "not ordered1"), 1);
  EXPECT_EQ(done,
            Words({"first failed", "a failed", "b failed", "c failed", "d2"}));
}

TEST_F(StoreWorkerTest, ARefusalEndsNoGeneration) {
  StoreWorker::Round round;
  round.writes.push_back({store::RecordLogout{77, absl::UnixEpoch(), "exit"},
                          [](const store::WriteResult&) {}, true});
  worker_->Submit(std::move(round));
  StoreWorker::Round next;
  next.writes.push_back(Ordered("a"));
  worker_->Submit(std::move(next));
  std::vector<std::string> done = Finish();
  std::erase(done, "round");
  EXPECT_EQ(done, Words({"a1"}));
}

TEST_F(StoreWorkerTest, ARefusedWriteLeavesItsNeighboursAlone) {
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

TEST_F(StoreWorkerTest, RoundsAndSinglesKeepTheirOrder) {
  Hold();
  Write("a");
  Read("read a");
  StoreWorker::Round round;
  round.writes.push_back(Writing("b"));
  round.reads.push_back(Reading("read b"));
  round.writes.push_back(Writing("c"));
  worker_->Submit(std::move(round));
  worker_->Submit(StoreWorker::Round());  // is nothing
  Write("d");
  Read("read d");
  EXPECT_EQ(store_->commits(), 1);
  EXPECT_EQ(Finish(), Words({"first1", "round", "a2", "b3", "c4", "d5", "round",
                             "read a", "read b", "read d", "round"}));
}

TEST_F(StoreWorkerTest, ARoundIsOneCommit) {
  for (int i = 0; i < 50; ++i) {
    StoreWorker::Round round;
    for (int write = 0; write < 10; ++write) {
      round.writes.push_back(Writing("x"));
    }
    std::latch done(1);
    round.reads.push_back([&](store::Store&) { done.count_down(); });
    worker_->Submit(std::move(round));
    done.wait();
    ASSERT_EQ(store_->commits(), i + 1);
  }
}

TEST_F(StoreWorkerTest, FinishesWhatWasSubmittedBeforeItEnds) {
  for (int i = 0; i < 1000; ++i) Write("x");
  const Words done = Finish();
  EXPECT_EQ(std::count(done.begin(), done.end(), "x1000"), 1);
}

}  // namespace
}  // namespace chat77::server
