#include "server/flag_value.h"

#include "absl/strings/str_cat.h"

namespace chat77::server {

absl::Status BadFlag(const std::string& name, const std::string& value,
                     const std::string& wanted) {
  return absl::InvalidArgumentError(
      absl::StrCat("--", name, "=", value, " is not valid: ", wanted, "."));
}

absl::StatusOr<size_t> InRange(const std::string& name, int32_t value,
                               int32_t least, int32_t most) {
  if (value < least || value > most) {
    return BadFlag(name, absl::StrCat(value),
                   absl::StrCat("give a number from ", least, " to ", most));
  }
  return static_cast<size_t>(value);
}

absl::StatusOr<bool> Choice(const std::string& name, const std::string& value,
                            const std::string& yes, const std::string& no) {
  if (value == yes) return true;
  if (value == no) return false;
  return BadFlag(name, value, absl::StrCat("give ", yes, " or ", no));
}

absl::StatusOr<wire::NetworkList> Networks(const std::string& name,
                                           const std::string& value) {
  auto networks = wire::NetworkList::Parse(value);
  if (networks) return *std::move(networks);
  return BadFlag(name, value,
                 "give networks such as 192.0.2.0/24 with commas between "
                 "them, or loopback, private, all or none");
}

}  // namespace chat77::server
