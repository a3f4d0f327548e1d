#include "store/legacy_json/format.h"

#include <cstdint>
#include <cstdio>
#include <string_view>

#include "absl/strings/str_cat.h"

#include "store/legacy_json/import_plan.h"
#include "store/legacy_json/local_time.h"

namespace chat77::store {
namespace {

constexpr uint32_t kReplacement = 0xfffd;

// Takes one character off the front of `text`, U+FFFD for a bad byte.
uint32_t TakeCharacter(std::string_view& text) {
  const auto byte = [&text](size_t at) -> uint32_t {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
  };
  const uint32_t lead = byte(0);
  const size_t size = lead < 0x80           ? 1
                      : (lead >> 5) == 0x06 ? 2
                      : (lead >> 4) == 0x0e ? 3
                      : (lead >> 3) == 0x1e ? 4
                                            : 0;
  uint32_t character = size <= 1 ? lead : lead & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) {
      text.remove_prefix(1);
      return kReplacement;
    }
    character = character << 6 | (byte(i) & 0x3f);
  }
  text.remove_prefix(size == 0 ? 1 : size);
  const bool surrogate = character >= 0xd800 && character < 0xe000;
  return size == 0 || surrogate || character > 0x10ffff ? kReplacement
                                                        : character;
}

void AppendUnit(uint32_t unit, std::string& out) {
  char escape[7];
  std::snprintf(escape, sizeof escape, "\\u%04x",
                static_cast<unsigned>(unit & 0xffff));
  out += escape;
}

void AppendCharacter(uint32_t character, std::string& out) {
  switch (character) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\b':
      out += "\\b";
      return;
    default:
      break;
  }
  if (character >= 0x20 && character < 0x80) {
    out.push_back(static_cast<char>(character));
  } else if (character < 0x10000) {
    AppendUnit(character, out);
  } else {
    AppendUnit(0xd800 + ((character - 0x10000) >> 10), out);
    AppendUnit(0xdc00 + ((character - 0x10000) & 0x3ff), out);
  }
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) AppendCharacter(TakeCharacter(text), out);
  out.push_back('"');
  return out;
}

std::string User(const Account& account, const absl::TimeZone& zone) {
  const std::string alias = Quoted(account.alias);
  return absl::StrCat(
      "        {\n            \"aliase\": ", alias,
      ",\n            \"username\": ", alias,
      ",\n            \"password\": \"\"", ",\n            \"created_at\": \"",
      FormatLocalTime(account.created_at, zone), "\"\n        }");
}

std::string LogoutTime(const Connection& connection,
                       const absl::TimeZone& zone) {
  if (!connection.logout_time.has_value() ||
      connection.reason == kUnknownLogout) {
    return "null";
  }
  return absl::StrCat("\"", FormatLocalTime(*connection.logout_time, zone),
                      "\"");
}

std::string Row(const Connection& connection, const absl::TimeZone& zone) {
  return absl::StrCat(
      "        {\n            \"aliase\": ", Quoted(connection.alias),
      ",\n            \"ip_address\": ", Quoted(connection.address),
      ",\n            \"port\": ", connection.port,
      ",\n            \"login_time\": \"",
      FormatLocalTime(connection.login_time, zone),
      "\",\n            \"logout_time\": ", LogoutTime(connection, zone),
      "\n        }");
}

template <typename Record>
void AppendList(const std::vector<Record>& records, const absl::TimeZone& zone,
                std::string (*format)(const Record&, const absl::TimeZone&),
                std::string& out) {
  const char* separator = "[\n";
  for (const Record& record : records) {
    absl::StrAppend(&out, separator, format(record, zone));
    separator = ",\n";
  }
  out += records.empty() ? "[]" : "\n    ]";
}

}  // namespace

std::string FormatLegacyJson(const std::vector<Account>& accounts,
                             const std::vector<Connection>& connections,
                             const absl::TimeZone& zone) {
  std::string out = "{\n    \"users\": ";
  AppendList(accounts, zone, User, out);
  out += ",\n    \"connections\": ";
  AppendList(connections, zone, Row, out);
  out += "\n}";
  return out;
}

}  // namespace chat77::store
