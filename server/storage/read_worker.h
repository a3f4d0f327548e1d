// The thread that reads the store, beside the one that writes to it
// (commit_worker): whoever asks for much history, and everybody who logs in,
// waits for no commit, and no commit for them.
//
// Reads are done in the order in which they were submitted. Each sees all that
// was committed before it was submitted, and may see what is committed
// meanwhile; the outcome of that commit may come before or after.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "store/reader.h"

namespace chat77::server {

class ReadWorker {
 public:
  // Runs on the worker's thread; must not block.
  using Read = std::function<void(store::Reader&)>;
  static constexpr size_t kReads = 16;
  // Called on the worker's thread after at most kReads reads, so that what they
  // collected leaves in one piece.
  using RoundDone = std::function<void()>;

  // Until it ends nobody else calls `reader`, which must outlive it.
  ReadWorker(store::Reader& reader, RoundDone round_done);
  // Finishes what was submitted.
  ~ReadWorker();

  ReadWorker(const ReadWorker&) = delete;
  ReadWorker& operator=(const ReadWorker&) = delete;

  // Any thread.
  void Submit(std::vector<Read> reads);
  void Submit(Read read);

 private:
  void Loop();
  // Waits for work; empty: all is done.
  std::vector<Read> TakeWork();

  store::Reader& reader_;
  const RoundDone round_done_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Read> waiting_;
  bool stop_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace chat77::server
