#include "server/storage/password_worker.h"

#include <atomic>
#include <gtest/gtest.h>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"

namespace chat77::server {
namespace {

// Keeps every thread of a pool busy until Release().
class Occupation {
 public:
  explicit Occupation(PasswordWorker& worker) {
    for (size_t i = 0; i < PasswordWorker::kThreads; ++i) {
      EXPECT_TRUE(worker.Run([this] {
        started_.DecrementCount();
        released_.WaitForNotification();
      }));
    }
    started_.Wait();
  }
  void Release() { released_.Notify(); }

 private:
  absl::BlockingCounter started_{PasswordWorker::kThreads};
  absl::Notification released_;
};

TEST(PasswordWorkerTest, QueueIsBoundedAndServesAgain) {
  PasswordWorker worker;
  Occupation busy(worker);
  absl::BlockingCounter done(PasswordWorker::kQueue);
  for (size_t i = 0; i < PasswordWorker::kQueue; ++i) {
    EXPECT_TRUE(worker.Run([&] { done.DecrementCount(); }));
  }
  EXPECT_FALSE(worker.Run([] { ADD_FAILURE() << "was refused"; }));
  busy.Release();
  done.Wait();
  absl::Notification again;
  EXPECT_TRUE(worker.Run([&] { again.Notify(); }));
  again.WaitForNotification();
}

TEST(PasswordWorkerTest, NeverMoreAtATimeThanThreads) {
  PasswordWorker worker;
  std::atomic<size_t> running = 0, most = 0;
  absl::BlockingCounter done(PasswordWorker::kQueue);
  Occupation busy(worker);
  for (size_t i = 0; i < PasswordWorker::kQueue; ++i) {
    ASSERT_TRUE(worker.Run([&] {
      const size_t now = ++running;
      size_t seen = most;
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      --running;
      done.DecrementCount();
    }));
  }
  busy.Release();
  done.Wait();
  EXPECT_LE(most, PasswordWorker::kThreads);
}

TEST(PasswordWorkerTest, StopDropsWhatHasNotBegun) {
  PasswordWorker worker;
  std::atomic<bool> ended = false;
  absl::Notification began;
  ASSERT_TRUE(worker.Run([&] {
    began.Notify();
    ended = true;
  }));
  began.WaitForNotification();
  worker.Stop();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(worker.Run([] { ADD_FAILURE() << "it was stopped"; }));
  worker.Stop();  // again: nothing
}

}  // namespace
}  // namespace chat77::server
