#include "store/internal/numbered_alias.h"

#include <string_view>

#include "absl/strings/str_cat.h"

#include "proto/alias.h"
#include "proto/limits.h"

namespace chat77::store {
namespace {

// `alias` without its last characters where `suffix` would make it too long.
std::string WithSuffix(std::string_view alias, const std::string& suffix) {
  size_t characters = 0;
  size_t end = 0;
  const auto continues = [alias](size_t at) {
    return at < alias.size() &&
           (static_cast<unsigned char>(alias[at]) & 0xc0) == 0x80;
  };
  while (end < alias.size() &&
         characters < wire::kAliasCharacters - suffix.size()) {
    ++characters;
    do ++end;
    while (continues(end));
  }
  return std::string(alias.substr(0, end)) + suffix;
}

}  // namespace

std::string NumberedAlias(const std::string& alias, size_t number) {
  const std::string suffix = absl::StrCat("_", number);
  const auto numbered = wire::NormalizeAlias(WithSuffix(alias, suffix));
  return numbered.ok() ? *numbered : "user" + suffix;
}

}  // namespace chat77::store
