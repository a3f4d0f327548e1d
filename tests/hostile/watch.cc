#include "tests/hostile/watch.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace chat77::hostile {

Held HeldBy(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  std::ifstream file(folder + "/statm");
  size_t size = 0, resident = 0, shared = 0;
  file >> size >> resident >> shared;
  Held held;
  held.bytes =
      (resident - shared) * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder + "/fd", error), end;
       !error && at != end; at.increment(error)) {
    ++held.descriptors;
  }
  return held;
}

// One that ended and was not waited for is not.
bool IsAlive(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string stat{std::istreambuf_iterator<char>(file), {}};
  const size_t name_end = stat.rfind(')');
  return name_end != std::string::npos && stat.substr(name_end + 2, 1) != "Z";
}

}  // namespace chat77::hostile
