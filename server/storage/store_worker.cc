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
  for (;;) {
    Round round;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
      if (waiting_.empty()) return;  // stopped, and all is done
      std::swap(round, waiting_);
    }
    Commit(round.writes);
    for (Read& read : round.reads) read(*store_);
    round_done_();
  }
}

void StoreWorker::Commit(std::vector<PendingWrite>& writes) {
  if (writes.empty()) return;
  std::vector<store::Write> batch;
  batch.reserve(writes.size());
  for (PendingWrite& pending : writes) {
    batch.push_back(std::move(pending.write));
  }
  const auto results = store_->Commit(batch);
  for (size_t i = 0; i < writes.size(); ++i) {
    writes[i].written(results.ok() ? (*results)[i]
                                   : store::WriteResult(results.status()));
  }
}

}  // namespace chat77::server
