#include "server/config_tls.h"

#include <string>

#include "absl/flags/flag.h"

ABSL_FLAG(std::string, tls_certificate, "",
          "PEM file with the server's certificate and those between it and an "
          "authority. Without it the server uses one of its own, in the file "
          "named like the store with .tls.pem behind it.");
ABSL_FLAG(std::string, tls_key, "",
          "PEM file with the key of --tls_certificate, without a password, "
          "that others can neither read nor write.");
ABSL_FLAG(std::string, insecure_listen, "",
          "ADDRESS:PORT of a second native port that takes clients without "
          "encryption from anywhere; empty: none. Everything there can be "
          "read and changed on its way, passwords too.");

namespace chat77::server {

absl::Status ReadTlsFlags(Config& config) {
  ServerOptions& server = config.server;
  server.certificate.certificate = absl::GetFlag(FLAGS_tls_certificate);
  server.certificate.key = absl::GetFlag(FLAGS_tls_key);
  server.insecure_listen = absl::GetFlag(FLAGS_insecure_listen);
  if (server.certificate.certificate.empty() ==
      server.certificate.key.empty()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "--tls_certificate and --tls_key belong together: give both files, or "
      "neither for a certificate of the server's own.");
}

}  // namespace chat77::server
