// Keeps a copy of accounts and connections in the original's JSON format for
// whoever reads that file today: written aside and renamed, at most once a
// second, without passwords. Never read back.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "store/model.h"

namespace chat77::server {

class LegacyMirror {
 public:
  // For a snapshot, until it is asked for again.
  static constexpr std::chrono::seconds kPatience{10};

  // `ask` requests a snapshot, which comes by Take(); it is called on the
  // mirror's thread.
  LegacyMirror(std::string path, std::function<void()> ask,
               std::chrono::seconds patience = kPatience);
  // Stop(), and writes the last snapshot that was taken.
  ~LegacyMirror();
  LegacyMirror(const LegacyMirror&) = delete;
  LegacyMirror& operator=(const LegacyMirror&) = delete;

  // Asks no more, from its return on; Take() still counts. The owner's thread.
  void Stop();

  // Something changed. Any thread; cheap.
  void Touch();
  // Any thread.
  void Take(std::vector<store::Account> accounts,
            std::vector<store::Connection> connections);

 private:
  struct Snapshot {
    std::vector<store::Account> accounts;
    std::vector<store::Connection> connections;
  };

  void Loop();
  bool Write(const Snapshot& snapshot);

  const std::string path_;
  const std::function<void()> ask_;
  const std::chrono::seconds patience_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool changed_ = false;
  bool stop_ = false;
  bool failing_ = false;  // the last write did; told once
  std::optional<Snapshot> snapshot_;
  std::thread thread_;
};

}  // namespace chat77::server
