#include "server/storage/password_worker.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

#include "server/thread_name.h"

namespace chat77::server {
namespace {

constexpr std::chrono::milliseconds kQuick(1);

// A thread has a priority of its own in Linux, setpriority(2).
void Yield() {
  const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
  if (::setpriority(PRIO_PROCESS, thread, PasswordWorker::kNice) != 0) {
    spdlog::warn("password nice={}", std::strerror(errno));
  }
}

}  // namespace

PasswordWorker::PasswordWorker(std::function<void()> pause)
    : pause_(std::move(pause)) {
  for (size_t i = 0; i < kThreads; ++i) {
    threads_.emplace_back([this] { Loop(); });
  }
}

void PasswordWorker::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

bool PasswordWorker::Run(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stop_ || jobs_.size() >= kQueue) return false;
    jobs_.push_back(std::move(job));
    if (quick_ && running_ > 0) return true;  // it comes to it in no time
  }
  wake_.notify_one();
  return true;
}

bool PasswordWorker::NothingWaits(bool quick) {
  const std::lock_guard lock(mutex_);
  quick_ = quick;
  return jobs_.empty();
}

void PasswordWorker::Loop() {
  using Clock = std::chrono::steady_clock;
  NameThread("password");
  Yield();
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      --running_;
      wake_.wait(lock, [this] { return stop_ || !jobs_.empty(); });
      ++running_;
      if (stop_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    const Clock::time_point start = Clock::now();
    job();
    const bool quick = Clock::now() - start < kQuick;
    if (NothingWaits(quick) || !quick) pause_();
  }
}

}  // namespace chat77::server
