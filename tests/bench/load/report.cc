#include "tests/bench/load/report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace chat77::bench {

void Report::Text(std::string_view name, std::string_view value) {
  entries_.push_back({std::string(name), std::string(value), true});
}

void Report::Number(std::string_view name, double value, int digits) {
  entries_.push_back(
      {std::string(name), absl::StrFormat("%.*f", digits, value), false});
}

std::string Report::Json() const {
  std::string line = "{";
  for (const Entry& entry : entries_) {
    if (line.size() > 1) line += ",";
    const char* quote = entry.is_text ? "\"" : "";
    absl::StrAppend(&line, "\"", entry.name, "\":", quote, entry.value, quote);
  }
  return line + "}\n";
}

std::string Report::Table() const {
  size_t names = 0, values = 0;
  for (const Entry& entry : entries_) {
    names = std::max(names, entry.name.size());
    values = std::max(values, entry.value.size());
  }
  std::string table;
  for (const Entry& entry : entries_) {
    absl::StrAppendFormat(&table, "%-*s  %*s\n", static_cast<int>(names),
                          absl::StrReplaceAll(entry.name, {{"_", " "}}),
                          static_cast<int>(values), entry.value);
  }
  return table;
}

}  // namespace chat77::bench
