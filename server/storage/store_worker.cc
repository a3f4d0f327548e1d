#include "server/storage/store_worker.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "server/thread_name.h"

namespace chat77::server {

StoreWorker::StoreWorker(std::unique_ptr<store::Store> store,
                         RoundDone round_done)
    : store_(std::move(store)),
      round_done_(std::move(round_done)),
      thread_([this] { Loop(); }) {}

StoreWorker::~StoreWorker() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void StoreWorker::Submit(Round work) {
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
      std::move(work.reads.begin(), work.reads.end(),
                std::back_inserter(waiting_.reads));
    }
  }
  if (first) wake_.notify_one();
}

void StoreWorker::Submit(store::Write write, Written written) {
  Round work;
  work.writes.push_back({std::move(write), std::move(written)});
  Submit(std::move(work));
}

void StoreWorker::Submit(Read read) {
  Round work;
  work.reads.push_back(std::move(read));
  Submit(std::move(work));
}

void StoreWorker::Loop() {
  NameThread("store");
  while (TakeWork()) {
    Commit();
    ReadSome();
  }
}

bool StoreWorker::TakeWork() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock,
             [this] { return stop_ || !waiting_.empty() || !reads_.empty(); });
  writes_ = std::exchange(waiting_.writes, {});
  std::move(waiting_.reads.begin(), waiting_.reads.end(),
            std::back_inserter(reads_));
  waiting_.reads.clear();
  return !writes_.empty() || !reads_.empty();
}

bool StoreWorker::WritesWait() {
  const std::lock_guard lock(mutex_);
  return !waiting_.writes.empty();
}

// At least one, however many writes come: nobody waits for ever.
void StoreWorker::ReadSome() {
  if (reads_.empty()) return;
  for (size_t done = 0; done < kReads && !reads_.empty(); ++done) {
    if (done > 0 && WritesWait()) break;
    reads_.front()(*store_);
    reads_.pop_front();
  }
  round_done_();
}

bool StoreWorker::Reject(PendingWrite& pending) {
  if (!pending.write) {
    failure_ = absl::OkStatus();
    return true;
  }
  if (!pending.ordered || failure_.ok()) return false;
  pending.written(failure_);
  return true;
}

void StoreWorker::Commit() {
  if (writes_.empty()) return;
  std::erase_if(writes_, [this](PendingWrite& write) { return Reject(write); });
  std::vector<store::Write> batch;
  batch.reserve(writes_.size());
  for (PendingWrite& pending : writes_) {
    batch.push_back(*std::move(pending.write));
  }
  absl::StatusOr<std::vector<store::WriteResult>> results;
  if (!batch.empty()) results = store_->Commit(batch);
  for (size_t i = 0; i < writes_.size(); ++i) {
    if (!results.ok() && writes_[i].ordered) failure_ = results.status();
    writes_[i].written(results.ok() ? (*results)[i]
                                    : store::WriteResult(results.status()));
  }
  writes_.clear();
  round_done_();
}

}  // namespace chat77::server
