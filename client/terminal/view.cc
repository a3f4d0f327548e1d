#include "client/terminal/view.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "client/terminal/sanitize.h"
#include "proto/limits.h"
#include "proto/text_filter.h"

namespace chat77::client {
namespace {

template <class... Ts>
struct Overload : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overload(Ts...) -> Overload<Ts...>;

// Readable on a black and on a white ground; red is kept for errors.
constexpr std::array<const char*, 12> kColors = {
    "32", "33", "34",       "35",      "36",      "92",
    "94", "95", "38;5;130", "38;5;65", "38;5;97", "38;5;31"};
constexpr char kDim[] = "2";
constexpr char kRed[] = "31";
constexpr char kBold[] = "1";

std::string Seconds(absl::Duration duration) {
  const double seconds = absl::ToDoubleSeconds(duration);
  return seconds < 10 ? absl::StrFormat("%.1f s", seconds)
                      : absl::StrFormat("%.0f s", seconds);
}

std::string Reconnected(const CaughtUp& caught_up) {
  if (caught_up.count == 0) return "reconnected";
  return absl::StrCat("reconnected, ", caught_up.count,
                      caught_up.count == 1 ? " message" : " messages",
                      " caught up");
}

template <class Names>
std::string Joined(const View& view, const Names& names) {
  return absl::StrJoin(names, ", ", [&](std::string* out, const auto& name) {
    out->append(view.Name(name));
  });
}

// The names if they are few, else the first and how many more.
template <class Names>
std::string Few(const View& view, const Names& names) {
  constexpr int kFew = 4;
  const int size = names.size();
  const int named = size <= kFew ? size : kFew - 1;
  std::string line;
  for (int i = 0; i < named; ++i) {
    if (i > 0) line += i + 1 == size ? " and " : ", ";
    line += view.Name(names[i]);
  }
  if (named < size) absl::StrAppend(&line, " and ", size - named, " more");
  return line;
}

}  // namespace

int NameColor(std::string_view alias) {
  uint32_t hash = 2166136261u;  // FNV-1a
  for (const unsigned char byte : alias) hash = (hash ^ byte) * 16777619u;
  return static_cast<int>((hash ^ (hash >> 16)) % kColors.size());
}

std::string View::Paint(std::string_view code, std::string_view text) const {
  if (!options_.color) return std::string(text);
  return absl::StrFormat("\033[%sm%s\033[0m", code, text);
}

std::string View::Name(std::string_view alias) const {
  return Paint(kColors[static_cast<size_t>(NameColor(alias))],
               SanitizeLine(alias));
}

std::string View::Note(std::string_view sentence) const {
  return Paint(kDim, absl::StrFormat("-- %s", SanitizeLine(sentence)));
}

std::string View::Error(std::string_view sentence) const {
  return Paint(kRed, absl::StrFormat("-- %s", SanitizeLine(sentence)));
}

View::Lines View::Stamped(absl::Time time, std::string_view head,
                          std::string_view text) {
  Lines lines;
  const absl::CivilDay day = absl::ToCivilDay(time, options_.zone);
  if (day_ && day != *day_) {
    lines.push_back(
        Paint(kDim, absl::FormatTime("-- %d %B %Y --", time, options_.zone)));
  }
  day_ = day;
  const std::string stamp =
      Paint(kDim, absl::FormatTime("%H:%M", time, options_.zone));
  const std::string body = wire::FilterText(text, wire::Replaced::kSpelled);
  bool first = true;
  for (const absl::string_view line : absl::StrSplit(body, '\n')) {
    const std::string safe =
        SanitizeLine(std::string_view(line.data(), line.size()));
    lines.push_back(first ? absl::StrFormat("%s %s%s", stamp, head, safe)
                          : absl::StrFormat("      | %s", safe));
    first = false;
  }
  return lines;
}

View::Lines View::ShowSaid(const pb::Said& said) {
  return Stamped(absl::FromUnixMillis(said.time_ms()),
                 absl::StrCat(Name(said.alias()), ": "), said.text());
}

View::Lines View::ShowPrivateSent(std::string_view to, std::string_view text,
                                  absl::Time time, bool late) {
  return Stamped(
      time,
      absl::StrFormat("%s%s%s ", Paint(kBold, "[private to "), Name(to),
                      Paint(kBold, late ? ", earlier]" : "]")),
      text);
}

View::Lines View::ShowPrivateText(const PrivateText& text) {
  const absl::Time time = absl::FromUnixMillis(text.said.time_ms());
  if (text.own) {
    return ShowPrivateSent(text.alias, text.said.text(), time, text.late);
  }
  return Stamped(time,
                 absl::StrCat(Paint(kBold, text.late ? "[private, earlier] "
                                                     : "[private] "),
                              Name(text.alias), ": "),
                 text.said.text());
}

View::Lines View::ShowOnline(const pb::ListOnlineReply& reply) const {
  std::string line = absl::StrFormat("-- Online (%d): %s", reply.total(),
                                     Joined(*this, reply.aliases()));
  const auto shown = static_cast<uint32_t>(reply.aliases_size());
  if (reply.total() > shown) {
    absl::StrAppend(&line, " and ", reply.total() - shown, " more");
  }
  return {line};
}

View::Lines View::ShowPrivate(const pb::ListPrivateReply& reply) const {
  Lines lines;
  const auto add = [&](const char* what, const auto& names) {
    if (names.empty()) return;
    lines.push_back(absl::StrFormat("-- %s: %s", what, Joined(*this, names)));
  };
  add("Private chats", reply.linked());
  add("Waiting for your answer (/accept or /reject)", reply.asking());
  add("You asked", reply.asked());
  if (lines.empty()) lines.push_back("-- No private chats and no requests.");
  return lines;
}

View::Lines View::ShowBlocked(const pb::ListBlockedReply& reply) const {
  if (reply.aliases().empty()) return {"-- You have blocked nobody."};
  return {absl::StrCat("-- Blocked: ", Joined(*this, reply.aliases()))};
}

View::Lines View::ShowDevices(const pb::ListDevicesReply& reply) const {
  Lines lines;
  const auto day = [&](int64_t ms) {
    return absl::FormatTime("%d %B %Y", absl::FromUnixMillis(ms),
                            options_.zone);
  };
  for (const pb::Device& device : reply.devices()) {
    lines.push_back(absl::StrFormat(
        "-- %d: %s, since %s, used %s%s", device.number(),
        SanitizeLine(device.software()), day(device.created_ms()),
        day(device.used_ms()), device.current() ? " (this one)" : ""));
  }
  if (lines.empty()) lines.push_back("-- No device can resume as you.");
  return lines;
}

View::Lines View::ShowChanged(const pb::PresenceChanged& changed,
                              absl::Time now) {
  Lines lines;
  const auto add = [&](const auto& names, const char* what) {
    if (names.empty()) return;
    const Lines more =
        Stamped(now, absl::StrCat("* ", Few(*this, names), what), "");
    lines.insert(lines.end(), more.begin(), more.end());
  };
  add(changed.joined(), " joined");
  add(changed.left(), " left");
  return lines;
}

View::Lines View::ShowOffline(const Offline& offline) const {
  if (offline.retry_in) {
    return {Note(absl::StrCat(offline.why, " Trying again in ",
                              Seconds(*offline.retry_in), "."))};
  }
  if (offline.trouble == Trouble::kEnded &&
      (offline.code == pb::CODE_UNSPECIFIED ||
       offline.code == pb::LOGGED_OUT)) {
    return {Note(offline.why)};
  }
  return {Error(offline.why)};
}

View::Lines View::ShowEnded(const pb::PrivateEnded& ended, absl::Time now) {
  std::string why = ".";  // it ended while this client was away
  if (ended.reason() == pb::ENDED_BY_DISCONNECT) {
    why = ": they are no longer online.";
  } else if (ended.reason() == pb::ENDED_BY_COMMAND) {
    why = ": they ended it.";
  }
  return Stamped(now,
                 absl::StrCat("* The private chat with ", Name(ended.alias()),
                              " ended", why),
                 "");
}

View::Lines View::ShowWithdrawn(const pb::RequestWithdrawn& withdrawn,
                                absl::Time now) {
  std::string what;
  switch (withdrawn.reason()) {
    case pb::WITHDRAWN_BY_COMMAND:
      what = withdrawn.was_asking()
                 ? ": your request for a private chat is taken back"
                 : " took back the request for a private chat";
      break;
    case pb::WITHDRAWN_BY_TIME:
      what = withdrawn.was_asking()
                 ? " did not answer in time; your request has expired"
                 : ": the request for a private chat has expired unanswered";
      break;
    default:
      what = withdrawn.was_asking()
                 ? " left before answering your request"
                 : " left; the request for a private chat is gone";
  }
  return Stamped(now, absl::StrCat("* ", Name(withdrawn.alias()), what), "");
}

View::Lines View::Show(const Event& event, absl::Time now) {
  const auto star = [&](absl::Time time, const std::string& alias,
                        const char* what) {
    return Stamped(time, absl::StrCat("* ", Name(alias), what), "");
  };
  if (!day_) day_ = absl::ToCivilDay(now, options_.zone);
  return std::visit(
      Overload{
          [](const Connecting&) { return Lines{}; },
          [](const Reachable&) { return Lines{}; },
          [&](const ServerMet& e) { return Lines{Note(e.sentence)}; },
          [](const Replied&) { return Lines{}; },
          [](const pb::Missed&) { return Lines{}; },
          [&](const CaughtUp& e) { return Lines{Note(Reconnected(e))}; },
          [&](const Registered& e) {
            return Lines{
                Note(absl::StrCat("The account ", e.alias, " is registered."))};
          },
          [&](const Online& e) {
            if (e.again) return Lines{};  // CaughtUp says so
            return Lines{Note(absl::StrCat("Welcome, ", e.alias,
                                           ". /help lists the commands."))};
          },
          [&](const Offline& e) { return ShowOffline(e); },
          [&](const RoomSaid& e) { return ShowSaid(e.said); },
          [&](const Gap& e) {
            return Lines{Note(absl::StrCat(
                e.to_seq - e.from_seq + 1,
                e.room == wire::kLobby ? "" : " private",
                " messages were said meanwhile that are not shown here."))};
          },
          [&](const Restarted&) {
            return Lines{Note("The server began a new history.")};
          },
          [&](const pb::Joined& e) {
            return star(absl::FromUnixMillis(e.time_ms()), e.alias(),
                        " joined");
          },
          [&](const pb::Left& e) {
            return star(absl::FromUnixMillis(e.time_ms()), e.alias(),
                        e.reason() == pb::DISCONNECTED ? " lost the connection"
                                                       : " left");
          },
          [&](const pb::PresenceChanged& e) { return ShowChanged(e, now); },
          [&](const pb::ServerNotice& e) {
            return Lines{Note(absl::StrCat("The server says: ", e.text()))};
          },
          [&](const pb::PrivateRequested& e) {
            return star(now, e.alias(),
                        " asks for a private chat: /accept or /reject");
          },
          [&](const pb::PrivateConnected& e) {
            return Stamped(now,
                           absl::StrCat("* ", Name(e.alias()),
                                        " is in a private chat with you now: "
                                        "/msg ",
                                        SanitizeLine(e.alias()), " TEXT"),
                           "");
          },
          [&](const pb::PrivateRejected& e) {
            return star(now, e.alias(), " declined the private chat");
          },
          [&](const pb::PrivateEnded& e) { return ShowEnded(e, now); },
          [&](const PrivateText& e) { return ShowPrivateText(e); },
          [&](const pb::RequestWithdrawn& e) { return ShowWithdrawn(e, now); },
      },
      event);
}

}  // namespace chat77::client
