// The one thread that touches the store, and its group commit: whatever waits
// when it comes round is written in one transaction, so a message costs a
// fraction of a disk write when many talk and one when one does.
//
// Work is done in the order in which it was submitted, except that the writes
// of a round come before its reads. Outcomes are handed over in that order, a
// whole round at a time.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"

#include "store/store.h"

namespace chat77::server {

class StoreWorker {
 public:
  // Runs on the store thread when the outcome is known; must not block.
  using Written = std::function<void(const store::WriteResult&)>;
  using Read = std::function<void(store::Store&)>;
  // Called on the store thread after each round, so that what its callbacks
  // collected leaves in one piece.
  using RoundDone = std::function<void()>;

  StoreWorker(std::unique_ptr<store::Store> store, RoundDone round_done);
  // Finishes what was submitted.
  ~StoreWorker();
  StoreWorker(const StoreWorker&) = delete;
  StoreWorker& operator=(const StoreWorker&) = delete;

  struct PendingWrite {
    store::Write write;
    Written written;
  };
  // Work that is handed over, and so committed, together.
  struct Round {
    std::vector<PendingWrite> writes;
    std::vector<Read> reads;

    bool empty() const { return writes.empty() && reads.empty(); }
  };

  // Any thread.
  void Submit(Round work);
  void Submit(store::Write write, Written written);
  void Submit(Read read);

 private:
  void Loop();
  void Commit(std::vector<PendingWrite>& writes);

  const std::unique_ptr<store::Store> store_;
  const RoundDone round_done_;
  std::mutex mutex_;
  std::condition_variable wake_;
  Round waiting_;
  bool stop_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace chat77::server
