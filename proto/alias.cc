#include "proto/alias.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utf8proc.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "proto/alias_characters.h"
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

absl::Status TooLong() {
  return absl::InvalidArgumentError(
      absl::StrCat("An alias has at most ", kAliasCharacters, " characters."));
}

absl::Status NotUtf8() {
  return absl::InvalidArgumentError("An alias must be UTF-8.");
}

// One round of width, case and NFC; empty where it is not UTF-8.
std::string Fold(std::string_view text) {
  const auto characters = DecodeUtf8(text);
  if (!characters.has_value()) return "";
  return Map(Map(MapWidth(*characters), kNfc), kNfc | UTF8PROC_CASEFOLD);
}

}  // namespace

absl::StatusOr<std::string> NormalizeAlias(std::string_view alias) {
  if (alias.empty()) {
    return absl::InvalidArgumentError("An alias needs at least one character.");
  }
  // Long before NFC could shrink it to fit: no work for a stranger's megabyte.
  if (alias.size() > 4 * kAliasBytes) return TooLong();
  const auto typed = DecodeUtf8(alias);
  if (!typed.has_value()) return NotUtf8();
  std::string normal = Map(MapWidth(*typed), kNfc);
  const auto characters = DecodeUtf8(normal);
  if (!characters.has_value() || characters->empty()) return NotUtf8();
  absl::Status status = CheckAliasCharacters(*characters);
  if (status.ok() && characters->size() > kAliasCharacters) status = TooLong();
  if (status.ok()) status = CheckAliasDirection(*characters);
  if (!status.ok()) return status;
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
  std::string key = Fold(alias);
  if (key.empty()) return std::string(alias);
  // A few characters fold to some that compose or fold again.
  for (std::string next = Fold(key); next != key; next = Fold(key)) {
    key = std::move(next);
  }
  return key;
}

std::span<const std::string_view> ReservedAliases() {
  static constexpr auto kReserved = std::to_array<std::string_view>(
      {// What a text client takes for a control message.
       "auth_success", "beep", "beep_udp_port", "group_invite", "group_joined",
       "groups", "private_connected", "private_ended", "private_rejected",
       "private_request_from",
       // Who speaks for the server, or is nobody.
       "admin", "administrator", "admins", "chat77", "everybody", "everyone",
       "exit", "info", "error", "lobby", "moderator", "none", "operator",
       "root", "server", "system", "you",
       // Who people would tell a password to.
       "abuse", "helpdesk", "hostmaster", "mod", "moderators", "mods",
       "noreply", "official", "postmaster", "security", "staff", "support",
       "sysadmin", "sysop", "webmaster",
       // Services of IRC, which some expect here too.
       "botserv", "chanserv", "global", "helpserv", "hostserv", "infoserv",
       "memoserv", "nickserv", "operserv", "saslserv", "services", "statserv",
       "userserv"});
  return kReserved;
}

bool IsReservedAlias(std::string_view key) {
  const auto all = ReservedAliases();
  return std::find(all.begin(), all.end(), key) != all.end();
}

}  // namespace chat77::wire
