#include "server/core/overload.h"

#include <algorithm>

#include "server/core/request.h"

namespace chat77::server {
namespace {

constexpr uint32_t kOverloadRetryMs = 500;

}  // namespace

Overload Workload::level() const {
  Overload level = Overload::kNone;
  if (waiting_ >= limit_ / 2) level = Overload::kConnections;
  if (waiting_ >= limit_ / 4 * 3) level = Overload::kLogins;
  if (waiting_ >= limit_) level = Overload::kSays;
  return std::max(level, pressure_);
}

bool Workload::RefuseLogin(const Request& request) const {
  if (level() < Overload::kLogins) return false;
  request.Refuse(pb::BUSY,
                 "The server has too much to do; please try again in a second.",
                 {}, kBusyRetryMs);
  return true;
}

bool Workload::RefuseMessage(const Request& request) const {
  if (level() < Overload::kSays) return false;
  request.Refuse(pb::BUSY,
                 "Too much waits for the server's disk; please try again in a "
                 "moment.",
                 {}, kOverloadRetryMs);
  return true;
}

}  // namespace chat77::server
