#include "client/terminal/scripts.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json.hpp>

#include "client/terminal/event_json.h"
#include "client/terminal/private_book.h"
#include "client/terminal/sanitize.h"
#include "client/text_check.h"

namespace chat77::client {
namespace {

void PrintLine(std::FILE* to, const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), to);
  std::fputc('\n', to);
  std::fflush(to);
}

// One login from beginning to end.
class Session {
 public:
  using OnEvent = std::function<void(const Event&)>;

  Session(const ScriptOptions& options, OnEvent on_event)
      : on_event_(std::move(on_event)),
        signals_(io_, SIGINT, SIGTERM),
        client_(io_, options.client,
                [this](const Event& event) { Handle(event); }) {
    client_.Start(options.credentials);
    signals_.async_wait([this](boost::system::error_code error, int) {
      if (!error) Leave(kOk);
    });
  }

  ExitCode Run() {
    io_.run();
    return code_;
  }

  // Logs out; Run returns `code`.
  void Leave(ExitCode code) {
    if (std::exchange(leaving_, true)) return;
    code_ = code;
    client_.Logout();
  }

  Client& client() { return client_; }
  bool leaving() const { return leaving_; }

 private:
  void Handle(const Event& event) {
    if (const auto* met = std::get_if<ServerMet>(&event)) {
      PrintLine(stderr, absl::StrCat("chat77: ", SanitizeLine(met->sentence)));
    }
    if (!leaving_) on_event_(event);
    const auto* offline = std::get_if<Offline>(&event);
    if (offline == nullptr) return;
    if (!leaving_) {
      PrintLine(stderr, absl::StrCat("chat77: ", SanitizeLine(offline->why)));
    }
    if (offline->retry_in && !leaving_) return;
    if (!leaving_) code_ = ExitCodeOf(*offline);
    signals_.cancel();
    io_.stop();
  }

  OnEvent on_event_;
  boost::asio::io_context io_;
  boost::asio::signal_set signals_;
  Client client_;
  bool leaving_ = false;
  ExitCode code_ = kOk;
};

ExitCode CodeOfError(const pb::Error& error) {
  const bool later = error.code() < 100 || error.code() == pb::NOT_LOGGED_IN;
  return later ? kTemporary : kBadText;
}

// Own comings and goings are no news to who runs `tail`, nor is the end of the
// history at the first login: takes them out, and is false if nothing else is
// in it.
bool IsNews(Event& event, const std::string& self, bool again) {
  if (std::holds_alternative<CaughtUp>(event)) return again;
  if (const auto* joined = std::get_if<pb::Joined>(&event)) {
    return joined->alias() != self;
  }
  if (auto* changed = std::get_if<pb::PresenceChanged>(&event)) {
    auto& names = *changed->mutable_joined();
    names.erase(std::remove(names.begin(), names.end(), self), names.end());
    return !names.empty() || !changed->left().empty();
  }
  return true;
}

}  // namespace

ExitCode RunSend(ScriptOptions options, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    const absl::Status checked = CheckText(text);
    if (checked.ok()) continue;
    PrintLine(stderr, absl::StrCat("chat77: ", checked.message()));
    return kBadText;
  }
  options.client.core.reconnect = false;
  options.client.presence = pb::PRESENCE_NONE;
  size_t confirmed = 0;
  ExitCode worst = kOk;
  Session* running = nullptr;
  const auto on_reply = [&](const pb::ServerFrame& reply) {
    if (reply.has_error()) {
      PrintLine(stderr, absl::StrCat("chat77: ",
                                     SanitizeLine(reply.error().sentence())));
      worst = CodeOfError(reply.error());
    }
    if (++confirmed == texts.size()) running->Leave(worst);
  };
  Session session(options, [&](const Event& event) {
    if (!std::holds_alternative<Online>(event)) return;
    for (const std::string& text : texts) {
      running->client().Send(SayRequest(text), on_reply);
    }
  });
  running = &session;
  return session.Run();
}

ExitCode RunTail(ScriptOptions options) {
  View view(options.view);
  uint64_t printed = 0;
  bool again = false;
  Session* running = nullptr;
  const auto print = [&](const std::string& line) { PrintLine(stdout, line); };
  const auto tell = [&](Event event) {
    if (running->leaving() ||
        !IsNews(event, running->client().alias(), again)) {
      return;
    }
    const std::string json = EventToJson(event);
    if (json.empty()) return;
    if (options.json) {
      print(json);
    } else {
      for (const std::string& line : view.Show(event, absl::Now())) print(line);
    }
    if (++printed == options.count) running->Leave(kOk);
  };
  PrivateBook book;
  Session session(options, [&](const Event& event) {
    tell(event);
    if (const auto* online = std::get_if<Online>(&event)) {
      again = online->again;
      if (again) {
        for (Event& news : book.NewsIn(online->private_state)) {
          tell(std::move(news));
        }
      }
    }
    book.Note(event);
  });
  running = &session;
  return session.Run();
}

ExitCode RunOnline(ScriptOptions options) {
  options.client.core.reconnect = false;
  options.client.presence = pb::PRESENCE_NONE;
  Session* running = nullptr;
  const auto on_reply = [&](const pb::ServerFrame& reply) {
    if (reply.has_error()) {
      PrintLine(stderr, absl::StrCat("chat77: ",
                                     SanitizeLine(reply.error().sentence())));
      running->Leave(kTemporary);
      return;
    }
    const auto& aliases = reply.list_online().aliases();
    if (options.json) {
      boost::json::array names(aliases.begin(), aliases.end());
      PrintLine(stdout, EscapeHidden(boost::json::serialize(boost::json::object{
                            {"aliases", std::move(names)},
                            {"total", reply.list_online().total()}})));
    } else {
      for (const std::string& alias : aliases) {
        PrintLine(stdout, SanitizeLine(alias));
      }
    }
    running->Leave(kOk);
  };
  Session session(options, [&](const Event& event) {
    if (!std::holds_alternative<Online>(event)) return;
    running->client().Send(ListOnlineRequest(), on_reply);
  });
  running = &session;
  return session.Run();
}

}  // namespace chat77::client
