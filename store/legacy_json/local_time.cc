#include "store/legacy_json/local_time.h"

#include <cctype>

#include "absl/time/civil_time.h"

namespace chat77::store {
namespace {

constexpr std::string_view kForm = "dddd-dd-dd dd:dd:dd";

bool HasForm(std::string_view text) {
  if (text.size() != kForm.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == 'd' ? !digit : text[i] != kForm[i]) return false;
  }
  return true;
}

}  // namespace

std::optional<absl::Time> ParseLocalTime(std::string_view text,
                                         const absl::TimeZone& zone) {
  if (!HasForm(text)) return std::nullopt;
  const auto number = [text](size_t at, size_t digits) {
    int value = 0;
    for (const char c : text.substr(at, digits)) value = 10 * value + (c - '0');
    return value;
  };
  const int month = number(5, 2), day = number(8, 2);
  const int hour = number(11, 2), minute = number(14, 2),
            second = number(17, 2);
  const absl::CivilSecond civil(number(0, 4), month, day, hour, minute, second);
  // CivilSecond carries over what is too large: that would be no real date.
  if (civil.year() != number(0, 4) || civil.month() != month ||
      civil.day() != day || civil.hour() != hour || civil.minute() != minute ||
      civil.second() != second) {
    return std::nullopt;
  }
  return absl::FromCivil(civil, zone);
}

std::string FormatLocalTime(absl::Time time, const absl::TimeZone& zone) {
  return absl::FormatTime("%E4Y-%m-%d %H:%M:%S", time, zone);
}

}  // namespace chat77::store
