// Files under version control that a test keeps true.
//
// With CHAT77_REGENERATE=1 in its environment a test writes the file anew
// instead of comparing; the difference is then for git and a reviewer.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace chat77::support {

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream all;
  all << file.rdbuf();
  return all.str();
}

inline void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline bool Regenerating() {
  const char* set = std::getenv("CHAT77_REGENERATE");
  return set != nullptr && std::string(set) == "1";
}

}  // namespace chat77::support
