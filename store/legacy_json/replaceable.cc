#include "store/legacy_json/replaceable.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "store/legacy_json/legacy_file.h"
#include "store/legacy_json/whole_file.h"

namespace chat77::store {

absl::Status CheckReplaceable(const std::string& path) {
  const auto content = ReadWholeFile(path, kLegacyFileBytes);
  if (absl::IsNotFound(content.status())) return absl::OkStatus();
  if (!content.ok() && !absl::IsInvalidArgument(content.status())) {
    return content.status();
  }
  if (content.ok() && content->empty()) return absl::OkStatus();
  const auto file = content.ok() ? ParseLegacyJson(*content) : content.status();
  // Refused records may hold anything.
  if (!file.ok() || !file->refused.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("The file ", path,
                     " is there and no export of chat77; move it away or name "
                     "another."));
  }
  const bool has_password = std::any_of(
      file->users.begin(), file->users.end(),
      [](const LegacyUser& user) { return !user.password.empty(); });
  if (!has_password) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "The file ", path,
      " still holds passwords, which an export would erase; import it and "
      "move it away first."));
}

}  // namespace chat77::store
