#include "client/core/failure.h"

#include "absl/strings/str_cat.h"

namespace chat77::client {
namespace {

Trouble TroubleOf(pb::Code code) {
  switch (code) {
    case pb::VERSION_UNSUPPORTED:
    case pb::BANNED:
      return Trouble::kRefused;
    case pb::KICKED:
    case pb::TAKEN_OVER:
    case pb::LOGGED_OUT:
    case pb::DEVICE_REVOKED:
      return Trouble::kEnded;
    default:
      return Trouble::kTemporary;
  }
}

// absl's string_view is another type here.
absl::string_view View(std::string_view text) {
  return absl::string_view(text.data(), text.size());
}

}  // namespace

Failure ClosedFailure(pb::Code code, std::string_view why) {
  const Trouble trouble = TroubleOf(code);
  return {trouble, code, std::string(why), absl::ZeroDuration(),
          trouble == Trouble::kTemporary};
}

Failure TlsRequiredFailure(std::string_view server) {
  return {Trouble::kRefused, pb::TLS_REQUIRED,
          absl::StrCat(View(server), " takes only encrypted connections from ",
                       "here; connect with --tls=on."),
          absl::ZeroDuration(), false};
}

Failure LoginFailure(const pb::Error& error) {
  const bool temporary = error.code() > 0 && error.code() < 100;
  return {temporary ? Trouble::kTemporary : Trouble::kRefused, error.code(),
          error.sentence(), absl::Milliseconds(error.retry_after_ms()),
          temporary};
}

Failure NoAnswerFailure(std::string_view server, absl::Duration waited) {
  return {Trouble::kUnreachable, pb::CODE_UNSPECIFIED,
          absl::StrCat("No answer from ", View(server), " within ",
                       absl::FormatDuration(waited),
                       "; is the address right, or a firewall in between?"),
          absl::ZeroDuration(), true};
}

Failure NoGreetingFailure(std::string_view server) {
  return {Trouble::kNotChat77, pb::CODE_UNSPECIFIED,
          absl::StrCat(View(server), " accepts connections but does not greet;",
                       " is that chat77's native port (7700)?"),
          absl::ZeroDuration(), true};
}

Failure EndedFailure(std::string_view why) {
  return {Trouble::kEnded, pb::CODE_UNSPECIFIED, std::string(why),
          absl::ZeroDuration(), false};
}

std::string ClosedUngreeted(std::string_view server) {
  return absl::StrCat(View(server),
                      " closed the connection without a greeting; ",
                      "is that chat77's native port (7700)?");
}

}  // namespace chat77::client
