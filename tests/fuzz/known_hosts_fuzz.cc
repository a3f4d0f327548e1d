// Any file of known servers: it is used as it is or refused as a whole; what is
// remembered is found again, and a file that is refused is left alone.
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "client/known_hosts.h"
#include "tests/fuzz/check.h"

namespace chat77::fuzz {
namespace {

constexpr char kServer[] = "chat.example:7700";
constexpr char kKey[] = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

// In memory where there is such a folder.
const std::string& Path() {
  static const std::string kPath =
      std::string(::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp") +
      "/chat77-known-hosts-fuzz-" + std::to_string(::getpid());
  return kPath;
}

void Write(std::string_view text) {
  ::unlink(Path().c_str());
  const int fd = ::open(Path().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  FUZZ_CHECK(fd >= 0);
  FUZZ_CHECK(::write(fd, text.data(), text.size()) ==
             static_cast<ssize_t>(text.size()));
  ::close(fd);
}

std::string Read() {
  std::ifstream file(Path(), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace
}  // namespace chat77::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chat77::fuzz;  // NOLINT(google-build-using-namespace): main
  const std::string_view text = View(data, size);
  Write(text);
  chat77::client::KnownHosts hosts(Path());
  const auto before = hosts.Find(kServer);
  if (!before.ok()) {
    FUZZ_CHECK(!before.status().message().empty());
    FUZZ_CHECK(!hosts.Remember(kServer, kKey, {}).ok());
    FUZZ_CHECK(!hosts.Forget(kServer).ok());
    FUZZ_CHECK(Read() == text);
  } else {
    FUZZ_CHECK(hosts.Remember(kServer, kKey, *before).ok());
    const auto after = hosts.Find(kServer);
    FUZZ_CHECK(after.ok() && *after == kKey);
    FUZZ_CHECK(hosts.Forget(kServer).ok());
    FUZZ_CHECK(hosts.Find(kServer).ok() && !hosts.Find(kServer)->has_value());
  }
  ::unlink(Path().c_str());
  ::unlink((Path() + ".lock").c_str());
  return 0;
}
