#include "client/terminal/command_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "client/terminal/time_span.h"
#include "proto/limits.h"
#include "proto/network.h"

namespace chat77::client {
namespace {

constexpr std::string_view kWhite = " \t\r\n\v\f";

std::string_view Strip(std::string_view text) {
  const size_t from = text.find_first_not_of(kWhite);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kWhite) - from + 1);
}

// Takes the first word off `rest`.
std::string_view TakeWord(std::string_view& rest) {
  rest = Strip(rest);
  const std::string_view word = rest.substr(0, rest.find_first_of(kWhite));
  rest = Strip(rest.substr(word.size()));
  return word;
}

bool SameWord(std::string_view typed, std::string_view word) {
  return std::equal(
      typed.begin(), typed.end(), word.begin(), word.end(), [](char a, char b) {
        return absl::ascii_tolower(static_cast<unsigned char>(a)) == b;
      });
}

// What follows `words` at the beginning of `line`, if it begins so.
std::optional<std::string_view> After(std::string_view line,
                                      std::string_view words) {
  while (!words.empty()) {
    if (!SameWord(TakeWord(line), TakeWord(words))) return std::nullopt;
  }
  return line;
}

absl::Status Usage(const std::string& usage) {
  return absl::InvalidArgumentError(absl::StrCat("Usage: ", usage));
}

enum class Kind : uint8_t {
  kSay,
  kConnect,
  kAccept,
  kReject,
  kEnd,
  kMessage,
  kOnline,
  kPrivate,
  kHistory,
  kDevices,
  kRevoke,
  kBlock,
  kUnblock,
  kBlocked,
  kWithdraw,
  kPassword,
  kClaim,
  kKick,
  kMute,
  kBan,
  kLift,
  kSanctions,
  kInvite,
  kHelp,
  kQuit,
};

struct Word {
  const char* words;
  Kind kind;
  const char* usage;
};

constexpr std::array<Word, 24> kSlash = {{
    {"/accept", Kind::kAccept, "/accept [NAME]"},
    {"/ban", Kind::kBan,
     "/ban NAME|NETWORK [TIME] [REASON], with a TIME like 10m, 2h or 7d"},
    {"/block", Kind::kBlock, "/block NAME"},
    {"/blocked", Kind::kBlocked, "/blocked"},
    {"/claim", Kind::kClaim,
     "/claim CODE, with the code that the server printed at its start"},
    {"/connect", Kind::kConnect, "/connect NAME"},
    {"/devices", Kind::kDevices, "/devices"},
    {"/end", Kind::kEnd, "/end [NAME]"},
    {"/help", Kind::kHelp, "/help"},
    {"/history", Kind::kHistory, "/history [COUNT], with COUNT from 1 to 200"},
    {"/invite", Kind::kInvite, "/invite"},
    {"/kick", Kind::kKick, "/kick NAME [REASON]"},
    {"/lift", Kind::kLift, "/lift NUMBER, as /sanctions lists it"},
    {"/msg", Kind::kMessage, "/msg NAME TEXT"},
    {"/mute", Kind::kMute,
     "/mute NAME [TIME] [REASON], with a TIME like 10m, 2h or 7d"},
    {"/online", Kind::kOnline, "/online"},
    {"/password", Kind::kPassword,
     "/password alone; it asks for the old and the new one"},
    {"/private", Kind::kPrivate, "/private"},
    {"/quit", Kind::kQuit, "/quit"},
    {"/reject", Kind::kReject, "/reject [NAME]"},
    {"/revoke", Kind::kRevoke, "/revoke NUMBER, as /devices lists it"},
    {"/sanctions", Kind::kSanctions, "/sanctions"},
    {"/unblock", Kind::kUnblock, "/unblock NAME"},
    {"/withdraw", Kind::kWithdraw, "/withdraw [NAME]"},
}};

constexpr std::array<Word, 9> kOriginal = {{
    {"bdct txt", Kind::kSay, "bdct txt TEXT"},
    {"connect to", Kind::kConnect, "connect to NAME"},
    {"accept connection", Kind::kAccept, "accept connection NAME"},
    {"reject connection", Kind::kReject, "reject connection NAME"},
    {"private txt", Kind::kMessage, "private txt NAME TEXT"},
    {"end private", Kind::kEnd, "end private NAME"},
    {"my private chats", Kind::kPrivate, "my private chats"},
    {"online clients", Kind::kOnline, "online clients"},
    {"exit", Kind::kQuit, "exit"},
}};

bool TakesNothing(Kind kind) {
  return kind == Kind::kOnline || kind == Kind::kPrivate ||
         kind == Kind::kDevices || kind == Kind::kBlocked ||
         kind == Kind::kPassword || kind == Kind::kSanctions ||
         kind == Kind::kInvite || kind == Kind::kHelp || kind == Kind::kQuit;
}

absl::StatusOr<Command> History(std::string_view rest, const Word& word) {
  if (rest.empty()) return HistoryCommand{};
  HistoryCommand history;
  const auto [end, error] =
      std::from_chars(rest.data(), rest.data() + rest.size(), history.count);
  if (error != std::errc() || end != rest.data() + rest.size() ||
      history.count < 1 || history.count > wire::kHistoryPage) {
    return Usage(word.usage);
  }
  return history;
}

absl::StatusOr<uint64_t> Number(std::string_view rest, const Word& word) {
  uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc() || end != rest.data() + rest.size()) {
    return Usage(word.usage);
  }
  return number;
}

absl::StatusOr<Command> WithNumber(std::string_view rest, const Word& word) {
  const absl::StatusOr<uint64_t> number = Number(rest, word);
  if (!number.ok()) return number.status();
  if (word.kind == Kind::kLift) return LiftCommand{*number};
  return RevokeCommand{*number};
}

absl::Status CheckReason(std::string_view reason) {
  if (reason.size() <= wire::kReasonBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("The reason has ", reason.size(), " bytes and may have ",
                   wire::kReasonBytes, "; please make it shorter."));
}

// The time that `rest` may begin with, in seconds.
absl::StatusOr<uint64_t> TakeTime(std::string_view& rest, const Word& word) {
  std::string_view after = rest;
  const std::string_view time = TakeWord(after);
  if (const auto seconds = ParseTimeSpan(time)) {
    rest = after;
    return *seconds;
  }
  // "/mute bob 10" means a time, but which?
  const bool digits = !time.empty() && time.find_first_not_of("0123456789") ==
                                           std::string_view::npos;
  if (digits) return Usage(word.usage);
  return 0;
}

absl::StatusOr<Command> Ban(std::string_view target, uint64_t seconds,
                            std::string_view reason) {
  const bool is_network = wire::Network::Parse(target).has_value();
  const bool meant = target.find_first_of("/:") != std::string_view::npos;
  if (!is_network && meant) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", std::string(target), "\" is neither a name nor a network; write ",
        "one like 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32."));
  }
  return BanCommand{std::string(target), is_network, seconds,
                    std::string(reason)};
}

// /kick, /mute, /ban.
absl::StatusOr<Command> Sanction(std::string_view rest, const Word& word) {
  const std::string_view target = TakeWord(rest);
  if (target.empty()) return Usage(word.usage);
  absl::StatusOr<uint64_t> seconds = 0;
  if (word.kind != Kind::kKick) seconds = TakeTime(rest, word);
  if (!seconds.ok()) return seconds.status();
  if (absl::Status status = CheckReason(rest); !status.ok()) return status;
  switch (word.kind) {
    case Kind::kKick:
      return KickCommand{std::string(target), std::string(rest)};
    case Kind::kMute:
      return MuteCommand{std::string(target), *seconds, std::string(rest)};
    default:
      return Ban(target, *seconds, rest);
  }
}

absl::StatusOr<Command> WithoutArgument(Kind kind) {
  switch (kind) {
    case Kind::kOnline:
      return OnlineCommand{};
    case Kind::kPrivate:
      return PrivateCommand{};
    case Kind::kDevices:
      return DevicesCommand{};
    case Kind::kBlocked:
      return BlockedCommand{};
    case Kind::kPassword:
      return PasswordCommand{};
    case Kind::kSanctions:
      return SanctionsCommand{};
    case Kind::kInvite:
      return InviteCommand{};
    case Kind::kHelp:
      return HelpCommand{};
    default:
      return QuitCommand{};
  }
}

// The one name that `rest` must be, or may be.
absl::StatusOr<Command> WithName(std::string_view rest, const Word& word,
                                 bool required) {
  std::optional<std::string> alias;
  const std::string_view name = TakeWord(rest);
  if (!rest.empty() || (required && name.empty())) return Usage(word.usage);
  if (!name.empty()) alias = std::string(name);
  switch (word.kind) {
    case Kind::kConnect:
      return ConnectCommand{*alias};
    case Kind::kBlock:
      return BlockCommand{*alias};
    case Kind::kUnblock:
      return UnblockCommand{*alias};
    case Kind::kClaim:
      return ClaimCommand{*alias};
    case Kind::kWithdraw:
      return WithdrawCommand{alias};
    case Kind::kAccept:
      return AcceptCommand{alias};
    case Kind::kReject:
      return RejectCommand{alias};
    default:
      return EndCommand{alias};
  }
}

absl::StatusOr<Command> Build(const Word& word, std::string_view rest) {
  if (TakesNothing(word.kind)) {
    if (!rest.empty()) return Usage(word.usage);
    return WithoutArgument(word.kind);
  }
  switch (word.kind) {
    case Kind::kSay:
      if (rest.empty()) return Usage(word.usage);
      return SayCommand{std::string(rest)};
    case Kind::kMessage: {
      const std::string alias(TakeWord(rest));
      if (rest.empty()) return Usage(word.usage);
      return MessageCommand{alias, std::string(rest)};
    }
    case Kind::kHistory:
      return History(rest, word);
    case Kind::kRevoke:
    case Kind::kLift:
      return WithNumber(rest, word);
    case Kind::kKick:
    case Kind::kMute:
    case Kind::kBan:
      return Sanction(rest, word);
    case Kind::kConnect:
    case Kind::kBlock:
    case Kind::kUnblock:
    case Kind::kClaim:
      return WithName(rest, word, true);
    default:
      return WithName(rest, word, word.words[0] != '/');
  }
}

// Levenshtein's distance.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, changed});
    }
  }
  return row.back();
}

absl::Status Mistyped(std::string_view typed) {
  // Of a long word only the beginning is compared and shown.
  const std::string name =
      absl::AsciiStrToLower(std::string(typed.substr(0, 16)));
  const Word* nearest = &kSlash[0];
  for (const Word& word : kSlash) {
    if (Distance(name, word.words) < Distance(name, nearest->words)) {
      nearest = &word;
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "There is no such command; did you mean ", nearest->words,
      "? (/help lists them; to say the line in the room, begin with //.)"));
}

absl::StatusOr<Command> Slash(std::string_view line) {
  std::string_view rest = line;
  const std::string_view name = TakeWord(rest);
  for (const Word& word : kSlash) {
    if (SameWord(name, word.words)) return Build(word, rest);
  }
  return Mistyped(name);
}

// The original's words are sentences' words too: with something after them
// that cannot belong to a command it tells how to say it all the same.
absl::StatusOr<Command> Original(const Word& word, std::string_view rest) {
  absl::StatusOr<Command> command = Build(word, rest);
  if (command.ok() || word.kind == Kind::kSay) return command;
  return absl::InvalidArgumentError(absl::StrCat(
      command.status().message(), " (to say it in the room: bdct txt TEXT)"));
}

}  // namespace

absl::StatusOr<Command> ParseCommand(std::string_view line) {
  line = Strip(line);
  if (line.empty()) return NothingCommand{};
  if (line.starts_with("//")) return SayCommand{std::string(line.substr(1))};
  if (line.starts_with("/")) return Slash(line);
  for (const Word& word : kOriginal) {
    const auto rest = After(line, word.words);
    if (!rest) continue;
    // Words that take nothing are speech if more follows ("exit is north").
    if (TakesNothing(word.kind) && !rest->empty()) continue;
    return Original(word, *rest);
  }
  return SayCommand{std::string(line)};
}

const std::vector<std::string>& SlashCommands() {
  static const auto* const commands = [] {
    auto* list = new std::vector<std::string>;
    for (const Word& word : kSlash) list->push_back(word.words);
    return list;
  }();
  return *commands;
}

const std::vector<std::string>& OriginalCommands() {
  static const auto* const commands = [] {
    auto* list = new std::vector<std::string>;
    for (const Word& word : kOriginal) list->push_back(word.words);
    return list;
  }();
  return *commands;
}

}  // namespace chat77::client
