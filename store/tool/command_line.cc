#include "store/tool/command_line.h"

#include "absl/flags/reflection.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace chat77::store {
namespace {

absl::Status SetFlag(const std::string& name, const std::string& value) {
  absl::CommandLineFlag* flag = absl::FindCommandLineFlag(name);
  std::string error;
  if (flag->ParseFrom(value, &error)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(error, "; see --help."));
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ParseCommandLine(
    const std::vector<std::string>& arguments) {
  std::vector<std::string> words;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--") {
      words.insert(words.end(), arguments.begin() + i + 1, arguments.end());
      break;
    }
    if (!absl::StartsWith(argument, "--")) {
      words.push_back(argument);
      continue;
    }
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(2, equals - 2);
    if (absl::FindCommandLineFlag(name) == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("There is no flag --", name, "; see --help."));
    }
    const bool inside = equals != std::string::npos;
    if (!inside && ++i == arguments.size()) {
      return absl::InvalidArgumentError(
          absl::StrCat("The flag --", name, " needs a value; see --help."));
    }
    absl::Status status =
        SetFlag(name, inside ? argument.substr(equals + 1) : arguments[i]);
    if (!status.ok()) return status;
  }
  return words;
}

}  // namespace chat77::store
