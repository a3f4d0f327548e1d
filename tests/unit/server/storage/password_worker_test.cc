#include "server/storage/password_worker.h"

#include <atomic>
#include <gtest/gtest.h>
#include <latch>

namespace chat77::server {
namespace {

// Keeps every thread of a pool busy until Release().
class Occupation {
 public:
  explicit Occupation(PasswordWorker& worker) {
    for (size_t i = 0; i < PasswordWorker::kThreads; ++i) {
      EXPECT_TRUE(worker.Run([this] {
        started_.count_down();
        released_.wait();
      }));
    }
    started_.wait();
  }
  void Release() { released_.count_down(); }

 private:
  std::latch started_{PasswordWorker::kThreads};
  std::latch released_{1};
};

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

}  // namespace
}  // namespace chat77::server
