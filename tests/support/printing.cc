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

bool IsMessageId(const FieldDescriptor& field) {
  return field.type() == FieldDescriptor::TYPE_FIXED64;
}

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
      return absl::StrCat(IsMessageId(field) ? "=" : "",
                          reflection.GetUInt64(message, &field));
    default:
      return "?";
  }
}

bool Shows(const Message& message, const FieldDescriptor& field) {
  if (field.name() == "sentence") return false;
  const bool number = field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
  return (number && !IsMessageId(field)) ||
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
std::string At(const Moment& time) { return At(time.wall); }

std::string Id(uint64_t message_id) {
  return message_id == 0 ? "" : absl::StrCat(" =", message_id);
}

// The tokens of these tests are words, filled up to their length.
std::string Unpadded(const std::string& token) {
  return token.substr(0, token.find('.'));
}

std::string S(SessionId session) { return absl::StrCat("s", session.value); }

std::string Line(const Send& e) {
  return absl::StrCat(S(e.to), ": ", Describe(e.frame));
}
std::string Line(const JoinRoom& e) {
  return absl::StrCat(S(e.session), " joins",
                      e.after_seq ? absl::StrCat(" after ", *e.after_seq) : "");
}
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
std::string Line(const FindDevice& e) {
  return absl::StrCat("> find ", Unpadded(e.device_token));
}
std::string Line(const CreateAccount& e) {
  return absl::StrCat("> create ", e.alias, " ", e.key, " ", e.password,
                      At(e.time));
}
std::string Line(const FindAccount& e) {
  return absl::StrCat("> account ", e.key);
}
std::string Line(const ChangePassword& e) {
  return absl::StrCat("> password of ", e.account, " ", e.old_password, " to ",
                      e.new_password, " but ", e.keep_device);
}
std::string Line(const SetBlocked& e) {
  return absl::StrCat("> ", e.on ? "block " : "unblock ", e.account, " ",
                      e.blocked);
}
std::string Line(const AddSanction& e) {
  const Sanction& what = e.sanction;
  constexpr const char* kKinds[] = {"mute ", "ban ", "ban network "};
  return absl::StrCat("> ", kKinds[static_cast<size_t>(what.kind)], what.target,
                      " by ", what.by, At(what.created), Terms(what));
}
std::string Line(const LiftSanction& e) {
  return absl::StrCat("> lift ", e.number, " by ", e.by, At(e.time));
}
std::string Line(const RecordKick& e) {
  return absl::StrCat("> kick ", e.target, " by ", e.by, At(e.time), " ",
                      e.reason);
}
std::string Line(const MakeAdmin& e) {
  return absl::StrCat("> admin ", e.alias, " ", e.code, At(e.time));
}
std::string Line(const AddInvitation& e) {
  return absl::StrCat("> invitation by ", e.by, At(e.time));
}
std::string Line(const NewGeneration&) { return "> new generation"; }
std::string Line(const RecordLogin& e) {
  return absl::StrCat("> login ", e.alias, " ", e.address, ":", e.port,
                      At(e.time),
                      e.device != 0 ? absl::StrCat(" device ", e.device) : "",
                      e.make_device ? " makes " + e.software : "");
}
std::string Line(const RecordLogout& e) {
  return absl::StrCat("> logout ", e.connection, " ", e.reason, At(e.time),
                      e.token ? " awaited" : "");
}
std::string Line(const Entry& e) {
  return absl::StrCat(
      e.room, ":", e.seq, " ",
      e.kind == pb::TEXT ? "" : pb::EntryKind_Name(e.kind) + " ", e.alias,
      e.text.empty() ? "" : " " + e.text);
}
std::string Line(const Append& e) {
  return absl::StrCat("> append ", Line(e.entry), At(e.time), Id(e.message_id));
}
std::string Line(const SetLink& e) {
  constexpr const char* kStates[] = {"none", "asked", "linked"};
  return absl::StrCat(
      "> link ", e.link.first, " ", e.link.second, " ",
      kStates[static_cast<size_t>(e.link.state)],
      e.link.hidden ? " hidden" : "", e.link.bound ? " bound" : "",
      e.entry ? " " + Line(*e.entry) : "", At(e.time), Id(e.message_id));
}
std::string Line(const ReadMarker& e) {
  return absl::StrCat(e.room, ":", e.seq);
}
std::string Line(const MarkRead& e) {
  std::string line = absl::StrCat("> mark ", e.account);
  for (const ReadMarker& marker : e.markers) {
    absl::StrAppend(&line, " ", Line(marker));
  }
  return line;
}
std::string Line(const ReadRooms& e) {
  return absl::StrCat("> rooms of ", e.account);
}
std::string Line(const FindRequest& e) {
  return absl::StrCat("> find", Id(e.message_id));
}
std::string Line(const ReadDevices& e) {
  return absl::StrCat("> devices of ", e.account);
}
std::string Line(const RevokeDevice& e) {
  return absl::StrCat("> revoke ", e.device);
}
std::string Line(const Await& e) {
  return "> wait " + absl::FormatDuration(e.duration);
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
  return std::tie(a.session, a.after_seq) == std::tie(b.session, b.after_seq);
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
bool operator==(const FindDevice& a, const FindDevice& b) {
  return std::tie(a.token, a.device_token, a.time) ==
         std::tie(b.token, b.device_token, b.time);
}
bool operator==(const CreateAccount& a, const CreateAccount& b) {
  return std::tie(a.token, a.alias, a.key, a.password, a.time) ==
         std::tie(b.token, b.alias, b.key, b.password, b.time);
}
bool operator==(const FindAccount& a, const FindAccount& b) {
  return std::tie(a.token, a.key) == std::tie(b.token, b.key);
}
bool operator==(const ChangePassword& a, const ChangePassword& b) {
  const auto whole = [](const ChangePassword& e) {
    return std::tie(e.token, e.key, e.account, e.old_password, e.new_password,
                    e.keep_device);
  };
  return whole(a) == whole(b);
}
bool operator==(const SetBlocked& a, const SetBlocked& b) {
  return std::tie(a.token, a.account, a.blocked, a.on) ==
         std::tie(b.token, b.account, b.blocked, b.on);
}
bool operator==(const AddSanction& a, const AddSanction& b) {
  const auto whole = [](const AddSanction& e) {
    const Sanction& s = e.sanction;
    return std::tie(e.token, s.kind, s.account, s.target, s.reason, s.by,
                    s.created, s.expires);
  };
  return whole(a) == whole(b);
}
bool operator==(const LiftSanction& a, const LiftSanction& b) {
  return std::tie(a.token, a.number, a.by, a.time) ==
         std::tie(b.token, b.number, b.by, b.time);
}
bool operator==(const RecordKick& a, const RecordKick& b) {
  return std::tie(a.token, a.by, a.target, a.reason, a.time) ==
         std::tie(b.token, b.by, b.target, b.reason, b.time);
}
bool operator==(const MakeAdmin& a, const MakeAdmin& b) {
  return std::tie(a.token, a.account, a.alias, a.code, a.time) ==
         std::tie(b.token, b.account, b.alias, b.code, b.time);
}
bool operator==(const NewGeneration&, const NewGeneration&) { return true; }
bool operator==(const AddInvitation& a, const AddInvitation& b) {
  return std::tie(a.token, a.by, a.time, a.expires) ==
         std::tie(b.token, b.by, b.time, b.expires);
}
bool operator==(const RecordLogin& a, const RecordLogin& b) {
  const auto whole = [](const RecordLogin& e) {
    return std::tie(e.token, e.alias, e.address, e.port, e.time, e.account,
                    e.device, e.make_device, e.software);
  };
  return whole(a) == whole(b);
}
bool operator==(const RecordLogout& a, const RecordLogout& b) {
  return std::tie(a.token, a.connection, a.reason, a.time, a.end_device) ==
         std::tie(b.token, b.connection, b.reason, b.time, b.end_device);
}
bool operator==(const Append& a, const Append& b) {
  const auto whole = [](const Append& e) {
    return std::tie(e.token, e.time, e.message_id, e.answer);
  };
  return Line(a) == Line(b) && whole(a) == whole(b);
}
bool operator==(const SetLink& a, const SetLink& b) {
  const auto whole = [](const SetLink& e) {
    return std::tie(e.token, e.link.room, e.link.asked_at, e.account,
                    e.message_id, e.answer, e.time);
  };
  return Line(a) == Line(b) && whole(a) == whole(b);
}
bool operator==(const MarkRead& a, const MarkRead& b) {
  return a.token == b.token && Line(a) == Line(b);
}
bool operator==(const ReadRooms& a, const ReadRooms& b) {
  return std::tie(a.token, a.account) == std::tie(b.token, b.account);
}
bool operator==(const FindRequest& a, const FindRequest& b) {
  return std::tie(a.token, a.account, a.message_id) ==
         std::tie(b.token, b.account, b.message_id);
}
bool operator==(const ReadDevices& a, const ReadDevices& b) {
  return std::tie(a.token, a.account, a.current) ==
         std::tie(b.token, b.account, b.current);
}
bool operator==(const RevokeDevice& a, const RevokeDevice& b) {
  return std::tie(a.token, a.account, a.device) ==
         std::tie(b.token, b.account, b.device);
}
bool operator==(const Await& a, const Await& b) {
  return std::tie(a.token, a.duration) == std::tie(b.token, b.duration);
}
bool operator==(const ReadHistory& a, const ReadHistory& b) {
  const auto parts = [](const ReadHistory& read) {
    return std::tie(read.token, read.room, read.after_seq, read.before_seq,
                    read.limit, read.told);
  };
  return parts(a) == parts(b);
}
bool operator==(const Stopped&, const Stopped&) { return true; }

std::string DescribeLogin(const pb::LoginReply& reply) {
  Lines rooms;
  for (const pb::RoomState& room : reply.rooms()) rooms.push_back(Values(room));
  std::string line =
      absl::StrCat(reply.alias(), " rooms=[", absl::StrJoin(rooms, "; "), "]");
  const auto add = [&](const std::string& word) {
    if (!word.empty()) absl::StrAppend(&line, " ", word);
  };
  add(Unpadded(reply.device_token()));
  if (reply.device() != 0) add(absl::StrCat("device ", reply.device()));
  if (reply.resumed()) add("resumed");
  add(Values(reply.private_state()));
  return line;
}

std::string Describe(const pb::ServerFrame& frame) {
  std::string line =
      frame.reply_to() == 0 ? "" : absl::StrCat("#", frame.reply_to(), " ");
  const auto& reflection = *frame.GetReflection();
  const FieldDescriptor* body = reflection.GetOneofFieldDescriptor(
      frame, frame.GetDescriptor()->FindOneofByName("body"));
  if (body == nullptr) return line + "nothing";
  const std::string values = frame.has_login() ? DescribeLogin(frame.login())
                             : frame.has_resume()
                                 ? DescribeLogin(frame.resume())
                                 : Values(reflection.GetMessage(frame, body));
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
