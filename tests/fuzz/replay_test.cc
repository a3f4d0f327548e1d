// Runs one fuzz target over its corpus. Compiled once for each target, with
// CHAT77_FUZZ_NAME and CHAT77_FUZZ_CORPUS defined (CMakeLists.txt).
#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <iostream>
#include <vector>

#include "tests/fuzz/check.h"
#include "tests/support/golden.h"

namespace chat77::fuzz {
namespace {

class Replay : public testing::Test {
  void TestBody() override {
    std::vector<std::filesystem::path> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(CHAT77_FUZZ_CORPUS)) {
      files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    ASSERT_FALSE(files.empty()) << "A replay of nothing proves nothing.";
    for (const auto& file : files) {
      // If the body aborts, this line says over what.
      std::cerr << "replaying " << file.filename().string() << std::endl;
      const std::string bytes = support::ReadFile(file.string());
      LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()),
                             bytes.size());
    }
  }
};

// The name is the target's, so that no two binaries have a test in common.
const auto* const kRegistered = testing::RegisterTest(
    "FuzzCorpusTest", CHAT77_FUZZ_NAME, nullptr, nullptr, __FILE__, __LINE__,
    []() -> testing::Test* { return new Replay; });

}  // namespace
}  // namespace chat77::fuzz
