// The mutes and bans in force, and a new one, as lines for an admin.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"

#include "client/core/event.h"

namespace chat77::client {

// "3: bob is muted by ann until 15 March 2026 12:51: spam", one for each.
std::vector<std::string> SanctionLines(const pb::ListSanctionsReply& reply,
                                       absl::TimeZone zone);

// "bob is muted for 10 minutes (/lift 3 ends it)."; `what`: "is muted".
std::string SanctionMade(const std::string& target, const std::string& what,
                         uint64_t seconds, uint64_t number);

}  // namespace chat77::client
