#include "compat/legacy/dialogue.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"

#include "compat/legacy/replies.h"
#include "compat/legacy/text.h"
#include "proto/alias.h"
#include "proto/limits.h"

namespace chat77::compat::legacy {
namespace {

// Longer ones are neither an alias nor a password, and would not fit the frame
// a server takes before login.
constexpr size_t kAnswerBytes = 4 * wire::kAliasBytes;

std::string TooLongSentence() {
  return Cat(
      "That message is too long and was not sent. A text has "
      "at most ",
      wire::kTextBytes, " bytes");
}

bool SaysNothingOfBeingOnline(const pb::Error& error) {
  return error.code() == pb::NOT_LINKED ||
         error.code() == pb::NO_PENDING_REQUEST;
}

// Whether `alias` is missing from a list that has everybody.
bool IsOffline(const std::string& alias, const pb::ListOnlineReply& online) {
  if (online.total() > static_cast<uint32_t>(online.aliases_size())) {
    return false;
  }
  const std::string key = wire::AliasKey(alias);
  return std::none_of(
      online.aliases().begin(), online.aliases().end(),
      [&](const std::string& other) { return wire::AliasKey(other) == key; });
}

}  // namespace

bool Dialogue::wants_input() const {
  switch (state_) {
    case State::kMode:
    case State::kAlias:
    case State::kPassword:
      return true;
    case State::kChatting:
      return asked_.size() < kRequests;
    default:
      return false;
  }
}

void Dialogue::Greet() {
  state_ = State::kMode;
  typed_.clear();
  password_.clear();
  host_->Tell(Message::Greeting());
}

void Dialogue::Fail(const Message& message) {
  host_->Tell(message);
  Greet();
}

void Dialogue::OnInput(const Input& input) {
  switch (input.kind) {
    case Input::Kind::kMessage:
      break;
    case Input::Kind::kTooLong:
      if (logging_in()) return Fail(Message::Error(TooLongSentence()));
      return host_->Tell(Message::Error(TooLongSentence()));
    case Input::Kind::kWithheld:
      return host_->Tell(
          Message::Info("A private text arrived joined to another message and "
                        "was not sent. Please send it again"));
  }
  switch (state_) {
    case State::kMode:
      return OnMode(Strip(input.text));
    case State::kAlias:
      typed_ = std::string(Strip(input.text));
      state_ = State::kPassword;
      return host_->Tell(Message::AskPassword());
    case State::kPassword:
      return OnPassword(Strip(input.text));
    default:
      return OnCommand(input.text);
  }
}

void Dialogue::OnMode(std::string_view answer) {
  const std::string mode = absl::AsciiStrToUpper(std::string(answer));
  if (mode != "REGISTER" && mode != "LOGIN") {
    return Fail(Message::Error("Invalid authentication mode"));
  }
  registering_ = mode == "REGISTER";
  state_ = State::kAlias;
  host_->Tell(Message::AskAlias());
}

void Dialogue::OnPassword(std::string_view answer) {
  if (typed_.empty() || answer.empty()) {
    return Fail(Message::Error("Alias and password are required"));
  }
  if (typed_.size() > kAnswerBytes || answer.size() > kAnswerBytes) {
    return Fail(Message::Error(
        registering_
            ? Cat("An alias has at most ", wire::kAliasCharacters,
                  " characters, a password ", wire::kPasswordBytes, " bytes")
            : "Invalid alias or password"));
  }
  password_ = std::string(answer);
  state_ = State::kOpening;
  host_->OpenServer();
}

void Dialogue::OnServerOpen() {
  if (state_ != State::kOpening) return;
  pb::ClientFrame request;
  if (registering_) {
    request.mutable_register_()->set_alias(typed_);
    request.mutable_register_()->set_password(std::move(password_));
  } else {
    request.mutable_login()->set_alias(typed_);
    request.mutable_login()->set_password(std::move(password_));
  }
  password_.clear();
  state_ = State::kAsking;
  host_->Ask(std::move(request));
}

void Dialogue::OnServerFrame(const pb::ServerFrame& frame) {
  if (state_ == State::kAsking) return OnLoginAnswer(frame);
  if (state_ != State::kChatting && state_ != State::kLeaving) return;
  if (frame.reply_to() != 0) return OnReply(frame);
  if (state_ == State::kLeaving) return;
  // Its own notice came with the login.
  if (frame.has_joined() && frame.joined().alias() == alias_) return;
  const auto message = EventMessage(frame, alias_, dialect_);
  if (message) host_->Tell(*message);
}

void Dialogue::OnLoginAnswer(const pb::ServerFrame& frame) {
  if (frame.has_login()) return Enter(frame.login().alias());
  if (!frame.has_error() && !frame.has_register_()) return;  // hello, goodbye
  host_->CloseServer();
  if (frame.has_error()) return Fail(LoginError(frame.error()));
  Fail(Message::Registered());
}

void Dialogue::Enter(const std::string& alias) {
  state_ = State::kChatting;
  alias_ = alias;
  host_->LoggedIn(typed_);
  host_->Tell(Message::Welcome());
  host_->Tell(Message::Joined(alias_));
  host_->Tell(Message::NowConnected());
}

// The original's window sends the lines of a private text as they are: the
// first as a private text, the others bare, for everybody to read.
void Dialogue::Continue(Command& command) {
  if (!command.bare) {
    secret_ = command.secret ? command : Command();
    if (secret_.verb == Verb::kPrivateText) secret_.text.clear();
    return;
  }
  if (!last_version_ || !secret_.secret) return;
  std::string text = std::move(command.text);
  command = secret_;
  if (command.verb == Verb::kPrivateText) command.text = std::move(text);
}

void Dialogue::OnCommand(const std::string& message) {
  if (Strip(message).starts_with("BEEP_UDP_PORT:")) last_version_ = true;
  Command command = ParseCommand(message, alias_, typed_);
  Continue(command);
  pb::ClientFrame request;
  switch (command.verb) {
    case Verb::kNothing:
      return;
    case Verb::kInfo:
      return host_->Tell(Message::Info(command.text));
    case Verb::kExit:
      return Leave(/*by_exit=*/true);
    case Verb::kSay:
      request.mutable_say()->set_room(wire::kLobby);
      request.mutable_say()->set_text(command.text);
      break;
    case Verb::kOnlineClients:
      request.mutable_list_online()->set_room(wire::kLobby);
      break;
    case Verb::kConnect:
      request.mutable_request_private()->set_alias(command.alias);
      break;
    case Verb::kAccept:
      request.mutable_accept_private()->set_alias(command.alias);
      break;
    case Verb::kReject:
      request.mutable_reject_private()->set_alias(command.alias);
      break;
    case Verb::kEndPrivate:
      request.mutable_end_private()->set_alias(command.alias);
      break;
    case Verb::kPrivateChats:
      request.mutable_list_private();
      break;
    case Verb::kPrivateText:
      request.mutable_send_private()->set_alias(command.alias);
      request.mutable_send_private()->set_text(command.text);
      break;
  }
  AskAbout(std::move(command), std::move(request));
}

void Dialogue::AskAbout(Command command, pb::ClientFrame request,
                        pb::Code refused) {
  std::string().swap(command.text);
  if (command.alias.size() > kAnswerBytes) {
    command.alias = std::string(CutPrefix(command.alias, kAnswerBytes));
  }
  const uint64_t id = host_->Ask(std::move(request));
  asked_.emplace(id, Asked{std::move(command), refused});
}

void Dialogue::TellReply(const Command& command, const pb::ServerFrame& frame) {
  for (const Message& message : ReplyMessages(command, frame)) {
    host_->Tell(message);
  }
}

void Dialogue::OnReply(const pb::ServerFrame& frame) {
  auto found = asked_.extract(frame.reply_to());
  if (found.empty()) return;
  auto& [command, refused] = found.mapped();
  if (refused != pb::CODE_UNSPECIFIED) {
    pb::ServerFrame why;
    why.mutable_error()->set_code(
        frame.has_list_online() && IsOffline(command.alias, frame.list_online())
            ? pb::NOT_ONLINE
            : refused);
    TellReply(command, why);
  } else if (SaysNothingOfBeingOnline(frame.error())) {
    pb::ClientFrame request;
    request.mutable_list_online()->set_room(wire::kLobby);
    return AskAbout(std::move(command), std::move(request),
                    frame.error().code());
  } else {
    TellReply(command, frame);
  }
  if (state_ == State::kLeaving) LeaveWhenAnswered();
}

void Dialogue::OnInputEnd() {
  if (state_ == State::kChatting) return Leave(/*by_exit=*/false);
  if (logging_in()) Over();
}

void Dialogue::Leave(bool by_exit) {
  state_ = State::kLeaving;
  by_exit_ = by_exit;
  LeaveWhenAnswered();
}

// A logout sent at once would overtake a text that waits for the disk. Who did
// not say exit is recorded as disconnected, as a native client would be.
void Dialogue::LeaveWhenAnswered() {
  if (!asked_.empty()) return;
  if (!by_exit_) return Over();
  if (std::exchange(logout_sent_, true)) return;
  pb::ClientFrame request;
  request.mutable_logout();
  host_->Ask(std::move(request));
}

void Dialogue::OnServerClosed(std::string_view why) {
  switch (state_) {
    case State::kOpening:
    case State::kAsking:
      return Fail(Message::Error(why));
    case State::kChatting:
      host_->Tell(Message::Info(why));
      return Over();
    case State::kLeaving:
      return Over();
    default:
      return;
  }
}

void Dialogue::Stop(std::string_view sentence) {
  switch (state_) {
    case State::kChatting:
      host_->Tell(Message::Info(sentence));
      return Leave(/*by_exit=*/false);
    case State::kLeaving:
    case State::kOver:
      return;
    case State::kOpening:
    case State::kAsking:
      host_->CloseServer();
      [[fallthrough]];
    default:
      host_->Tell(Message::Error(sentence));
      return Over();
  }
}

void Dialogue::OnClientLost() {
  if (state_ == State::kChatting) return Leave(/*by_exit=*/false);
  if (!logging_in()) return;
  if (state_ == State::kOpening || state_ == State::kAsking) {
    host_->CloseServer();
  }
  Over();
}

void Dialogue::Over() {
  state_ = State::kOver;
  host_->End();
}

}  // namespace chat77::compat::legacy
