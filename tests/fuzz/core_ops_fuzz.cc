// Bytes as a list of things that happen to the core (three bytes each; the
// first bit of the first byte of all: is there a history). The invariants and
// the model must hold to the end.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/support/core_operations.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto operations =
      chat77::server::OperationsFromBytes(data + 1, size - 1);
  const std::string wrong =
      chat77::server::Play(operations, (data[0] & 1) == 0);
  if (wrong.empty()) return 0;
  std::fprintf(stderr, "%s\n", wrong.c_str());
  std::abort();
}
