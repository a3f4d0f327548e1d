// What is refused when there is too much of something.
#pragma once

#include <cstddef>
#include <cstdint>

namespace chat77::server {

struct Request;

// Each refuses what those before it do. Nothing that was acknowledged is ever
// given up. The core raises it by what waits for the disk, the shell by the
// memory of the process (MemoryPressed).
enum class Overload : uint8_t {
  kNone,
  kConnections,  // half of CoreOptions::waiting_bytes wait: no new connections
  kLogins,       // three quarters: no registration, login or resume
  kSays,         // all of it: no message and no private chat either
};

// What the ledger holds until it is on disk, against what may be held.
class Workload {
 public:
  explicit Workload(size_t limit) : limit_(limit) {}

  void Add(size_t bytes) { waiting_ += bytes; }
  void Remove(size_t bytes) { waiting_ -= bytes; }
  // From outside.
  void Press(Overload level) { pressure_ = level; }

  Overload level() const;
  bool empty() const { return waiting_ == 0; }
  // True, and answered, if nobody gets in now.
  bool RefuseLogin(const Request& request) const;
  // The same for what somebody says, or asks of another.
  bool RefuseMessage(const Request& request) const;

 private:
  const size_t limit_;  // bytes
  size_t waiting_ = 0;
  Overload pressure_ = Overload::kNone;
};

}  // namespace chat77::server
