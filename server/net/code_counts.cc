#include "server/net/code_counts.h"

#include <spdlog/spdlog.h>

namespace chat77::server {
namespace {

namespace pb = ::chat77::v1;

bool IsCounted(pb::Code code) {
  switch (code) {
    case pb::BUSY:
    case pb::RATE_LIMITED:
    case pb::BAD_CREDENTIALS:
    case pb::TOKEN_INVALID:
    case pb::FORBIDDEN:
    case pb::MUTED:
    case pb::INVITATION_INVALID:
    case pb::REGISTRATION_CLOSED:
    case pb::CODE_INVALID:
    case pb::KICKED:
    case pb::BANNED:
      return true;
    default:
      return false;
  }
}

}  // namespace

void CodeCounts::Note(pb::Code code) {
  if (IsCounted(code)) ++counts_[code].all;
}

void CodeCounts::Report() {
  for (auto& [code, count] : counts_) {
    if (count.all == count.reported) continue;
    spdlog::info("refused code={} count={} all={}", pb::Code_Name(code),
                 count.all - count.reported, count.all);
    count.reported = count.all;
  }
}

uint64_t CodeCounts::count(pb::Code code) const {
  const auto found = counts_.find(code);
  return found == counts_.end() ? 0 : found->second.all;
}

}  // namespace chat77::server
