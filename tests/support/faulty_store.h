// A Store whose disk fails or hangs on request. The Store's calls come from
// one thread, its reader's from another, the requests from any. std::mutex: the
// thread sanitizer knows it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "store/store.h"

namespace chat77::test {

class FaultyStore final : public store::Store {
 public:
  explicit FaultyStore(
      std::unique_ptr<store::Store> inner = store::OpenMemoryStore())
      : inner_(std::move(inner)) {}

  // The next `count` commits keep nothing and return Unavailable.
  void FailNextCommits(int count) {
    const std::lock_guard lock(mutex_);
    failures_left_ = count;
  }

  // From now on a commit waits until ReleaseCommits.
  void BlockCommits() {
    const std::lock_guard lock(mutex_);
    blocked_ = true;
  }
  void ReleaseCommits() {
    const std::lock_guard lock(mutex_);
    blocked_ = false;
    changed_.notify_all();
  }

  // True once a commit waits; false if none did within `patience`.
  bool WaitUntilBlocked(
      std::chrono::seconds patience = std::chrono::seconds(30)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [this] { return waiting_; });
  }

  // Commits that came, whether they failed or not.
  int commits() const {
    const std::lock_guard lock(mutex_);
    return commits_;
  }

  // A reader reads on while a commit hangs.
  absl::StatusOr<store::Reader*> OpenReader(size_t cache_bytes) override {
    return inner_->OpenReader(cache_bytes);
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
  absl::StatusOr<store::Standing> FindStanding(AccountId account) override {
    return inner_->FindStanding(account);
  }
  absl::StatusOr<bool> HasAdmin() override { return inner_->HasAdmin(); }
  absl::StatusOr<std::vector<store::Sanction>> Sanctions(
      absl::Time now) override {
    return inner_->Sanctions(now);
  }
  absl::StatusOr<std::vector<store::AuditRecord>> AuditRecords(
      int64_t after_number, size_t limit) override {
    return inner_->AuditRecords(after_number, limit);
  }
  absl::StatusOr<store::LobbyState> OpenLobby() override {
    return inner_->OpenLobby();
  }
  absl::StatusOr<RoomId> LastRoom() override { return inner_->LastRoom(); }
  absl::StatusOr<store::AccountRooms> RoomsOf(AccountId account) override {
    return inner_->RoomsOf(account);
  }
  absl::StatusOr<store::HistoryPage> ReadHistory(
      const store::HistoryQuery& query) override {
    return inner_->ReadHistory(query);
  }
  absl::StatusOr<store::Device> FindDevice(std::string_view token_hash,
                                           absl::Time now) override {
    return inner_->FindDevice(token_hash, now);
  }
  absl::StatusOr<std::vector<store::Device>> Devices(
      AccountId account) override {
    return inner_->Devices(account);
  }
  absl::StatusOr<store::RememberedRequest> FindRequest(
      store::RequestKey key) override {
    return inner_->FindRequest(key);
  }
  absl::StatusOr<uint64_t> HighestMessageId(AccountId account) override {
    return inner_->HighestMessageId(account);
  }
  absl::StatusOr<std::vector<store::Stay>> OpenStays() override {
    return inner_->OpenStays();
  }
  absl::StatusOr<absl::Time> NewestTime() override {
    return inner_->NewestTime();
  }
  absl::StatusOr<int64_t> Tidy(absl::Time now) override {
    return inner_->Tidy(now);
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
    std::unique_lock lock(mutex_);
    ++commits_;
    waiting_ = blocked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !blocked_; });
    waiting_ = false;
    if (failures_left_ == 0) return true;
    --failures_left_;
    return false;
  }

  const std::unique_ptr<store::Store> inner_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int failures_left_ = 0;
  bool blocked_ = false;
  bool waiting_ = false;
  int commits_ = 0;
};

}  // namespace chat77::test
