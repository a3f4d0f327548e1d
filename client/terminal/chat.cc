#include "client/terminal/chat.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

#include "client/terminal/command_parser.h"
#include "client/text_check.h"

namespace chat77::client {
namespace {

// Requests without an answer, and lines read but not dealt with, at which a
// pipe is read no further.
constexpr size_t kUnanswered = 64;
constexpr size_t kWaitingLines = 256;

// The beginning of the text a request carries, for a sentence about it.
std::string QuoteOf(const pb::ClientFrame& frame) {
  constexpr size_t kShown = 40;
  const std::string& text =
      frame.has_say() ? frame.say().text() : frame.send_private().text();
  if (text.empty()) return "";
  size_t size = std::min(kShown, text.size());
  while (size < text.size() && (text[size] & 0xc0) == 0x80) --size;
  return absl::StrCat(" (\"", text.substr(0, size),
                      size < text.size() ? "..." : "", "\")");
}

}  // namespace

Chat::Chat(ChatOptions options)
    : options_(std::move(options)),
      view_(options_.view),
      input_(io_, [this](std::string_view bytes) { OnBytes(bytes); }),
      signals_(io_, SIGINT, SIGTERM, SIGHUP) {
  signals_.add(SIGWINCH);
  signals_.add(SIGCONT);
  const auto callbacks = [this] {
    return Console::Callbacks{
        [this](std::string line) { lines_.push_back(std::move(line)); },
        [this] { input_ended_ = true; },
        [this](std::string_view before) { return OnTab(before); }};
  };
  console_ = MakeLineEditor(callbacks());
  if (!console_) console_ = MakePlainConsole(callbacks());
  dialog_ = std::make_unique<LoginDialog>(
      *console_, options_.login,
      [this](const Credentials& credentials) { client_->Start(credentials); });
  client_ = std::make_unique<Client>(
      io_, options_.client, [this](const Event& event) { OnEvent(event); });
}

Chat::~Chat() = default;

ExitCode Chat::Run() {
  WaitForSignal();
  if (dialog_->complete()) {
    client_->Start(dialog_->credentials());
  } else {
    // Nobody types a password for a server that is not there.
    client_->Start(std::nullopt);
  }
  io_.run();
  console_.reset();
  return exit_code_;
}

void Chat::OnEvent(const Event& event) {
  if (std::holds_alternative<Reachable>(event)) {
    dialog_->Begin();
    TakeLines();
    return;
  }
  if (const auto* offline = std::get_if<Offline>(&event)) {
    book_.Note(event);
    OnOffline(*offline);
    return;
  }
  if (const auto* online = std::get_if<Online>(&event)) {
    Print(view_.Show(event, absl::Now()));
    OnOnline(*online);
    return;
  }
  book_.Note(event);
  const bool is_news = names_.Note(event);
  if (std::holds_alternative<pb::Missed>(event)) RefreshNames();
  // History at the first login ends with it, too.
  if (std::holds_alternative<CaughtUp>(event) &&
      !std::exchange(reconnecting_, false)) {
    return;
  }
  if (is_news) Print(view_.Show(event, absl::Now()));
}

void Chat::OnOnline(const Online& online) {
  const bool had_private = !book_.empty();
  book_.Note(online);
  if (had_private && !online.resumed) {
    Note("Private chats ended with the old connection.");
  }
  reconnecting_ = online.again;
  waiting_said_ = false;
  // Only once: what is half typed outlives a reconnect.
  if (!std::exchange(was_online_, true)) console_->SetPrompt("> ", false);
  RefreshNames();
  TakeLines();
}

void Chat::OnOffline(const Offline& offline) {
  Print(view_.Show(offline, absl::Now()));
  if (offline.retry_in) return;
  if (!was_online_ && offline.trouble == Trouble::kRefused &&
      dialog_->BeginAgain(offline.code)) {
    TakeLines();
    return;
  }
  Finish(ExitCodeOf(offline));
}

void Chat::Finish(ExitCode code) {
  exit_code_ = code;
  input_.Stop();
  signals_.cancel();
  client_.reset();
  io_.stop();
}

void Chat::OnBytes(std::string_view bytes) {
  console_->Receive(bytes);
  TakeLines();
}

bool Chat::TakesLines() const {
  if (leaving_ || !client_) return false;
  if (dialog_->asking()) return true;
  if (console_->interactive()) return was_online_;
  return client_->state() == State::kOnline &&
         client_->unanswered() < kUnanswered;
}

bool Chat::MayLeave() const {
  if (console_->interactive()) return true;
  return lines_.empty() && was_online_ &&
         (client_->state() == State::kOnline || client_->unanswered() == 0);
}

void Chat::TakeLines() {
  while (TakesLines() && !lines_.empty()) {
    const std::string line = std::move(lines_.front());
    lines_.pop_front();
    dialog_->asking() ? dialog_->OnLine(line) : Execute(line);
  }
  if (!client_) return;
  if (input_ended_ && dialog_->asking() && !console_->interactive()) {
    Error("The input ended before the login: it needs a name and a password.");
    Finish(kUsage);
  } else if (input_ended_ && MayLeave()) {
    Do(QuitCommand{});
  } else if (lines_.size() < kWaitingLines) {
    input_.Ask();
  }
}

void Chat::WaitForSignal() {
  signals_.async_wait([this](boost::system::error_code error, int signal) {
    if (error) return;
    OnSignal(signal);
    if (client_) WaitForSignal();
  });
}

void Chat::OnSignal(int signal) {
  if (signal == SIGWINCH || signal == SIGCONT) {
    console_->Resize();
  } else if (signal == SIGINT && !leaving_ && console_->Clear()) {
    return;  // the first Ctrl-C takes back what was typed
  } else if (leaving_) {
    Finish(kOk);
  } else {
    Do(QuitCommand{});
  }
}

void Chat::Execute(const std::string& line) {
  const absl::StatusOr<Command> command = ParseCommand(line);
  if (!command.ok()) {
    Error(std::string(command.status().message()));
    return;
  }
  std::visit([this](const auto& typed) { Do(typed); }, *command);
}

void Chat::SayThatItWaits() {
  if (client_->state() == State::kOnline || leaving_) return;
  if (std::exchange(waiting_said_, true)) return;
  Note("Not connected: what you type is sent once the connection is back.");
}

void Chat::Request(pb::ClientFrame frame,
                   std::function<void(const pb::ServerFrame&)> on_reply) {
  const std::string text = QuoteOf(frame);
  SayThatItWaits();
  client_->Send(std::move(frame), [this, text, on_reply = std::move(on_reply)](
                                      const pb::ServerFrame& reply) {
    if (reply.has_error()) {
      Error(absl::StrCat(reply.error().sentence(), text));
    } else {
      on_reply(reply);
    }
    TakeLines();
  });
}

void Chat::Do(const SayCommand& command) {
  const absl::Status checked = CheckText(command.text);
  if (!checked.ok()) {
    Error(std::string(checked.message()));
    return;
  }
  // What was said is shown when the server confirms it, as RoomSaid.
  Request(SayRequest(command.text), [](const pb::ServerFrame&) {});
}

void Chat::Do(const ConnectCommand& command) {
  Request(RequestPrivateRequest(command.alias),
          [this](const pb::ServerFrame& reply) {
            const auto& answer = reply.request_private();
            if (!answer.connected()) {
              Note(absl::StrCat("Asked ", answer.alias(),
                                "; waiting for the answer."));
              return;
            }
            book_.Linked(answer.alias());
            Note(absl::StrCat("You are in a private chat with ", answer.alias(),
                              ", who had asked you too: /msg ", answer.alias(),
                              " TEXT"));
          });
}

void Chat::Do(const AcceptCommand& command) {
  const absl::StatusOr<std::string> alias = book_.WhoAsked(command.alias);
  if (!alias.ok()) {
    Error(std::string(alias.status().message()));
    return;
  }
  Request(AcceptPrivateRequest(*alias), [this](const pb::ServerFrame& reply) {
    const std::string& linked = reply.accept_private().alias();
    book_.Linked(linked);
    Note(absl::StrCat("You are in a private chat with ", linked, ": /msg ",
                      linked, " TEXT"));
  });
}

void Chat::Do(const RejectCommand& command) {
  const absl::StatusOr<std::string> alias = book_.WhoAsked(command.alias);
  if (!alias.ok()) {
    Error(std::string(alias.status().message()));
    return;
  }
  Request(RejectPrivateRequest(*alias), [this](const pb::ServerFrame& reply) {
    book_.Answered(reply.reject_private().alias());
    Note(absl::StrCat("You declined the private chat with ",
                      reply.reject_private().alias(), "."));
  });
}

void Chat::Do(const EndCommand& command) {
  const absl::StatusOr<std::string> alias = book_.WhoIsLinked(command.alias);
  if (!alias.ok()) {
    Error(std::string(alias.status().message()));
    return;
  }
  Request(EndPrivateRequest(*alias), [this](const pb::ServerFrame& reply) {
    book_.Ended(reply.end_private().alias());
    Note(absl::StrCat("The private chat with ", reply.end_private().alias(),
                      " ended."));
  });
}

void Chat::Do(const MessageCommand& command) {
  const absl::Status checked = CheckText(command.text);
  if (!checked.ok()) {
    Error(std::string(checked.message()));
    return;
  }
  Request(SendPrivateRequest(command.alias, command.text),
          [this, text = command.text](const pb::ServerFrame& reply) {
            const auto& sent = reply.send_private();
            Print(view_.ShowPrivateSent(sent.alias(), text,
                                        absl::FromUnixMillis(sent.time_ms())));
          });
}

void Chat::Do(const OnlineCommand&) {
  Request(ListOnlineRequest(), [this](const pb::ServerFrame& reply) {
    names_.Replace(reply.list_online());
    Print(view_.ShowOnline(reply.list_online()));
  });
}

void Chat::Do(const PrivateCommand&) {
  Request(ListPrivateRequest(), [this](const pb::ServerFrame& reply) {
    book_.Replace(reply.list_private());
    Print(view_.ShowPrivate(reply.list_private()));
  });
}

void Chat::Do(const HistoryCommand& command) {
  Request(HistoryRequest(command.count), [this](const pb::ServerFrame& reply) {
    const auto& page = reply.fetch_history();
    Note(page.messages().empty()
             ? "The server has no messages of this room."
             : absl::StrCat("The last ", page.messages_size(), " messages:"));
    for (const pb::Said& said : page.messages()) Print(view_.ShowSaid(said));
    if (!page.messages().empty()) Note("End of the history.");
  });
}

void Chat::Do(const DevicesCommand&) {
  Request(ListDevicesRequest(), [this](const pb::ServerFrame& reply) {
    Print(view_.ShowDevices(reply.list_devices()));
  });
}

void Chat::Do(const RevokeCommand& command) {
  Request(RevokeDeviceRequest(command.number),
          [this, number = command.number](const pb::ServerFrame&) {
            Note(absl::StrCat("Device ", number, " is logged out."));
          });
}

void Chat::Do(const HelpCommand&) {
  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(HelpText(), '\n'))) {
    console_->Print(line);
  }
}

void Chat::Do(const QuitCommand&) {
  if (std::exchange(leaving_, true)) return;
  if (client_->state() == State::kOffline) {
    Finish(kOk);
  } else {
    client_->Logout();
  }
}

Completion Chat::OnTab(std::string_view before) {
  if (!was_online_ || !client_) return {};
  // Where nobody tells who comes and goes, each Tab finds who was there at the
  // one before.
  if (options_.client.presence == pb::PRESENCE_NONE) RefreshNames();
  return Complete(before, names_.all());
}

void Chat::RefreshNames() {
  client_->Send(ListOnlineRequest(), [this](const pb::ServerFrame& reply) {
    if (reply.has_list_online()) names_.Replace(reply.list_online());
  });
}

void Chat::Print(const View::Lines& lines) {
  for (const std::string& line : lines) console_->Print(line);
}

void Chat::Note(const std::string& sentence) {
  console_->Print(view_.Note(sentence));
}

void Chat::Error(std::string_view sentence) {
  console_->Print(view_.Error(sentence));
}

}  // namespace chat77::client
