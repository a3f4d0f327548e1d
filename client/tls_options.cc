#include "client/tls_options.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "client/key_fingerprint.h"

namespace chat77::client {
namespace {

using boost::asio::ip::address;

bool IsLoopback(const address& given) {
  if (!given.is_v6() || !given.to_v6().is_v4_mapped()) {
    return given.is_loopback();
  }
  return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped,
                                          given.to_v6())
      .is_loopback();
}

bool NamesLoopback(const std::string& host) {
  if (absl::EqualsIgnoreCase(host, "localhost")) return true;
  boost::system::error_code error;
  const address numeric = boost::asio::ip::make_address(host, error);
  return !error && IsLoopback(numeric);
}

}  // namespace

absl::StatusOr<TlsMode> ParseTlsMode(const std::string& text) {
  if (text == "auto") return TlsMode::kAuto;
  if (text == "on") return TlsMode::kOn;
  if (text == "off") return TlsMode::kOff;
  return absl::InvalidArgumentError(
      absl::StrCat("--tls=", text, " is not known; write auto, on or off."));
}

absl::Status CheckTlsOptions(const TlsOptions& options) {
  if (options.fingerprint.empty()) return absl::OkStatus();
  if (!IsFingerprint(options.fingerprint)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--fingerprint=", options.fingerprint,
        " is no fingerprint; write SHA256: and the 43 characters that the "
        "server printed at its start."));
  }
  if (options.mode == TlsMode::kOff) {
    return absl::InvalidArgumentError(
        "--fingerprint needs TLS, which --tls=off forbids; drop one of them.");
  }
  return absl::OkStatus();
}

bool WantsTls(const TlsOptions& options, const std::string& host,
              const address& address) {
  if (options.mode != TlsMode::kAuto) return options.mode == TlsMode::kOn;
  if (!options.fingerprint.empty()) return true;
  return !NamesLoopback(host) || !IsLoopback(address);
}

}  // namespace chat77::client
