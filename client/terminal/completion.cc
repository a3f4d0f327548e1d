#include "client/terminal/completion.h"

#include <algorithm>

#include "absl/strings/ascii.h"

#include "client/terminal/command_parser.h"

namespace chat77::client {
namespace {

bool StartsWithIgnoringCase(std::string_view text, std::string_view start) {
  if (text.size() < start.size()) return false;
  return std::equal(start.begin(), start.end(), text.begin(),
                    [](unsigned char a, unsigned char b) {
                      return absl::ascii_tolower(a) == absl::ascii_tolower(b);
                    });
}

// What follows the first command of which `before` begins with, and a space.
bool SplitCommand(std::string_view before, std::string_view& rest) {
  for (const auto* commands : {&SlashCommands(), &OriginalCommands()}) {
    for (const std::string& command : *commands) {
      if (StartsWithIgnoringCase(before, command) &&
          before.size() > command.size() && before[command.size()] == ' ') {
        rest = before.substr(command.size() + 1);
        return true;
      }
    }
  }
  return false;
}

void Collect(const std::vector<std::string>& from, std::string_view start,
             std::vector<std::string>& to) {
  for (const std::string& word : from) {
    if (StartsWithIgnoringCase(word, start)) to.push_back(word);
  }
}

// Where the words part, at a character's boundary.
size_t Common(const std::vector<std::string>& words) {
  size_t size = words.front().size();
  for (const std::string& word : words) {
    const auto part =
        std::mismatch(words.front().begin(),
                      words.front().begin() +
                          static_cast<ptrdiff_t>(std::min(size, word.size())),
                      word.begin());
    size = static_cast<size_t>(part.first - words.front().begin());
  }
  while (size > 0 && size < words.front().size() &&
         (words.front()[size] & 0xc0) == 0x80) {
    --size;
  }
  return size;
}

}  // namespace

Completion Complete(std::string_view before,
                    const std::vector<std::string>& names) {
  std::vector<std::string> found;
  std::string_view start = before;
  const char* after = " ";
  if (SplitCommand(before, start)) {
    if (start.find(' ') != std::string_view::npos) return {};
    Collect(names, start, found);
  } else if (before.starts_with("/")) {
    Collect(SlashCommands(), start, found);
  } else if (!before.empty()) {
    Collect(OriginalCommands(), start, found);
    if (found.empty() && before.find(' ') == std::string_view::npos) {
      Collect(names, start, found);
      after = ": ";
    }
  }
  if (found.empty()) return {};
  if (found.size() == 1) return {found[0].substr(start.size()) + after, {}};
  const size_t common = Common(found);
  if (common > start.size()) {
    return {found[0].substr(start.size(), common - start.size()), {}};
  }
  return {"", found};
}

}  // namespace chat77::client
