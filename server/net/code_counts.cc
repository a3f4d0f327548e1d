#include "server/net/code_counts.h"

#include <algorithm>
#include <array>
#include <spdlog/spdlog.h>

namespace chat77::server {
namespace {

namespace pb = ::chat77::v1;

constexpr std::array kCounted = {pb::BUSY,
                                 pb::RATE_LIMITED,
                                 pb::BAD_CREDENTIALS,
                                 pb::TOKEN_INVALID,
                                 pb::FORBIDDEN,
                                 pb::MUTED,
                                 pb::INVITATION_INVALID,
                                 pb::REGISTRATION_CLOSED,
                                 pb::CODE_INVALID,
                                 pb::KICKED,
                                 pb::BANNED};

bool IsCounted(pb::Code code) {
  return std::find(kCounted.begin(), kCounted.end(), code) != kCounted.end();
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
