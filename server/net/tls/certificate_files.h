// Where the server's certificate comes from: files that are given, one that it
// makes for itself at the first start, or nowhere.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/net/tls/certificate.h"

namespace chat77::server::tls {

struct CertificateFiles {
  // Given ones, in PEM: the certificate with its chain, and its key; both or
  // neither. They may be the same file.
  std::string certificate;
  std::string key;
  // Without them: the file for both, made if it is missing. Empty: one is made
  // that lives as long as the process.
  std::string own;
};

// Reads it, or makes it. The file with the key must be nobody else's to read
// or write; of a given one a group may read. FailedPrecondition with a sentence
// for files that cannot be used as they are, and for given ones that are
// missing; Unavailable for what the system refuses.
absl::StatusOr<Certificate> LoadCertificate(const CertificateFiles& files,
                                            absl::Time now);

}  // namespace chat77::server::tls
