#include "server/storage/password_worker.h"

#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <latch>
#include <memory>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace chat77::server {
namespace {

// Keeps every thread of a pool busy until Release(). The latches belong to the
// jobs as well: a thread may wake from one when this is gone.
class Occupation {
 public:
  explicit Occupation(PasswordWorker& worker) {
    for (size_t i = 0; i < PasswordWorker::kThreads; ++i) {
      EXPECT_TRUE(worker.Run([latches = latches_] {
        latches->started.count_down();
        latches->released.wait();
      }));
    }
    latches_->started.wait();
  }
  void Release() { latches_->released.count_down(); }

 private:
  struct Latches {
    std::latch started{PasswordWorker::kThreads};
    std::latch released{1};
  };
  const std::shared_ptr<Latches> latches_ = std::make_shared<Latches>();
};

TEST(PasswordWorkerTest, YieldsTheProcessorsToOthers) {
  PasswordWorker worker;
  int own = 0;
  std::latch done(1);
  ASSERT_TRUE(worker.Run([&] {
    const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
    own = ::getpriority(PRIO_PROCESS, thread);
    done.count_down();
  }));
  done.wait();
  EXPECT_EQ(own, PasswordWorker::kNice);
}

TEST(PasswordWorkerTest, QueueIsBoundedAndServesAgain) {
  PasswordWorker worker;
  Occupation busy(worker);
  std::latch done(PasswordWorker::kQueue);
  for (size_t i = 0; i < PasswordWorker::kQueue; ++i) {
    EXPECT_TRUE(worker.Run([&] { done.count_down(); }));
  }
  EXPECT_FALSE(worker.Run([] { ADD_FAILURE() << "was refused"; }));
  busy.Release();
  done.wait();
  std::latch again(1);
  EXPECT_TRUE(worker.Run([&] { again.count_down(); }));
  again.wait();
}

TEST(PasswordWorkerTest, NeverMoreAtATimeThanThreads) {
  PasswordWorker worker;
  std::atomic<size_t> running = 0, most = 0;
  std::latch done(PasswordWorker::kQueue);
  Occupation busy(worker);
  for (size_t i = 0; i < PasswordWorker::kQueue; ++i) {
    ASSERT_TRUE(worker.Run([&] {
      const size_t now = ++running;
      size_t seen = most;
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      --running;
      done.count_down();
    }));
  }
  busy.Release();
  done.wait();
  EXPECT_LE(most, PasswordWorker::kThreads);
}

TEST(PasswordWorkerTest, StopDropsWhatHasNotBegun) {
  PasswordWorker worker;
  std::atomic<bool> ended = false;
  std::latch began(1);
  ASSERT_TRUE(worker.Run([&] {
    began.count_down();
    ended = true;
  }));
  began.wait();
  worker.Stop();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(worker.Run([] { ADD_FAILURE() << "it was stopped"; }));
  worker.Stop();  // again: nothing
}

// Counts what a pause is for: outcomes of jobs that nobody was told of yet.
class CountingWorkerTest : public testing::Test {
 protected:
  void Quick() {
    ASSERT_TRUE(worker_->Run([this] { ++untold_; }));
  }
  void Pause() {
    ++pauses_;
    told_ += untold_.exchange(0);
  }
  bool AwaitTold(int jobs) const {
    const auto until =
        std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (told_ < jobs) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }

  std::atomic<int> untold_ = 0, told_ = 0, pauses_ = 0;
  std::unique_ptr<PasswordWorker> worker_ =
      std::make_unique<PasswordWorker>([this] { Pause(); });
};

TEST_F(CountingWorkerTest, PausesWhenNothingWaits) {
  for (int i = 1; i <= 100; ++i) {
    Quick();
    ASSERT_TRUE(AwaitTold(i));
  }
  EXPECT_EQ(pauses_, 100);
}

TEST_F(CountingWorkerTest, QuickJobsShareAPause) {
  // Preempted for a millisecond, a quick job counts as slow: one good try of
  // many is enough.
  int pauses = 0;
  for (int i = 0; i < 500; ++i) {
    told_ = pauses_ = 0;
    Occupation busy(*worker_);
    for (size_t job = 0; job < PasswordWorker::kQueue; ++job) Quick();
    busy.Release();
    ASSERT_TRUE(AwaitTold(PasswordWorker::kQueue));
    pauses = pauses_;
    if (pauses < 8) break;
  }
  EXPECT_LT(pauses, 8);
}

TEST_F(CountingWorkerTest, PausesAfterEachSlowJob) {
  constexpr int kSlow = 10;
  for (int i = 0; i < kSlow; ++i) {
    ASSERT_TRUE(worker_->Run([this] {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      ++untold_;
    }));
  }
  ASSERT_TRUE(AwaitTold(kSlow));
  worker_->Stop();
  EXPECT_EQ(pauses_, kSlow);
}

}  // namespace
}  // namespace chat77::server
