// The identity of a TLS server: its key, not its certificate, so that a renewed
// certificate for the same key is the same server.
#pragma once

#include <openssl/types.h>
#include <string>
#include <string_view>

namespace chat77::client {

// "SHA256:" and, in base64 without padding, the SHA-256 of the certificate's
// SubjectPublicKeyInfo (DER); empty if it has none that can be read.
std::string KeyFingerprint(const X509& certificate);

// True for text of that form.
bool IsFingerprint(std::string_view text);

}  // namespace chat77::client
