// Times as the original writes them: "2026-03-14 12:51:07", local, no zone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace chat77::store {

// Nothing unless `text` is exactly of that form and a real date. Of an hour
// that the end of summer time repeats, the first is meant; one that its
// beginning skips is counted on from the hour before.
std::optional<absl::Time> ParseLocalTime(std::string_view text,
                                         const absl::TimeZone& zone);

// Fractions of a second are cut off.
std::string FormatLocalTime(absl::Time time, const absl::TimeZone& zone);

}  // namespace chat77::store
