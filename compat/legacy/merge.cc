#include "compat/legacy/merge.h"

#include <algorithm>
#include <string>

#include "compat/legacy/text.h"

namespace chat77::compat::legacy {
namespace {

constexpr std::string_view kPrivate = "private txt ";
// A shorter name is the end of too many words ("schema: " for "a").
constexpr size_t kShortestAlias = 2;

bool IsGlued(std::string_view bytes, size_t at) {
  return at > 0 && !IsSpace(bytes[at - 1]);
}

// The first place >= 1 where `word` is glued to what stands before it.
size_t FindGlued(std::string_view bytes, std::string_view word) {
  size_t at = bytes.find(word, 1);
  while (at != std::string_view::npos && !IsGlued(bytes, at)) {
    at = bytes.find(word, at + 1);
  }
  return at;
}

// The texts of a private message may hold anything, even the sender's name.
bool IsPrivate(std::string_view bytes) {
  return Lower(bytes.substr(0, kPrivate.size())).starts_with("private");
}

}  // namespace

MergeCut FirstMessage(std::string_view bytes, std::string_view alias) {
  if (alias.empty()) return {bytes.size(), false};
  const size_t secret = FindGlued(Lower(bytes), kPrivate);
  size_t own = std::string_view::npos;
  if (alias.size() >= kShortestAlias && !IsPrivate(bytes)) {
    own = FindGlued(bytes, Cat(alias, ": "));
  }
  if (secret < own) return {secret, true};
  return {std::min(own, bytes.size()), false};
}

size_t LastMessage(std::string_view bytes, std::string_view alias) {
  if (alias.size() < kShortestAlias || IsPrivate(bytes)) return 0;
  const std::string own = Cat(alias, ": ");
  size_t at = bytes.rfind(own);
  while (at != std::string_view::npos && at > 0 && !IsGlued(bytes, at)) {
    at = bytes.rfind(own, at - 1);
  }
  return at == std::string_view::npos ? 0 : at;
}

}  // namespace chat77::compat::legacy
