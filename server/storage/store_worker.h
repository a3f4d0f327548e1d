// The one thread that touches the store, and its group commit: whatever waits
// when it comes round is written in one transaction, so a message costs a
// fraction of a disk write when many talk and one when one does.
//
// Writes are done in the order in which they were submitted, and so are reads;
// a write comes before reads that wait. Everybody in the room waits for a
// write, one person for a read: whoever asks for much history holds up nobody's
// message for longer than one page takes. Outcomes are handed over in the order
// in which the work was done.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "store/store.h"

namespace chat77::server {

class StoreWorker {
 public:
  // Runs on the store thread when the outcome is known; must not block.
  using Written = std::function<void(const store::WriteResult&)>;
  using Read = std::function<void(store::Store&)>;
  static constexpr size_t kReads = 16;
  // Called on the store thread after a commit, and after at most kReads reads,
  // so that what their callbacks collected leaves in one piece.
  using RoundDone = std::function<void()>;

  StoreWorker(std::unique_ptr<store::Store> store, RoundDone round_done);
  // Finishes what was submitted.
  ~StoreWorker();

  StoreWorker(const StoreWorker&) = delete;
  StoreWorker& operator=(const StoreWorker&) = delete;

  // An ordered write was judged by what the ordered writes before it were to
  // bring. So if a commit with one fails, all further ordered writes are
  // answered by its failure and not carried out, until a new generation begins:
  // whoever asks for them has heard of the failure.
  struct PendingWrite {
    std::optional<store::Write> write;  // nothing: a new generation begins
    Written written;
    bool ordered = false;
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
  // Waits for work, unless reads are left; false: all is done.
  bool TakeWork();
  bool WritesWait();
  void Commit();
  // True, and answered, if it is not to be carried out.
  bool Reject(PendingWrite& pending);
  void ReadSome();

  const std::unique_ptr<store::Store> store_;
  const RoundDone round_done_;
  std::mutex mutex_;
  std::condition_variable wake_;
  Round waiting_;
  bool stop_ = false;
  // The thread's own.
  std::vector<PendingWrite> writes_;
  absl::Status failure_;  // of this generation
  std::deque<Read> reads_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace chat77::server
