#include "store/internal/refusals.h"

#include "absl/strings/str_cat.h"

#include "store/internal/abseil_view.h"

namespace chat77::store {

absl::Status AliasTaken(std::string_view alias) {
  return absl::AlreadyExistsError(absl::StrCat("The alias ", ToAbseil(alias),
                                               " is taken; choose another."));
}

absl::Status NoSuchAccount(std::string_view key) {
  return absl::NotFoundError(absl::StrCat("There is no account ", ToAbseil(key),
                                          "; register it first."));
}

absl::Status NoSuchRoom(std::string_view room) {
  return absl::NotFoundError(
      absl::StrCat("There is no room ", ToAbseil(room), "; open it first."));
}

absl::Status NoOpenConnection(int64_t id) {
  return absl::NotFoundError(absl::StrCat("There is no open connection ", id,
                                          ", so nothing was recorded."));
}

}  // namespace chat77::store
