#include "server/net/memory_guard.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

#include "server/net/descriptor.h"

namespace chat77::server {
namespace {

constexpr double kTrimAbove = 0.60;
constexpr double kConnectionsAbove = 0.80;
constexpr double kLoginsAbove = 0.90;
constexpr double kAgainBelow = 0.05;  // so much below either

Overload LevelAt(double share) {
  if (share >= kLoginsAbove) return Overload::kLogins;
  if (share >= kConnectionsAbove) return Overload::kConnections;
  return Overload::kNone;
}

}  // namespace

std::optional<size_t> MeasuredBytes() {
  Descriptor file(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
  std::array<char, 128> text{};
  if (file.get() < 0 || ::read(file.get(), text.data(), text.size() - 1) <= 0) {
    return std::nullopt;
  }
  size_t size = 0, resident = 0, shared = 0;  // pages, proc(5)
  if (std::sscanf(text.data(), "%zu %zu %zu", &size, &resident, &shared) != 3) {
    return std::nullopt;
  }
  return (resident - std::min(resident, shared)) *
         static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

Overload MemoryGuard::Judge(size_t used) {
  const double share = Share(used);
  // Up at once, down only from a good way below.
  level_ = std::clamp(level_, LevelAt(share), LevelAt(share + kAgainBelow));
  return level_;
}

bool MemoryGuard::ShouldTrim(size_t used, absl::Time now) {
  const bool quiet = Share(used) < kTrimAbove;
  if (now < trimmed_ + (quiet ? kQuietPause : kTrimPause)) return false;
  trimmed_ = now;
  return true;
}

}  // namespace chat77::server
