#include "server/storage/read_worker.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "server/thread_name.h"

namespace chat77::server {

ReadWorker::ReadWorker(store::Reader& reader, RoundDone round_done)
    : reader_(reader),
      round_done_(std::move(round_done)),
      thread_([this] { Loop(); }) {}

ReadWorker::~ReadWorker() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void ReadWorker::Submit(std::vector<Read> reads) {
  if (reads.empty()) return;
  bool first;
  {
    const std::lock_guard lock(mutex_);
    first = waiting_.empty();
    if (first) {
      waiting_ = std::move(reads);
    } else {
      std::move(reads.begin(), reads.end(), std::back_inserter(waiting_));
    }
  }
  if (first) wake_.notify_one();
}

void ReadWorker::Submit(Read read) {
  std::vector<Read> reads;
  reads.push_back(std::move(read));
  Submit(std::move(reads));
}

void ReadWorker::Loop() {
  NameThread("store-reads");
  for (auto reads = TakeWork(); !reads.empty(); reads = TakeWork()) {
    for (size_t done = 0; done < reads.size(); ++done) {
      if (done > 0 && done % kReads == 0) round_done_();
      reads[done](reader_);
    }
    round_done_();
  }
}

std::vector<ReadWorker::Read> ReadWorker::TakeWork() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
  return std::exchange(waiting_, {});
}

}  // namespace chat77::server
