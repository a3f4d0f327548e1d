// How a client makes sure that nobody listens in and that its server is the
// one it means.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include <boost/asio/ip/address.hpp>

namespace chat77::client {

enum class TlsMode : uint8_t {
  kAuto,  // plain to this computer itself, TLS to all others
  kOn,
  kOff,  // never: anybody on the way can read and change everything
};

struct TlsOptions {
  TlsMode mode = TlsMode::kAuto;
  // "SHA256:...": the only key that is accepted, whatever is known of the
  // server; nothing is written down then. Empty: known hosts decide.
  std::string fingerprint = "";
  // The file of known hosts; empty: KnownHosts::DefaultPath().
  std::string known_hosts = "";
  absl::Duration handshake_time = absl::Seconds(5);
};

// "auto", "on" or "off"; InvalidArgument with a sentence.
absl::StatusOr<TlsMode> ParseTlsMode(const std::string& text);

// InvalidArgument with a sentence if the fingerprint is none, or is given
// where no TLS could be made to show it.
absl::Status CheckTlsOptions(const TlsOptions& options);

// Whether a connection to `host`, as the user wrote it, that was made to
// `address` is to be encrypted. Plain in mode kAuto only if both say that it
// is this computer: 127.0.0.0/8, ::1, or the name localhost, and no key is
// demanded.
bool WantsTls(const TlsOptions& options, const std::string& host,
              const boost::asio::ip::address& address);

}  // namespace chat77::client
