#include "server/net/refusals.h"

#include <spdlog/spdlog.h>

#include "server/net/address.h"

namespace chat77::server {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"tls_handshake",
                                                    "other_protocol", "plain"};

}  // namespace

void Refusals::Note(Kind kind, std::string_view reason, int socket) {
  Seen& seen = seen_[static_cast<size_t>(kind)];
  // Of a flood only the first of a second is looked at closely.
  if (seen.count++ != seen.reported) return;
  seen.reason = reason;
  seen.address = PeerAddress(socket).host;
}

void Refusals::Report() {
  for (size_t i = 0; i < kKinds; ++i) {
    Seen& seen = seen_[i];
    if (seen.count == seen.reported) continue;
    spdlog::info("refused what={} count={} all={} reason=\"{}\" address={}",
                 kNames[i], seen.count - seen.reported, seen.count, seen.reason,
                 seen.address);
    seen.reported = seen.count;
  }
}

}  // namespace chat77::server
