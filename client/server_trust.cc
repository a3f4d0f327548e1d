#include "client/server_trust.h"

#include "absl/strings/str_format.h"

namespace chat77::client {
namespace {

Trust Refused(std::string sentence) { return {false, "", std::move(sentence)}; }

Trust AtFirstSight(std::string_view server, const ShownKey& shown) {
  return {true, shown.fingerprint,
          absl::StrFormat("First connection to %s. Its key is %s; compare it "
                          "with what the server printed at its start.",
                          server, shown.fingerprint)};
}

Trust Verified(std::string_view server,
               const std::optional<std::string>& known) {
  if (known == kVerified) return {true, "", ""};
  std::string sentence;
  if (known) {
    sentence = absl::StrFormat(
        "%s has a certificate of a known authority now; from here on it is "
        "accepted only with one.",
        server);
  }
  return {true, kVerified, std::move(sentence)};
}

}  // namespace

Trust JudgeServer(std::string_view server, const ShownKey& shown,
                  const std::optional<std::string>& known,
                  std::string_view demanded) {
  if (!demanded.empty()) {
    if (shown.fingerprint == demanded) return {true, "", ""};
    return Refused(absl::StrFormat(
        "The key of %s is %s and not the one given with --fingerprint; you may "
        "be talking to somebody else, so nothing was sent.",
        server, shown.fingerprint));
  }
  if (shown.verified) return Verified(server, known);
  if (!known) return AtFirstSight(server, shown);
  if (*known == shown.fingerprint) return {true, "", ""};
  if (*known == kVerified) {
    return Refused(absl::StrFormat(
        "The certificate of %s is no longer one that this system's authorities "
        "vouch for (its key is %s): somebody may be posing as the server, or "
        "its certificate has expired; ask its operator, and if all is well, "
        "forget what is known of it with chat77 --forget %s",
        server, shown.fingerprint, server));
  }
  return Refused(absl::StrFormat(
      "The key of %s has changed from %s to %s: somebody may be posing as the "
      "server, or it has a new key; ask its operator, and if all is well, "
      "forget the old one with chat77 --forget %s",
      server, *known, shown.fingerprint, server));
}

}  // namespace chat77::client
