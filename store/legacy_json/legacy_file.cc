#include "store/legacy_json/legacy_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include <boost/json.hpp>

namespace chat77::store {
namespace {

namespace json = boost::json;

// A file with thousands of different fields is none of the original's.
constexpr size_t kUnusedFieldsNamed = 20;

absl::Status NotLegacy(const std::string& why) {
  return absl::InvalidArgumentError(absl::StrCat(
      "The legacy file is damaged or another one (", why,
      "); repair it or name the original's client_connections.json."));
}

// One record on its way out of JSON: the first problem is kept.
class RecordReader {
 public:
  RecordReader(const json::object& object, std::string list, size_t index)
      : object_(object), refused_{std::move(list), index, "", ""} {}

  // "aliase", or "username" if that is missing or empty, as the original does.
  std::string Alias() {
    std::string alias = OptionalText("aliase").value_or("");
    if (alias.empty()) alias = OptionalText("username").value_or("");
    if (alias.empty()) Refuse("it has no name (aliase or username)");
    refused_.alias = alias;
    return alias;
  }

  std::string Text(std::string_view field) {
    std::optional<std::string> text = OptionalText(field);
    if (!text.has_value()) Refuse(absl::StrCat(Name(field), " is missing"));
    return std::move(text).value_or("");
  }

  // Nothing for a field that is missing or null.
  std::optional<std::string> OptionalText(std::string_view field) {
    const json::value* value = object_.if_contains(field);
    if (value == nullptr || value->is_null()) return std::nullopt;
    if (const json::string* text = value->if_string()) {
      return std::string(text->data(), text->size());
    }
    Refuse(absl::StrCat(Name(field), " is not a string"));
    return std::nullopt;
  }

  uint16_t Port() {
    const json::value* value = object_.if_contains("port");
    const int64_t* port = value == nullptr ? nullptr : value->if_int64();
    if (port == nullptr || *port < 0 || *port > 65535) {
      Refuse("port is not a whole number from 0 to 65535");
      return 0;
    }
    return static_cast<uint16_t>(*port);
  }

  bool refused() const { return !refused_.reason.empty(); }
  const RefusedRecord& refusal() const { return refused_; }

 private:
  static std::string Name(std::string_view field) { return std::string(field); }

  void Refuse(std::string reason) {
    if (!refused()) refused_.reason = std::move(reason);
  }

  const json::object& object_;
  RefusedRecord refused_;
};

template <size_t n>
void NoteUnused(const json::object& object, const std::string& prefix,
                const std::array<std::string_view, n>& used, LegacyFile& file) {
  for (const auto& member : object) {
    const std::string_view key(member.key().data(), member.key().size());
    if (std::find(used.begin(), used.end(), key) != used.end()) continue;
    if (file.unused_fields.size() == kUnusedFieldsNamed) return;
    file.unused_fields.insert(prefix + std::string(key));
  }
}

void ReadUser(const json::object& object, size_t index, LegacyFile& file) {
  RecordReader reader(object, "users", index);
  LegacyUser user{.index = index,
                  .alias = reader.Alias(),
                  .password = reader.Text("password"),
                  .created_at = reader.OptionalText("created_at")};
  constexpr std::array<std::string_view, 4> kUsed = {"aliase", "username",
                                                     "password", "created_at"};
  NoteUnused(object, "users.", kUsed, file);
  if (reader.refused()) {
    file.refused.push_back(reader.refusal());
  } else {
    file.users.push_back(std::move(user));
  }
}

void ReadConnection(const json::object& object, size_t index,
                    LegacyFile& file) {
  RecordReader reader(object, "connections", index);
  LegacyConnection connection{
      .index = index,
      .alias = reader.Alias(),
      .address = reader.Text("ip_address"),
      .port = reader.Port(),
      .login_time = reader.Text("login_time"),
      .logout_time = reader.OptionalText("logout_time")};
  constexpr std::array<std::string_view, 6> kUsed = {
      "aliase", "username", "ip_address", "port", "login_time", "logout_time"};
  NoteUnused(object, "connections.", kUsed, file);
  if (reader.refused()) {
    file.refused.push_back(reader.refusal());
  } else {
    file.connections.push_back(std::move(connection));
  }
}

using ReadRecord = void (*)(const json::object&, size_t, LegacyFile&);

absl::Status ReadList(const json::object& root, const std::string& name,
                      ReadRecord read, LegacyFile& file) {
  const json::value* value = root.if_contains(name);
  if (value == nullptr) return absl::OkStatus();
  const json::array* list = value->if_array();
  if (list == nullptr) return NotLegacy(name + " is not a list");
  for (size_t i = 0; i < list->size(); ++i) {
    if (const json::object* object = (*list)[i].if_object()) {
      read(*object, i, file);
    } else {
      file.refused.push_back({name, i, "", "it is not an object"});
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LegacyFile> ParseLegacyJson(std::string_view text) {
  if (text.size() > kLegacyFileBytes) {
    return NotLegacy(
        absl::StrCat("it has more than ", kLegacyFileBytes >> 20, " MiB"));
  }
  json::parse_options options;
  options.max_depth = kLegacyDepth;
  json::error_code error;
  const json::value root = json::parse(
      json::string_view(text.data(), text.size()), error, {}, options);
  if (error) return NotLegacy("not JSON: " + error.message());
  const json::object* object = root.if_object();
  if (object == nullptr) return NotLegacy("its JSON is not an object");

  LegacyFile file;
  absl::Status status = ReadList(*object, "users", ReadUser, file);
  if (status.ok()) {
    status = ReadList(*object, "connections", ReadConnection, file);
  }
  if (!status.ok()) return status;
  constexpr std::array<std::string_view, 2> kUsed = {"users", "connections"};
  NoteUnused(*object, "", kUsed, file);
  return file;
}

}  // namespace chat77::store
