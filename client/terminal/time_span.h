// How long a sanction lasts, as people type and read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat77::client {

// Seconds of "90s", "10m", "2h", "7d", "4w"; nothing for any other text, for 0
// and for more than ten years.
std::optional<uint64_t> ParseTimeSpan(std::string_view text);

// "10 minutes", "1 day": the largest unit that fits without a rest.
std::string ShowTimeSpan(uint64_t seconds);

}  // namespace chat77::client
