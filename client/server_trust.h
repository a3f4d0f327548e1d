// Whether a server that showed a key is the server one means. Pure: what is
// known comes in, what is to be written down goes out.
//
// - A fingerprint that was demanded decides alone.
// - A certificate that the system's authorities vouch for, for the host that
//   was asked for, is accepted, and the server remembered as one of those.
// - Else the key must be the one that is known; with none known it is accepted
//   at first sight and remembered (as ssh does).
// - A server remembered as vouched for is not taken without that any more.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chat77::client {

// What known hosts say of a server instead of a fingerprint: its certificates
// are checked against the system's authorities.
inline constexpr char kVerified[] = "verified";

struct ShownKey {
  std::string fingerprint;
  bool verified = false;  // by the system's authorities, for the host
};

struct Trust {
  bool accepted = false;
  // Accepted: what is known of the server from now on; empty: as before.
  std::string remember;
  // One sentence for the user: why it is refused, or what is new; may be
  // empty if accepted.
  std::string sentence;
};

// `server`: "HOST:PORT". `known`: a fingerprint or kVerified, if anything.
// `demanded`: a fingerprint, or empty.
Trust JudgeServer(std::string_view server, const ShownKey& shown,
                  const std::optional<std::string>& known,
                  std::string_view demanded);

}  // namespace chat77::client
