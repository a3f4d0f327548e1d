#include "tests/bench/load/process.h"

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <unistd.h>

#include "tests/bench/load/clock.h"

namespace chat77::bench {

Usage UsageOf(int pid) {
  if (pid <= 0) return {};
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string stat{std::istreambuf_iterator<char>(file), {}};
  // The name is in brackets and may hold anything; see proc(5) for the rest.
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(stat.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  uint64_t user = 0, system = 0, pages = 0;
  fields >> user >> system;
  for (int field = 16; field < 24; ++field) fields >> skipped;
  fields >> pages;
  const auto ticks = static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
  return {(user + system) * (kSecond / ticks),
          pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE))};
}

}  // namespace chat77::bench
