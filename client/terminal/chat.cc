#include "client/terminal/chat.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "client/terminal/command_parser.h"
#include "client/terminal/time_span.h"

namespace chat77::client {
namespace {

// Requests without an answer, and lines read but not dealt with, at which a
// pipe is read no further.
constexpr size_t kUnanswered = 64;
constexpr size_t kWaitingLines = 256;

constexpr char kPrompt[] = "> ";

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

// When a request that was refused may be made again, if the server says so.
std::string WhenOf(const pb::Error& error) {
  if (error.retry_after_ms() == 0) return "";
  const uint32_t seconds = (error.retry_after_ms() + 999) / 1000;
  return absl::StrCat(" (Try again in ", ShowTimeSpan(seconds), ".)");
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
  password_ = std::make_unique<PasswordDialog>(
      *console_, kPrompt,
      [this](const std::string& old_password, const std::string& new_password) {
        ChangePassword(old_password, new_password);
      });
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
    dialog_->Begin(std::get<Reachable>(event).registration);
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
  for (const Event& news : book_.NewsIn(online.private_state)) {
    Print(view_.Show(news, absl::Now()));
  }
  for (const std::string& alias : book_.UnansweredIn(online.private_state)) {
    Note(absl::StrCat("Your request to ", alias, " is no longer open."));
  }
  book_.Note(online);
  reconnecting_ = online.again;
  waiting_said_ = false;
  // Only once: what is half typed outlives a reconnect.
  if (!std::exchange(was_online_, true)) console_->SetPrompt(kPrompt, false);
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
    if (dialog_->asking()) {
      dialog_->OnLine(line);
    } else if (password_->asking()) {
      password_->OnLine(line);
    } else {
      Execute(line);
    }
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
      Error(
          absl::StrCat(reply.error().sentence(), WhenOf(reply.error()), text));
    } else {
      on_reply(reply);
    }
    TakeLines();
  });
}

Completion Chat::OnTab(std::string_view before) {
  if (!was_online_ || !client_ || password_->asking()) return {};
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
