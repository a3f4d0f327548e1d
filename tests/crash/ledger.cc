#include "tests/crash/ledger.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace chat77::crash {
namespace {

constexpr uint64_t kFaultsShown = 50;

}  // namespace

std::string Ledger::Text(const std::string& sender, uint64_t number) {
  return absl::StrCat(sender, "#", number);
}

std::pair<std::string, uint64_t> Ledger::Parse(const std::string& text) {
  const size_t at = text.find('#');
  uint64_t number = 0;
  if (at == std::string::npos ||
      !absl::SimpleAtoi(text.c_str() + at + 1, &number)) {
    return {};
  }
  return {text.substr(0, at), number};
}

void Ledger::Fault(const std::string& what) {
  if (++faults_ <= kFaultsShown) std::printf("FAULT %s\n", what.c_str());
}

void Ledger::Acknowledged(const std::string& text, uint64_t seq) {
  if (seq == 0) Fault(absl::StrCat(text, " was acknowledged without a place"));
  const auto [at, is_new] = acknowledged_.try_emplace(text, seq);
  if (!is_new) {
    Fault(
        absl::StrCat(text, " was acknowledged twice: ", at->second, ", ", seq));
  }
  last_seq_ = std::max(last_seq_, seq);
}

void Ledger::Heard(const std::string& who, uint64_t seq,
                   const std::string& alias, const std::string& text) {
  last_seq_ = std::max(last_seq_, seq);
  const std::string line = absl::StrCat(alias, ": ", text);
  const auto [at, is_new] = heard_.try_emplace(seq, line);
  if (!is_new && at->second != line) {
    Fault(absl::StrCat(who, " heard at ", seq, " \"", line,
                       "\", another one \"", at->second, "\""));
  }
}

void Ledger::CheckHistory(
    const std::vector<std::pair<std::string, std::string>>& alias_and_text,
    bool settled) {
  std::map<std::string, uint64_t> places, last_number;
  uint64_t seq = 0;
  for (const auto& [alias, text] : alias_and_text) {
    Heard("history", ++seq, alias, text);
    const auto [at, is_new] = places.try_emplace(text, seq);
    if (!is_new) {
      Fault(
          absl::StrCat(text, " is twice in history: ", at->second, ", ", seq));
    }
    const auto [sender, number] = Parse(text);
    if (sender != alias) Fault(absl::StrCat(alias, " never said ", text));
    if (number <= last_number[sender]) {
      Fault(absl::StrCat(text, " stands behind ",
                         Text(sender, last_number[sender])));
    }
    last_number[sender] = number;
    if (refused_.contains(text)) {
      Fault(absl::StrCat(text, " was refused and is in history"));
    }
    if (settled && !acknowledged_.contains(text)) {
      Fault(absl::StrCat(text, " is in history, nobody was told so"));
    }
  }
  for (const auto& [text, place] : acknowledged_) {
    const auto found = places.find(text);
    if (found == places.end() || found->second != place) {
      Fault(absl::StrCat(text, " was acknowledged as ", place,
                         " and history has it at ",
                         found == places.end() ? 0 : found->second));
    }
  }
}

void Ledger::PrivateAsked(const std::string& from, const std::string& text) {
  private_[from].open.try_emplace(Parse(text).second);
}

void Ledger::PrivateAcknowledged(const std::string& from,
                                 const std::string& text) {
  ++private_acknowledged_;
  Direction& direction = private_[from];
  const auto found = direction.open.find(Parse(text).second);
  if (found != direction.open.end()) found->second = true;
}

void Ledger::PrivateHeard(const std::string& to, const std::string& from,
                          const std::string& text) {
  Direction& direction = private_[from];
  const auto [sender, number] = Parse(text);
  if (sender != from) Fault(absl::StrCat(from, " never sent ", text));
  if (number <= direction.last_heard) {
    Fault(absl::StrCat(to, " heard ", text, " in private after number ",
                       direction.last_heard));
  }
  if (direction.open.erase(number) == 0) {
    Fault(absl::StrCat(to, " heard ", text, " twice or out of nowhere"));
  }
  direction.last_heard = std::max(direction.last_heard, number);
}

void Ledger::CheckPrivate() {
  for (auto& [from, direction] : private_) {
    for (const auto& [number, acknowledged] : direction.open) {
      if (!acknowledged) continue;
      Fault(absl::StrCat("private text ", Text(from, number),
                         " was acknowledged and never arrived"));
    }
    direction.open.clear();
  }
}

}  // namespace chat77::crash
