// Any bytes as a name: what is allowed stays allowed and is the same once it
// was normalized; a key is its own key; everything has a skeleton.
#include <string>
#include <string_view>

#include "proto/alias.h"
#include "proto/limits.h"
#include "store/skeleton.h"
#include "tests/fuzz/check.h"

namespace chat77::fuzz {
namespace {

void CheckAlias(const std::string& alias) {
  FUZZ_CHECK(!alias.empty());
  FUZZ_CHECK(alias.size() <= wire::kAliasBytes);
  const auto again = wire::NormalizeAlias(alias);
  FUZZ_CHECK(again.ok() && *again == alias);
  for (const unsigned char byte : alias) FUZZ_CHECK(byte > ' ' && byte != 0x7f);
}

}  // namespace
}  // namespace chat77::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chat77;  // NOLINT(google-build-using-namespace): main
  const std::string_view typed = fuzz::View(data, size);
  const std::string key = wire::AliasKey(typed);
  FUZZ_CHECK(wire::AliasKey(key) == key);
  // ICU takes its time for text that no account can have.
  if (size <= wire::kFrameBytesBeforeLogin) {
    FUZZ_CHECK(!store::SkeletonsOf(typed).empty());
    FUZZ_CHECK(!wire::IsReservedAlias(key) || store::LooksReserved(typed));
  }
  const auto alias = wire::NormalizeAlias(typed);
  if (!alias.ok()) {
    FUZZ_CHECK(!alias.status().message().empty());
    return 0;
  }
  fuzz::CheckAlias(*alias);
  FUZZ_CHECK(wire::AliasKey(*alias) == key);
  return 0;
}
