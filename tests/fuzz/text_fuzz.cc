// Any bytes as what somebody wrote: afterwards harmless, and the same if it is
// done again.
#include <string>

#include "google/protobuf/stubs/common.h"

#include "proto/text_filter.h"
#include "tests/fuzz/check.h"
#include "tests/support/harmless_text.h"

namespace chat77::fuzz {
namespace {

using wire::Replaced;

bool IsUtf8(const std::string& text) {
  return google::protobuf::internal::IsStructurallyValidUTF8(
      text.data(), static_cast<int>(text.size()));
}

void CheckFilter(std::string_view text, Replaced replaced) {
  const std::string once = wire::FilterText(text, replaced);
  FUZZ_CHECK(wire::FilterText(once, replaced) == once);
  FUZZ_CHECK(IsUtf8(once));
  FUZZ_CHECK(replaced == Replaced::kSpelled || once.size() <= text.size());
  if (wire::IsPlainText(text)) FUZZ_CHECK(once == text);
  const std::string line = wire::FilterLine(text, replaced);
  FUZZ_CHECK(line.find_first_of("\n\t\r") == std::string::npos);
  FUZZ_CHECK(support::IsHarmless(line));
  FUZZ_CHECK(wire::FilterLine(once, replaced) == line);
}

}  // namespace
}  // namespace chat77::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chat77::fuzz;  // NOLINT(google-build-using-namespace): main
  CheckFilter(View(data, size), Replaced::kBriefly);
  CheckFilter(View(data, size), Replaced::kSpelled);
  return 0;
}
