// A certificate with what signs for it, as PEM text and in memory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/net/tls/openssl.h"

namespace chat77::server::tls {

struct Certificate {
  X509Ptr leaf;
  std::vector<X509Ptr> chain;  // those between it and an authority
  KeyPtr key;                  // the leaf's
  std::string source;          // a file's name, for people

  // "SHA256:" and the unpadded base64 of the SHA-256 of the leaf's
  // SubjectPublicKeyInfo (DER): what clients pin. It stays when a certificate
  // is renewed with the same key.
  std::string Fingerprint() const;
  absl::Time Expires() const;
};

// A PEM text and the name of its file, for the sentence.
struct PemText {
  std::string_view text;
  std::string_view name;
};

// The first certificate in `certificates` is the server's, what follows is its
// chain. FailedPrecondition for what cannot be used: not PEM, a key behind a
// password, a key that is not the certificate's.
absl::StatusOr<Certificate> ReadCertificate(PemText certificates, PemText key);

// The PEM text of a new ECDSA P-256 key and a certificate for "chat77" that it
// signs itself, from the day before `now` on for ten years.
absl::StatusOr<std::string> MakeSelfSigned(absl::Time now);

}  // namespace chat77::server::tls
