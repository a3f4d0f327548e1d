// What a run found, by name: a table for people or one line of JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chat77::bench {

class Report {
 public:
  // Names are as in JSON (server_cpu_pct); values of Text need no escaping.
  void Text(std::string_view name, std::string_view value);
  void Number(std::string_view name, double value, int digits = 0);

  std::string Json() const;
  std::string Table() const;

 private:
  struct Entry {
    std::string name;
    std::string value;
    bool is_text = false;
  };
  std::vector<Entry> entries_;
};

}  // namespace chat77::bench
