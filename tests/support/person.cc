#include "tests/support/person.h"

#include <chrono>
#include <functional>
#include <utility>

#include "absl/strings/str_split.h"

#include "tests/support/legacy_client.h"
#include "tests/support/native_client.h"

namespace chat77::test {
namespace {

using test::LegacyClient;
using test::LineClient;
using test::UnframedClient;

class NativePerson : public Person {
 public:
  explicit NativePerson(int port)
      : client_(port), port_(client_.local_port()) {}

  bool Enter(const std::string& alias) override {
    client_.Register(alias);
    return LogIn(alias, "secret") && HearsJoined(alias);
  }
  bool Register(const std::string& alias,
                const std::string& password) override {
    return client_.Register(alias, password).has_register_();
  }
  bool LogIn(const std::string& alias, const std::string& password) override {
    return client_.Login(alias, password).has_login();
  }

  void Say(const std::string& text) override { client_.Say(text); }
  std::vector<std::string> Online() override {
    pb::ClientFrame frame;
    frame.mutable_list_online();
    const pb::ServerFrame reply = client_.Ask(std::move(frame));
    const auto& aliases = reply.list_online().aliases();
    return {aliases.begin(), aliases.end()};
  }
  std::vector<std::string> PrivateChats() override {
    pb::ClientFrame frame;
    frame.mutable_list_private();
    const pb::ServerFrame reply = client_.Ask(std::move(frame));
    const auto& aliases = reply.list_private().linked();
    return {aliases.begin(), aliases.end()};
  }
  bool Ask(const std::string& alias) override {
    pb::ClientFrame frame;
    frame.mutable_request_private()->set_alias(alias);
    return Yes(std::move(frame));
  }
  bool Accept(const std::string& alias) override {
    pb::ClientFrame frame;
    frame.mutable_accept_private()->set_alias(alias);
    return Yes(std::move(frame));
  }
  bool Reject(const std::string& alias) override {
    pb::ClientFrame frame;
    frame.mutable_reject_private()->set_alias(alias);
    return Yes(std::move(frame));
  }
  bool End(const std::string& alias) override {
    pb::ClientFrame frame;
    frame.mutable_end_private()->set_alias(alias);
    return Yes(std::move(frame));
  }
  void Whisper(const std::string& alias, const std::string& text) override {
    pb::ClientFrame frame;
    frame.mutable_send_private()->set_alias(alias);
    frame.mutable_send_private()->set_text(text);
    client_.Ask(std::move(frame));
  }
  void Exit() override {
    pb::ClientFrame frame;
    frame.mutable_logout();
    client_.Ask(std::move(frame));
    client_.AwaitClose();
  }
  void HalfClose() override { client_.HalfClose(); }
  void Reset() override { client_.Reset(); }

  bool HearsSaid(const std::string& alias, const std::string& text) override {
    return Hears([&](const pb::ServerFrame& frame) {
      return frame.said().alias() == alias && frame.said().text() == text;
    });
  }
  bool HearsJoined(const std::string& alias) override {
    return Hears([&](const pb::ServerFrame& frame) {
      return frame.joined().alias() == alias;
    });
  }
  bool HearsLeft(const std::string& alias) override {
    return Hears([&](const pb::ServerFrame& frame) {
      return frame.left().alias() == alias;
    });
  }
  bool HearsRequest(const std::string& alias) override {
    return Hears([&](const pb::ServerFrame& frame) {
      return frame.private_requested().alias() == alias;
    });
  }
  bool HearsConnected(const std::string& alias) override {
    return Hears([&](const pb::ServerFrame& frame) {
      return frame.private_connected().alias() == alias;
    });
  }
  bool HearsRejected(const std::string& alias) override {
    return Hears([&](const pb::ServerFrame& frame) {
      return frame.private_rejected().alias() == alias;
    });
  }
  bool HearsEnded(const std::string& alias, bool by_command) override {
    return Hears([&](const pb::ServerFrame& frame) {
      return frame.private_ended().alias() == alias &&
             (frame.private_ended().reason() == pb::ENDED_BY_COMMAND) ==
                 by_command;
    });
  }
  bool HearsUnavailable(const std::string& alias) override {
    return Hears([&](const pb::ServerFrame& frame) {
      return frame.request_withdrawn().alias() == alias &&
             frame.request_withdrawn().was_asking();
    });
  }
  bool HearsWhisper(const std::string& alias,
                    const std::string& text) override {
    return Hears([&](const pb::ServerFrame& frame) {
      return frame.private_said().alias() == alias &&
             frame.private_said().text() == text;
    });
  }
  bool HearsEnd() override {
    return Hears([](const pb::ServerFrame& frame) {
             return frame.has_goodbye();
           }) &&
           client_.AwaitClose();
  }
  uint16_t port() const override { return port_; }

 private:
  bool Yes(pb::ClientFrame frame) {
    const pb::ServerFrame reply = client_.Ask(std::move(frame));
    return reply.reply_to() != 0 && !reply.has_error();
  }
  bool Hears(const std::function<bool(const pb::ServerFrame&)>& it) {
    while (true) {
      const pb::ServerFrame event = client_.Hear();
      if (it(event)) return true;
      if (event.body_case() == 0) return false;
    }
  }

  NativeClient client_;
  uint16_t port_;  // the socket may be closed when it is asked for
};

class LegacyPerson : public Person {
 public:
  explicit LegacyPerson(std::unique_ptr<LegacyClient> client)
      : client_(std::move(client)), port_(client_->socket().local_port()) {}

  bool Enter(const std::string& alias) override {
    Register(alias, "secret");
    return LogIn(alias, "secret") &&
           client_->ExpectPrinted("you are now connected");
  }
  bool Register(const std::string& alias,
                const std::string& password) override {
    return client_->Register(alias, password);
  }
  bool LogIn(const std::string& alias, const std::string& password) override {
    return client_->Login(alias, password);
  }

  void Say(const std::string& text) override {
    client_->Type("bdct txt " + text);
  }
  std::vector<std::string> Online() override {
    client_->Type("online clients");
    return ListAfter("Online clients: ");
  }
  std::vector<std::string> PrivateChats() override {
    client_->Type("my private chats");
    return ListAfter(unframed() ? "My private chats: " : "Private chats: ");
  }
  bool Ask(const std::string& alias) override {
    client_->Type("connect to " + alias);
    while (const auto line = client_->NextPrinted()) {
      if (*line == "INFO: Connection request sent to " + alias) return true;
      if (*line == Connected(alias)) return true;
      if (line->starts_with("INFO: ")) return false;
    }
    return false;
  }
  bool Accept(const std::string& alias) override {
    client_->Type("accept connection " + alias);
    return client_->ExpectPrinted(Connected(alias));
  }
  bool Reject(const std::string& alias) override {
    client_->Type("reject connection " + alias);
    return client_->ExpectPrinted("INFO: Rejected private request from " +
                                  alias);
  }
  bool End(const std::string& alias) override {
    client_->Type("end private " + alias);
    return HearsEnded(alias, true) &&
           client_->ExpectPrinted("INFO: Private connection with " + alias +
                                  " ended");
  }
  void Whisper(const std::string& alias, const std::string& text) override {
    client_->Type("private txt " + alias + " " + text);
  }
  void Exit() override {
    client_->Type("exit");
    client_->ExpectEnd();
  }
  void HalfClose() override { client_->socket().ShutdownSend(); }
  void Reset() override {
    // Its reading thread uses the socket as well.
    if (auto* reader = unframed()) reader->StopReading();
    client_->socket().Reset();
  }

  bool HearsSaid(const std::string& alias, const std::string& text) override {
    return client_->ExpectPrinted(alias + ": " + text);
  }
  bool HearsJoined(const std::string& alias) override {
    return client_->ExpectPrinted(alias + " has connected to the chatroom");
  }
  bool HearsLeft(const std::string& alias) override {
    return client_->ExpectPrinted(alias + " has left the chatroom");
  }
  bool HearsRequest(const std::string& alias) override {
    return client_->ExpectPrinted("Private request from " + alias +
                                  ". Type: accept connection " + alias +
                                  " or reject connection " + alias);
  }
  bool HearsConnected(const std::string& alias) override {
    return client_->ExpectPrinted(Connected(alias));
  }
  bool HearsRejected(const std::string& alias) override {
    return client_->ExpectPrinted("Private request rejected by " + alias);
  }
  bool HearsEnded(const std::string& alias, bool by_command) override {
    return client_->ExpectPrinted(
        "Private chat with " + alias + " ended (" +
        (by_command ? "ended by command" : "disconnected") + ")");
  }
  bool HearsUnavailable(const std::string& alias) override {
    return client_->ExpectPrinted("INFO: " + alias +
                                  " is no longer available for private chat");
  }
  bool HearsWhisper(const std::string& alias,
                    const std::string& text) override {
    // The label is the reader's own name in the one dialect.
    while (const auto line = client_->NextPrinted()) {
      if (line->starts_with("[Private:") &&
          line->ends_with("] " + alias + ": " + text)) {
        return true;
      }
    }
    return false;
  }
  bool HearsEnd() override { return client_->ExpectEnd(); }
  uint16_t port() const override { return port_; }

 private:
  static std::string Connected(const std::string& alias) {
    return "Private chat connected with " + alias + ". Use: private txt " +
           alias + " {your message}";
  }
  UnframedClient* unframed() const {
    return dynamic_cast<UnframedClient*>(client_.get());
  }
  std::vector<std::string> ListAfter(const std::string& title) {
    while (const auto line = client_->NextPrinted()) {
      if (!line->starts_with(title)) continue;
      const std::string names = line->substr(title.size());
      if (names == "none") return {};
      return absl::StrSplit(names, ", ");
    }
    return {};
  }

  std::unique_ptr<LegacyClient> client_;
  uint16_t port_;  // the socket may be closed when it is asked for
};

}  // namespace

std::unique_ptr<Person> Person::Connect(Kind kind, const ServerProcess& server,
                                        int compat_port) {
  const auto port = static_cast<uint16_t>(
      compat_port != 0 ? compat_port : server.compat_port());
  switch (kind) {
    case Kind::kNative:
      return std::make_unique<NativePerson>(server.port());
    case Kind::kUnframed:
      return std::make_unique<LegacyPerson>(
          std::make_unique<UnframedClient>(port));
    case Kind::kLines:
      return std::make_unique<LegacyPerson>(std::make_unique<LineClient>(port));
  }
  return nullptr;
}

}  // namespace chat77::test
