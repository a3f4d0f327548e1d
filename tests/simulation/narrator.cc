#include "tests/simulation/narrator.h"

#include <type_traits>
#include <variant>

#include "absl/strings/str_cat.h"

#include "tests/simulation/sim_client.h"

namespace chat77::simulation {
namespace {

constexpr size_t kLineBytes = 160;

// Without what differs from run to run for no reason: tokens are random bytes.
template <class Message>
std::string Short(const Message& message) {
  std::string text = message.ShortDebugString();
  if (text.size() > kLineBytes) text = text.substr(0, kLineBytes) + "...";
  return text;
}

std::string Short(pb::ClientFrame frame) {
  if (frame.has_resume()) frame.mutable_resume()->clear_device_token();
  if (frame.has_login()) frame.mutable_login()->clear_password();
  return Short<pb::ClientFrame>(frame);
}

std::string Short(pb::ServerFrame frame) {
  if (frame.has_login()) frame.mutable_login()->clear_device_token();
  if (frame.has_error()) frame.mutable_error()->clear_sentence();
  return Short<pb::ServerFrame>(frame);
}

std::string Describe(const store::Write& write) {
  if (const auto* login = std::get_if<store::RecordLogin>(&write)) {
    return absl::StrCat("login of ", login->alias, " device ", login->device);
  }
  if (const auto* logout = std::get_if<store::RecordLogout>(&write)) {
    return absl::StrCat("logout of ", logout->id, ": ", logout->reason,
                        logout->end_device ? ", with its device" : "");
  }
  if (const auto* append = std::get_if<store::AppendMessage>(&write)) {
    return absl::StrCat("\"", append->message.text.substr(0, 24), "\" id ",
                        append->message_id);
  }
  if (const auto* set = std::get_if<store::SetLink>(&write)) {
    return absl::StrCat("link ", set->link.first, " ", set->link.second,
                        " state ", static_cast<int>(set->link.state),
                        set->link.bound ? " bound" : "", " id ",
                        set->request.message_id);
  }
  if (const auto* revoke = std::get_if<store::RevokeDevice>(&write)) {
    return absl::StrCat("revoke of device ", revoke->device);
  }
  return "an account";
}

std::string Describe(const store::Written& written) {
  const char* again = written.repeated ? " again" : "";
  if (written.connection != 0) {
    return absl::StrCat("login ", written.connection);
  }
  if (written.sanction != 0) return absl::StrCat("sanction ", written.sanction);
  if (written.seq != 0) return absl::StrCat("seq ", written.seq, again);
  return absl::StrCat("done", again);
}

std::string Describe(const client::Event& event) {
  return std::visit(
      [](const auto& what) -> std::string {
        using What = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<What, client::Online>) {
          return absl::StrCat("online", what.again ? " again" : "",
                              what.resumed ? ", resumed: " : ": ",
                              Short(what.private_state));
        } else if constexpr (std::is_same_v<What, client::Offline>) {
          return absl::StrCat("offline: ", what.why,
                              what.retry_in ? "" : " (for good)");
        } else if constexpr (std::is_same_v<What, client::RoomSaid>) {
          return absl::StrCat("shows ", what.said.seq(), " \"",
                              what.said.text().substr(0, 24), "\"",
                              what.late ? " late" : "");
        } else if constexpr (std::is_same_v<What, client::Gap>) {
          return absl::StrCat("gap ", what.from_seq, " to ", what.to_seq);
        } else if constexpr (std::is_same_v<What, client::PrivateText>) {
          return absl::StrCat("shows ", what.said.room(), ":", what.said.seq(),
                              " \"", what.said.text().substr(0, 24), "\"",
                              what.own ? " own" : "", what.late ? " late" : "");
        } else if constexpr (std::is_same_v<What, client::CaughtUp>) {
          return absl::StrCat("caught up ", what.count);
        } else if constexpr (std::is_base_of_v<google::protobuf::Message,
                                               What>) {
          return absl::StrCat(what.GetTypeName(), " ", Short(what));
        } else {
          return "";
        }
      },
      event);
}

}  // namespace

std::string Narrator::Name(server::SessionId session) const {
  const auto device = device_of_.find(session.value);
  return absl::StrCat("s", session.value, "(",
                      device == device_of_.end() ? "?" : device->second, ")");
}

void Narrator::OnDurable(const store::Write& write,
                         const store::WriteResult& result) {
  context_.Note(
      "  disk: ", Describe(write), " -> ",
      result.ok() ? Describe(*result) : std::string(result.status().message()));
}

void Narrator::OnServerStarted(const SimServer&) { device_of_.clear(); }

void Narrator::OnServerHello(server::SessionId from,
                             const std::string& device) {
  device_of_[from.value] = device;
  context_.Note("  server: hello of ", Name(from));
}

void Narrator::OnServerRequest(server::SessionId from,
                               const pb::ClientFrame& frame) {
  context_.Note("  server <- ", Name(from), " ", Short(frame));
}

void Narrator::OnServerClosed(server::SessionId session) {
  context_.Note("  server: the end of ", Name(session));
}

void Narrator::OnServerSends(server::SessionId to,
                             const pb::ServerFrame& frame) {
  context_.Note("  server -> ", Name(to), " ", Short(frame));
}

void Narrator::OnServerTells(const pb::ServerFrame& frame) {
  context_.Note("  server -> all ", Short(frame));
}

void Narrator::OnAsked(const SimClient& client,
                       const pb::ClientFrame& request) {
  context_.Note(client.device().name, ": asks ", Short(request));
}

void Narrator::OnReplied(const SimClient& client, const pb::ClientFrame&,
                         const pb::ServerFrame& reply) {
  context_.Note(client.device().name, ": hears ", Short(reply));
}

void Narrator::OnEvent(const SimClient& client, const client::Event& event) {
  const std::string what = Describe(event);
  if (!what.empty()) context_.Note(client.device().name, ": ", what);
}

}  // namespace chat77::simulation
