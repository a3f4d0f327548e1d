// A Store whose disk fails or hangs on request. The Store's calls come from
// one thread, the requests from any.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "store/store.h"

namespace chat77::testing_support {

class FaultyStore final : public store::Store {
 public:
  explicit FaultyStore(
      std::unique_ptr<store::Store> inner = store::OpenMemoryStore())
      : inner_(std::move(inner)) {}

  // The next `count` commits keep nothing and return Unavailable.
  void FailNextCommits(int count) {
    absl::MutexLock lock(&mutex_);
    failures_left_ = count;
  }

  // From now on a commit waits until ReleaseCommits.
  void BlockCommits() {
    absl::MutexLock lock(&mutex_);
    blocked_ = true;
  }
  void ReleaseCommits() {
    absl::MutexLock lock(&mutex_);
    blocked_ = false;
  }

  // True once a commit waits; false if none did within `patience`.
  bool WaitUntilBlocked(absl::Duration patience = absl::Seconds(10)) {
    absl::MutexLock lock(&mutex_);
    const auto waits = [this] { return waiting_; };
    return mutex_.AwaitWithTimeout(absl::Condition(&waits), patience);
  }

  // Commits that came, whether they failed or not.
  int commits() const {
    absl::MutexLock lock(&mutex_);
    return commits_;
  }

  absl::StatusOr<std::vector<store::WriteResult>> Commit(
      absl::Span<const store::Write> writes) override {
    if (!MayCommit()) {
      return absl::UnavailableError(
          "The disk of the store is full; make room and try again.");
    }
    return inner_->Commit(writes);
  }
  absl::StatusOr<store::Account> FindAccount(std::string_view key) override {
    return inner_->FindAccount(key);
  }
  absl::StatusOr<store::RoomState> OpenRoom(std::string_view room) override {
    return inner_->OpenRoom(room);
  }
  absl::StatusOr<store::HistoryPage> ReadHistory(
      const store::HistoryQuery& query) override {
    return inner_->ReadHistory(query);
  }
  absl::StatusOr<int64_t> CloseOpenConnections(
      absl::Time time, std::string_view reason) override {
    return inner_->CloseOpenConnections(time, reason);
  }
  absl::StatusOr<std::vector<store::Account>> AllAccounts() override {
    return inner_->AllAccounts();
  }
  absl::StatusOr<std::vector<store::Connection>> AllConnections() override {
    return inner_->AllConnections();
  }

 private:
  bool MayCommit() {
    absl::MutexLock lock(&mutex_);
    ++commits_;
    waiting_ = blocked_;
    const auto free = [this] { return !blocked_; };
    mutex_.Await(absl::Condition(&free));
    waiting_ = false;
    if (failures_left_ == 0) return true;
    --failures_left_;
    return false;
  }

  const std::unique_ptr<store::Store> inner_;
  mutable absl::Mutex mutex_;
  int failures_left_ ABSL_GUARDED_BY(mutex_) = 0;
  bool blocked_ ABSL_GUARDED_BY(mutex_) = false;
  bool waiting_ ABSL_GUARDED_BY(mutex_) = false;
  int commits_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace chat77::testing_support
