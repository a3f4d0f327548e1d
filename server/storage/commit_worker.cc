#include "server/storage/commit_worker.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "server/thread_name.h"

namespace chat77::server {

CommitWorker::CommitWorker(store::Ledger& ledger, RoundDone round_done)
    : ledger_(ledger),
      round_done_(std::move(round_done)),
      thread_([this] { Loop(); }) {}

CommitWorker::~CommitWorker() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void CommitWorker::Submit(Round work) {
  if (work.empty()) return;
  bool first;
  {
    const std::lock_guard lock(mutex_);
    first = waiting_.empty();
    if (first) {
      waiting_ = std::move(work);
    } else {
      std::move(work.writes.begin(), work.writes.end(),
                std::back_inserter(waiting_.writes));
      std::move(work.tasks.begin(), work.tasks.end(),
                std::back_inserter(waiting_.tasks));
    }
  }
  if (first) wake_.notify_one();
}

void CommitWorker::Submit(store::Write write, QueuedWrite::Written written) {
  Round work;
  work.writes.push_back({std::move(write), std::move(written)});
  Submit(std::move(work));
}

void CommitWorker::Submit(Task task) {
  Round work;
  work.tasks.push_back(std::move(task));
  Submit(std::move(work));
}

void CommitWorker::Loop() {
  NameThread("store");
  while (TakeWork()) {
    Commit();
    RunTask();
  }
}

bool CommitWorker::TakeWork() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock,
             [this] { return stop_ || !waiting_.empty() || !tasks_.empty(); });
  writes_ = std::exchange(waiting_.writes, {});
  std::move(waiting_.tasks.begin(), waiting_.tasks.end(),
            std::back_inserter(tasks_));
  waiting_.tasks.clear();
  return !writes_.empty() || !tasks_.empty();
}

void CommitWorker::Commit() {
  if (writes_.empty()) return;
  group_commit_.Run(std::exchange(writes_, {}),
                    [this](absl::Span<const store::Write> batch) {
                      return ledger_.Commit(batch);
                    });
  round_done_();
}

// One, however many wait: then writes that came meanwhile.
void CommitWorker::RunTask() {
  if (tasks_.empty()) return;
  tasks_.front()();
  tasks_.pop_front();
  round_done_();
}

}  // namespace chat77::server
