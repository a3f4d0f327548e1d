// Password hashing off the I/O threads: a small pool with a short queue.
//
// A hash costs some 25 ms and 19 MiB on purpose, so that a flood of logins
// must not become a queue of minutes or a heap of gigabytes: two at a time,
// kQueue waiting, and the next is refused at once. Its threads yield the
// processors to those that carry messages: they run kNice below them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace chat77::server {

class PasswordWorker {
 public:
  static constexpr size_t kThreads = 2;
  static constexpr size_t kQueue = 64;
  static constexpr int kNice = 10;

  // `pause` is called on a thread of the pool after a job when no other waits,
  // or when the job took longer than handing its outcome over costs: outcomes
  // of quick jobs may be collected until then.
  explicit PasswordWorker(std::function<void()> pause = [] {});
  ~PasswordWorker() { Stop(); }
  PasswordWorker(const PasswordWorker&) = delete;
  PasswordWorker& operator=(const PasswordWorker&) = delete;

  // Runs `job` on a thread of the pool; false if the queue is full or the pool
  // was stopped. Any thread.
  bool Run(std::function<void()> job);

  // Drops the jobs that have not begun and waits for those that have. The
  // owner's thread.
  void Stop();

 private:
  void Loop();
  bool NothingWaits(bool quick);

  const std::function<void()> pause_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  size_t running_ = kThreads;  // threads that do not wait for a job
  bool quick_ = false;         // the last job was: no second thread for these
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace chat77::server
