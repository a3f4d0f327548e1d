// The one thread that writes to the store, and its group commit: whatever waits
// when it comes round is written in one transaction, so a message costs a
// fraction of a disk write when many talk and one when one does.
//
// Writes are done in the order in which they were submitted, and so are tasks:
// what must not happen beside a commit, or must come behind the writes that
// were submitted before it. Everybody in the room waits for a write, one person
// for a task, so the writes that wait come first, and there is one task between
// two commits. Outcomes are handed over in the order in which the work was
// done. Whatever else reads the store does so on another thread (read_worker).
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "server/storage/group_commit.h"
#include "store/ledger.h"

namespace chat77::server {

class CommitWorker {
 public:
  // Runs on the worker's thread, as what hears of a write does, and must not
  // block.
  using Task = std::function<void()>;
  // Called on the worker's thread after a commit and after a task, so that what
  // their callbacks collected leaves in one piece.
  using RoundDone = std::function<void()>;

  // Until it ends nobody else calls `ledger`, which must outlive it.
  CommitWorker(store::Ledger& ledger, RoundDone round_done);
  // Finishes what was submitted.
  ~CommitWorker();

  CommitWorker(const CommitWorker&) = delete;
  CommitWorker& operator=(const CommitWorker&) = delete;

  // Work that is handed over, and so committed, together.
  struct Round {
    std::vector<QueuedWrite> writes;
    std::vector<Task> tasks;

    bool empty() const { return writes.empty() && tasks.empty(); }
  };

  // Any thread.
  void Submit(Round work);
  void Submit(store::Write write, QueuedWrite::Written written);
  void Submit(Task task);

 private:
  void Loop();
  // Waits for work, unless tasks are left; false: all is done.
  bool TakeWork();
  void Commit();
  void RunTask();

  store::Ledger& ledger_;
  const RoundDone round_done_;
  std::mutex mutex_;
  std::condition_variable wake_;
  Round waiting_;
  bool stop_ = false;
  // The thread's own.
  std::vector<QueuedWrite> writes_;
  GroupCommit group_commit_;
  std::deque<Task> tasks_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace chat77::server
