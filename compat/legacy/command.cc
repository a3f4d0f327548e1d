#include "compat/legacy/command.h"

#include <array>
#include <optional>

#include "compat/legacy/text.h"

namespace chat77::compat::legacy {
namespace {

constexpr std::string_view kPrivateUsage = "private txt [client] [message]";

struct Named {
  std::string_view words;
  Verb verb;
  std::string_view usage;
};
// Commands that take a name, which is all that follows.
constexpr std::array<Named, 4> kNamed = {{
    {"connect to", Verb::kConnect, "connect to [client]"},
    {"accept connection", Verb::kAccept, "accept connection [client]"},
    {"reject connection", Verb::kReject, "reject connection [client]"},
    {"end private", Verb::kEndPrivate, "end private [client]"},
}};

struct Later {
  std::string_view prefix;
  std::string_view sentence;  // empty: swallowed, one answer per file will do
};
// Words of the original's last version that have no counterpart here.
constexpr std::array<Later, 4> kPackets = {{
    {"beep_udp_port:", "Beeps are not supported by this server"},
    {"file_start|", "Files are not supported by this server"},
    {"file_chunk|", ""},
    {"file_end|", ""},
}};
constexpr std::array<std::string_view, 6> kGroupWords = {
    "create group", "invite group", "accept group",
    "reject group", "my groups",    "group txt"};

Command Info(std::string_view sentence, bool secret = false) {
  return {Verb::kInfo, "", std::string(sentence), /*bare=*/false, secret};
}

// The next word of `text`, which loses it and the white space around it.
std::string_view NextWord(std::string_view& text) {
  text = Strip(text);
  size_t end = 0;
  while (end < text.size() && !IsSpace(text[end])) ++end;
  const std::string_view word = text.substr(0, end);
  text = Strip(text.substr(end));
  return word;
}

std::string Joined(std::string_view text) {
  std::string joined;
  while (!text.empty()) {
    if (!joined.empty()) joined += ' ';
    joined += NextWord(text);
  }
  return joined;
}

std::optional<Command> ParsePacket(std::string_view lower) {
  for (const Later& packet : kPackets) {
    if (!lower.starts_with(packet.prefix)) continue;
    return packet.sentence.empty() ? Command() : Info(packet.sentence);
  }
  return std::nullopt;
}

Command ParsePrivate(std::string_view rest) {
  const std::string_view alias = NextWord(rest);
  if (rest.empty()) return Info(kPrivateUsage);
  return {Verb::kPrivateText, std::string(alias), std::string(rest),
          /*bare=*/false, /*secret=*/true};
}

// `raw` with exactly one space between the words of a command that takes more.
std::optional<Command> ParseExact(std::string_view raw,
                                  std::string_view lower) {
  for (const Named& named : kNamed) {
    if (lower.starts_with(Cat(named.words, " "))) {
      return Command{named.verb,
                     std::string(Strip(raw.substr(named.words.size()))), ""};
    }
  }
  constexpr std::string_view kPrivate = "private txt ";
  if (lower.starts_with(kPrivate)) {
    return ParsePrivate(raw.substr(kPrivate.size()));
  }
  return std::nullopt;
}

// A message whose first words are a command's, or nearly: never broadcast.
std::optional<Command> ParseNear(std::string_view lower, std::string_view raw) {
  std::string_view rest = lower;
  const std::string_view first = NextWord(rest);
  const std::string_view second = NextWord(rest);
  const std::string words = Cat(first, " ", second);
  for (const Named& named : kNamed) {
    if (words == named.words) return Info(named.usage);
  }
  for (const std::string_view group : kGroupWords) {
    if (words != group) continue;
    return Info("Groups are not supported by this server",
                /*secret=*/words == "group txt");
  }
  if (words == "bdct txt") {
    // What people type in the original's client, in nc: the rest is the text.
    if (rest.empty()) return Info("Broadcast message cannot be empty");
    return Command{Verb::kSay, "",
                   std::string(raw.substr(raw.size() - rest.size()))};
  }
  // `private  txt bob x`, `privat txt bob x`, `privatetxt bob x`: a secret.
  if (first == "private" || second == "txt" ||
      first.starts_with("privatetxt") || first.starts_with("private\xC2\xA0")) {
    return Info(kPrivateUsage, /*secret=*/true);
  }
  return std::nullopt;
}

}  // namespace

Command ParseCommand(std::string_view message, std::string_view own,
                     std::string_view typed) {
  const std::string_view raw = Strip(message);
  if (raw.empty()) return {};
  for (const std::string_view name : {own, typed}) {
    std::string_view text = raw;
    if (!text.starts_with(Cat(name, ":"))) continue;
    text.remove_prefix(name.size() + 1);
    if (text.empty()) return Info("Broadcast message cannot be empty");
    if (text[0] != ' ') continue;
    return {Verb::kSay, "", std::string(Strip(text))};
  }
  const std::string lower = Lower(raw);
  if (lower == "exit") return {Verb::kExit, "", ""};
  if (auto packet = ParsePacket(lower)) return *packet;
  if (auto command = ParseExact(raw, lower)) return *command;
  const std::string words = Joined(lower);
  if (words == "online clients") return {Verb::kOnlineClients, "", ""};
  if (words == "my private chats") return {Verb::kPrivateChats, "", ""};
  if (auto near = ParseNear(lower, raw)) return *near;
  return {Verb::kSay, "", std::string(raw), /*bare=*/true};
}

}  // namespace chat77::compat::legacy
