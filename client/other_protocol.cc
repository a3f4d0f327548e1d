#include "client/other_protocol.h"

#include "absl/strings/str_cat.h"

namespace chat77::client {

std::optional<std::string> OtherProtocol(std::string_view first_bytes) {
  constexpr char kNative[] =
      " This client needs chat77's native port, 7700 unless changed.";
  if (first_bytes.starts_with("Authorise MODE?")) {
    return absl::StrCat(
        "That is chat77's port for the old text clients (12345).", kNative);
  }
  if (first_bytes.starts_with("HTTP/")) {
    return absl::StrCat("A web server answered there.", kNative);
  }
  if (first_bytes.starts_with("SSH-")) {
    return absl::StrCat("An SSH server answered there.", kNative);
  }
  // RFC 8446, 5.1: an alert. No frame of 21 bytes begins with a 3.
  if (first_bytes.starts_with("\x15\x03")) {
    return "That port speaks TLS; connect with --tls=on.";
  }
  return std::nullopt;
}

}  // namespace chat77::client
