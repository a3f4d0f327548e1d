#include "proto/alias.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <utf8proc.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "proto/limits.h"

namespace chat77::wire {
namespace {

// `text` mapped by utf8proc, or an empty string where it is not UTF-8.
std::string Map(std::string_view text, int options) {
  utf8proc_uint8_t* raw = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &raw,
                   static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(
      raw, &std::free);
  if (size < 0) return "";
  return std::string(reinterpret_cast<char*>(raw), static_cast<size_t>(size));
}

constexpr int kNfc = UTF8PROC_STABLE | UTF8PROC_COMPOSE;

bool MayStand(utf8proc_int32_t character, bool first) {
  if (character == '_' || character == '-' || character == '.') return true;
  switch (utf8proc_category(character)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
      return true;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
      return !first;
    default:
      return false;
  }
}

// The character as a person would name it; what could not be seen, by number.
std::string Named(utf8proc_int32_t character) {
  if (character == ' ') return "a space";
  if (character > ' ' && character < 0x7f) {
    return absl::StrFormat("%c", static_cast<char>(character));
  }
  return absl::StrFormat("U+%04X", static_cast<unsigned>(character));
}

absl::Status Refused(utf8proc_int32_t character) {
  return absl::InvalidArgumentError(
      absl::StrCat("An alias may hold letters, digits and _ - . but not ",
                   Named(character), "."));
}

absl::Status CheckCharacters(std::string_view alias) {
  size_t count = 0;
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(alias.data());
  auto left = static_cast<utf8proc_ssize_t>(alias.size());
  while (left > 0) {
    utf8proc_int32_t character = 0;
    const utf8proc_ssize_t used = utf8proc_iterate(at, left, &character);
    if (used <= 0) return absl::InvalidArgumentError("An alias must be UTF-8.");
    if (!MayStand(character, count == 0)) return Refused(character);
    ++count;
    at += used;
    left -= used;
  }
  if (count > kAliasCharacters) {
    return absl::InvalidArgumentError(absl::StrCat(
        "An alias has at most ", kAliasCharacters, " characters."));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> NormalizeAlias(std::string_view alias) {
  if (alias.empty()) {
    return absl::InvalidArgumentError("An alias needs at least one character.");
  }
  // Long before NFC could shrink it to fit: no work for a stranger's megabyte.
  if (alias.size() > 4 * kAliasBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "An alias has at most ", kAliasCharacters, " characters."));
  }
  std::string normal = Map(alias, kNfc);
  if (normal.empty()) {
    return absl::InvalidArgumentError("An alias must be UTF-8.");
  }
  if (absl::Status status = CheckCharacters(normal); !status.ok()) {
    return status;
  }
  return normal;
}

std::string AliasKey(std::string_view alias) {
  if (alias.size() > 4 * kAliasBytes) return std::string(alias);
  const bool ascii = std::all_of(alias.begin(), alias.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x80;
  });
  if (ascii) {
    std::string key(alias);
    for (char& c : key) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return key;
  }
  std::string key = Map(Map(alias, kNfc), kNfc | UTF8PROC_CASEFOLD);
  return key.empty() ? std::string(alias) : key;
}

bool IsReservedAlias(std::string_view key) {
  static constexpr std::array<std::string_view, 26> kReserved = {
      // What a text client takes for a control message.
      "auth_success", "beep", "beep_udp_port", "group_invite", "group_joined",
      "groups", "private_connected", "private_ended", "private_rejected",
      "private_request_from",
      // Who speaks for the server, or is nobody.
      "admin", "administrator", "chat77", "everybody", "everyone", "exit",
      "info", "error", "lobby", "moderator", "none", "operator", "root",
      "server", "system", "you"};
  return std::find(kReserved.begin(), kReserved.end(), key) != kReserved.end();
}

}  // namespace chat77::wire
