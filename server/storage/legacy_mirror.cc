#include "server/storage/legacy_mirror.h"

#include <spdlog/spdlog.h>
#include <utility>

#include "store/legacy_json/format.h"
#include "store/legacy_json/whole_file.h"

namespace chat77::server {
namespace {

constexpr std::chrono::seconds kPause(1);  // between two writes

}  // namespace

LegacyMirror::LegacyMirror(std::string path, std::function<void()> ask,
                           std::chrono::seconds patience)
    : path_(std::move(path)),
      ask_(std::move(ask)),
      patience_(patience),
      thread_([this] { Loop(); }) {}

LegacyMirror::~LegacyMirror() {
  Stop();
  if (snapshot_.has_value()) Write(*snapshot_);
}

void LegacyMirror::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void LegacyMirror::Touch() {
  {
    const std::lock_guard lock(mutex_);
    changed_ = true;
  }
  wake_.notify_all();
}

void LegacyMirror::Take(std::vector<store::Account> accounts,
                        std::vector<store::Connection> connections) {
  {
    const std::lock_guard lock(mutex_);
    snapshot_ = Snapshot{std::move(accounts), std::move(connections)};
  }
  wake_.notify_all();
}

void LegacyMirror::Loop() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    wake_.wait(lock, [this] { return stop_ || changed_; });
    if (stop_) return;
    changed_ = false;
    lock.unlock();
    ask_();
    lock.lock();
    wake_.wait_for(lock, patience_,
                   [this] { return stop_ || snapshot_.has_value(); });
    if (stop_) return;             // the destructor writes what is newest
    if (!snapshot_.has_value()) {  // the store could not be read: once more
      changed_ = true;
      continue;
    }
    const Snapshot snapshot = *std::exchange(snapshot_, std::nullopt);
    lock.unlock();
    const bool written = Write(snapshot);
    lock.lock();
    if (!written) changed_ = true;  // tried again after the pause
    wake_.wait_for(lock, kPause, [this] { return stop_; });
  }
}

bool LegacyMirror::Write(const Snapshot& snapshot) {
  const absl::Status status = store::WriteFileAtomically(
      path_, store::FormatLegacyJson(snapshot.accounts, snapshot.connections));
  if (!status.ok() && !failing_) {
    spdlog::error("legacy_json error=\"{}\"", std::string(status.message()));
  }
  if (status.ok() && failing_) spdlog::info("legacy_json written again");
  failing_ = !status.ok();
  return status.ok();
}

}  // namespace chat77::server
