#include "store/skeleton.h"

#include <algorithm>
#include <unicode/uspoof.h>
#include <utf8proc.h>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "proto/alias.h"
#include "store/internal/abseil_view.h"

namespace chat77::store {
namespace {

// Changed with the rules below.
constexpr int kRules = 1;

// Never closed: the threads that use it may outlive main's end.
const USpoofChecker* Checker() {
  static const USpoofChecker* const checker = [] {
    UErrorCode error = U_ZERO_ERROR;
    return uspoof_open(&error);
  }();
  return checker;
}

// UTS 39, 4. ICU's data without which this fails is part of its library; text
// that it cannot take is its own skeleton.
std::string Confusable(const std::string& text) {
  UErrorCode error = U_ZERO_ERROR;
  const auto size = static_cast<int32_t>(text.size());
  std::string skeleton(text.size() * 4 + 64, '\0');
  const int32_t used =
      uspoof_getSkeletonUTF8(Checker(), 0, text.data(), size, skeleton.data(),
                             static_cast<int32_t>(skeleton.size()), &error);
  if (error == U_BUFFER_OVERFLOW_ERROR) {
    error = U_ZERO_ERROR;
    skeleton.resize(static_cast<size_t>(used));
    uspoof_getSkeletonUTF8(Checker(), 0, text.data(), size, skeleton.data(),
                           used, &error);
  }
  if (U_FAILURE(error) != 0) return text;
  skeleton.resize(static_cast<size_t>(used));
  return skeleton;
}

// Two rounds do for all of Unicode; the rest is against a table of tomorrow
// that goes in circles.
std::string Skeleton(std::string text) {
  constexpr int kRounds = 4;
  for (int round = 0; round < kRounds; ++round) {
    std::string next = wire::AliasKey(Confusable(text));
    if (next == text) break;
    text = std::move(next);
  }
  return text;
}

}  // namespace

std::vector<std::string> SkeletonsOf(std::string_view alias) {
  std::vector<std::string> all = {Skeleton(wire::AliasKey(alias)),
                                  Skeleton(std::string(alias))};
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

bool LooksReserved(std::string_view alias) {
  static const auto* const reserved = [] {
    auto* all = new absl::flat_hash_set<std::string>;
    for (const std::string_view name : wire::ReservedAliases()) {
      // As a reader may expect it to be spelt: "ADMlN" is "ADMIN".
      all->insert(Skeleton(std::string(name)));
      all->insert(Skeleton(absl::AsciiStrToUpper(ToAbseil(name))));
    }
    return all;
  }();
  const auto skeletons = SkeletonsOf(alias);
  return std::any_of(
      skeletons.begin(), skeletons.end(),
      [](const std::string& one) { return reserved->contains(one); });
}

std::string SkeletonRules() {
  return absl::StrCat(kRules, "/", U_ICU_VERSION, "/",
                      utf8proc_unicode_version());
}

}  // namespace chat77::store
