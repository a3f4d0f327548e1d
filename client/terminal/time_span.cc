#include "client/terminal/time_span.h"

#include <charconv>

#include "absl/strings/str_cat.h"

namespace chat77::client {
namespace {

constexpr uint64_t kLongest = 10ull * 365 * 24 * 3600;

struct Unit {
  char letter;
  uint64_t seconds;
  const char* name;
};

constexpr Unit kUnits[] = {{'w', 7 * 24 * 3600, "week"},
                           {'d', 24 * 3600, "day"},
                           {'h', 3600, "hour"},
                           {'m', 60, "minute"},
                           {'s', 1, "second"}};

}  // namespace

std::optional<uint64_t> ParseTimeSpan(std::string_view text) {
  uint64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] =
      std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || at + 1 != end || count == 0) return std::nullopt;
  for (const Unit& unit : kUnits) {
    if (unit.letter != *at) continue;
    if (count > kLongest / unit.seconds) return std::nullopt;
    return count * unit.seconds;
  }
  return std::nullopt;
}

std::string ShowTimeSpan(uint64_t seconds) {
  for (const Unit& unit : kUnits) {
    if (seconds % unit.seconds != 0) continue;
    const uint64_t count = seconds / unit.seconds;
    return absl::StrCat(count, " ", unit.name, count == 1 ? "" : "s");
  }
  return "";
}

}  // namespace chat77::client
