#include "tests/support/printing.h"

#include <google/protobuf/util/message_differencer.h>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace chat77::server {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool Same(const Message& a, const Message& b) {
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

std::string Values(const Message& message);

// One value; of the field's list if `index` is not negative.
std::string Value(const Message& message, const FieldDescriptor& field,
                  int index) {
  const auto& reflection = *message.GetReflection();
  const bool one = index < 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return one ? reflection.GetString(message, &field)
                 : reflection.GetRepeatedString(message, &field, index);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Values(
          one ? reflection.GetMessage(message, &field)
              : reflection.GetRepeatedMessage(message, &field, index));
    case FieldDescriptor::CPPTYPE_ENUM:
      return std::string(reflection.GetEnum(message, &field)->name());
    case FieldDescriptor::CPPTYPE_BOOL:
      return std::string(field.name());
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat("@", reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection.GetUInt64(message, &field));
    default:
      return "?";
  }
}

bool Shows(const Message& message, const FieldDescriptor& field) {
  if (field.name() == "sentence") return false;
  return field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64 ||
         message.GetReflection()->HasField(message, &field);
}

std::string Values(const Message& message) {
  const auto& type = *message.GetDescriptor();
  Lines values;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!field.is_repeated()) {
      if (Shows(message, field)) values.push_back(Value(message, field, -1));
      continue;
    }
    Lines list;
    const int size = message.GetReflection()->FieldSize(message, &field);
    for (int j = 0; j < size; ++j) list.push_back(Value(message, field, j));
    if (list.empty()) continue;
    values.push_back(
        absl::StrCat(field.name(), "=[", absl::StrJoin(list, " "), "]"));
  }
  return absl::StrJoin(values, " ");
}

std::string At(absl::Time time) {
  return absl::StrCat(" @", absl::ToUnixMillis(time));
}

std::string S(SessionId session) { return absl::StrCat("s", session.value); }

std::string Line(const Send& e) {
  return absl::StrCat(S(e.to), ": ", Describe(e.frame));
}
std::string Line(const JoinRoom& e) { return S(e.session) + " joins"; }
std::string Line(const TellRoom& e) {
  return absl::StrCat("room", e.except ? " -" + S(e.except) : "", ": ",
                      Describe(e.frame));
}
std::string Line(const CloseSession& e) {
  return absl::StrCat(S(e.session), " bye ", pb::Code_Name(e.code));
}
std::string Line(const CheckPassword& e) {
  return absl::StrCat("> check ", e.key, " ", e.password);
}
std::string Line(const CreateAccount& e) {
  return absl::StrCat("> create ", e.alias, " ", e.key, " ", e.password,
                      At(e.time));
}
std::string Line(const RecordLogin& e) {
  return absl::StrCat("> login ", e.alias, " ", e.address, ":", e.port,
                      At(e.time));
}
std::string Line(const RecordLogout& e) {
  return absl::StrCat("> logout ", e.connection, " ", e.reason, At(e.time));
}
std::string Line(const Append& e) {
  return absl::StrCat("> append ", e.room, " ", e.alias, " ", e.text,
                      At(e.time));
}
std::string Line(const ReadHistory& e) {
  std::string line = absl::StrCat("> read ", e.room, " ", e.limit);
  if (e.after_seq) absl::StrAppend(&line, " after ", *e.after_seq);
  if (e.before_seq) absl::StrAppend(&line, " before ", *e.before_seq);
  return line;
}
std::string Line(const Stopped&) { return "stopped"; }

}  // namespace

bool operator==(const Send& a, const Send& b) {
  return a.to == b.to && Same(a.frame, b.frame);
}
bool operator==(const JoinRoom& a, const JoinRoom& b) {
  return a.session == b.session;
}
bool operator==(const TellRoom& a, const TellRoom& b) {
  return a.except == b.except && a.seq == b.seq && Same(a.frame, b.frame);
}
bool operator==(const CloseSession& a, const CloseSession& b) {
  return std::tie(a.session, a.code, a.sentence) ==
         std::tie(b.session, b.code, b.sentence);
}
bool operator==(const CheckPassword& a, const CheckPassword& b) {
  return std::tie(a.token, a.key, a.password) ==
         std::tie(b.token, b.key, b.password);
}
bool operator==(const CreateAccount& a, const CreateAccount& b) {
  return std::tie(a.token, a.alias, a.key, a.password, a.time) ==
         std::tie(b.token, b.alias, b.key, b.password, b.time);
}
bool operator==(const RecordLogin& a, const RecordLogin& b) {
  return std::tie(a.token, a.alias, a.address, a.port, a.time) ==
         std::tie(b.token, b.alias, b.address, b.port, b.time);
}
bool operator==(const RecordLogout& a, const RecordLogout& b) {
  return std::tie(a.connection, a.reason, a.time) ==
         std::tie(b.connection, b.reason, b.time);
}
bool operator==(const Append& a, const Append& b) {
  return std::tie(a.token, a.room, a.alias, a.text, a.time) ==
         std::tie(b.token, b.room, b.alias, b.text, b.time);
}
bool operator==(const ReadHistory& a, const ReadHistory& b) {
  return std::tie(a.token, a.room, a.after_seq, a.before_seq, a.limit) ==
         std::tie(b.token, b.room, b.after_seq, b.before_seq, b.limit);
}
bool operator==(const Stopped&, const Stopped&) { return true; }

std::string Describe(const pb::ServerFrame& frame) {
  std::string line =
      frame.reply_to() == 0 ? "" : absl::StrCat("#", frame.reply_to(), " ");
  const auto& reflection = *frame.GetReflection();
  const FieldDescriptor* body = reflection.GetOneofFieldDescriptor(
      frame, frame.GetDescriptor()->FindOneofByName("body"));
  if (body == nullptr) return line + "nothing";
  const std::string values = Values(reflection.GetMessage(frame, body));
  absl::StrAppend(&line, body->name(), values.empty() ? "" : " ", values);
  return line;
}

std::string Describe(const Effect& effect) {
  return std::visit([](const auto& e) { return Line(e); }, effect);
}

Lines Describe(const Effects& effects) {
  Lines lines;
  for (const Effect& effect : effects) lines.push_back(Describe(effect));
  return lines;
}

std::string First(const Lines& lines) {
  return lines.empty() ? "nothing" : lines.front();
}

std::string Last(const Lines& lines) {
  return lines.empty() ? "nothing" : lines.back();
}

}  // namespace chat77::server
