#include "proto/command_line.h"

#include <algorithm>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/parse.h"
#include "absl/flags/reflection.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace chat77::wire {
namespace {

struct Split {
  std::string name;
  std::string value;
  bool has_value = false;
};

Split SplitFlag(const std::string& argument) {
  Split split;
  const size_t begin = absl::StartsWith(argument, "--") ? 2 : 1;
  const size_t equals = argument.find('=');
  split.has_value = equals != std::string::npos;
  if (split.has_value) {
    split.name = argument.substr(begin, equals - begin);
    split.value = argument.substr(equals + 1);
  } else {
    split.name = argument.substr(begin);
  }
  std::replace(split.name.begin(), split.name.end(), '-', '_');
  return split;
}

absl::Status Bad(const Split& flag, const std::string& what) {
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag.name, " ", what, "; see --help."));
}

// `next`: the argument after it, if any; `uses_next` is set if it is its value.
absl::Status Check(Split& flag, const std::string* next, bool& uses_next) {
  absl::CommandLineFlag* known = absl::FindCommandLineFlag(flag.name);
  if (known == nullptr && !flag.has_value && flag.name.starts_with("no")) {
    known = absl::FindCommandLineFlag(flag.name.substr(2));
    if (known != nullptr && known->IsOfType<bool>()) return absl::OkStatus();
    known = nullptr;
  }
  if (known == nullptr) return Bad(flag, "is no flag of this program");
  std::string value = flag.value;
  if (!flag.has_value) {
    if (known->IsOfType<bool>()) return absl::OkStatus();
    if (next == nullptr) return Bad(flag, "needs a value");
    value = *next;
    uses_next = true;
  }
  std::string error;
  if (!known->ParseFrom(value, &error)) {
    return Bad(flag, absl::StrCat("cannot be \"", value, "\""));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> CheckFlags(
    const std::vector<std::string>& arguments) {
  std::vector<std::string> checked;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (i == 0 || argument.size() < 2 || argument[0] != '-') {
      checked.push_back(argument);
      continue;
    }
    if (argument == "--") {
      checked.insert(checked.end(), arguments.begin() + static_cast<long>(i),
                     arguments.end());
      break;
    }
    Split flag = SplitFlag(argument);
    bool uses_next = false;
    const std::string* next =
        i + 1 < arguments.size() ? &arguments[i + 1] : nullptr;
    absl::Status status = Check(flag, next, uses_next);
    if (!status.ok()) return status;
    checked.push_back(flag.has_value
                          ? absl::StrCat("--", flag.name, "=", flag.value)
                          : absl::StrCat("--", flag.name));
    if (uses_next) checked.push_back(arguments[++i]);
  }
  return checked;
}

absl::StatusOr<std::vector<std::string>> ParseCommandLine(int argc,
                                                          char** argv) {
  absl::StatusOr<std::vector<std::string>> checked =
      CheckFlags(std::vector<std::string>(argv, argv + argc));
  if (!checked.ok()) return checked.status();
  std::vector<char*> arguments;
  for (std::string& argument : *checked) arguments.push_back(argument.data());
  const std::vector<char*> words = absl::ParseCommandLine(
      static_cast<int>(arguments.size()), arguments.data());
  return std::vector<std::string>(words.begin() + 1, words.end());
}

bool WantsHelp(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--") return false;
    if (argument == "--help" || argument == "-h" || argument == "help") {
      return true;
    }
  }
  return false;
}

}  // namespace chat77::wire
