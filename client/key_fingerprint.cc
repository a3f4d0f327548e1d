#include "client/key_fingerprint.h"

#include <array>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "absl/strings/escaping.h"

namespace chat77::client {
namespace {

constexpr std::string_view kPrefix = "SHA256:";

}  // namespace

std::string KeyFingerprint(const X509& certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(&certificate), &der);
  if (size <= 0) return "";
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash;
  SHA256(der, static_cast<size_t>(size), hash.data());
  OPENSSL_free(der);
  std::string text = absl::Base64Escape(absl::string_view(
      reinterpret_cast<const char*>(hash.data()), hash.size()));
  while (text.back() == '=') text.pop_back();
  return std::string(kPrefix) + text;
}

bool IsFingerprint(std::string_view text) {
  if (!text.starts_with(kPrefix)) return false;
  text.remove_prefix(kPrefix.size());
  std::string bytes;
  return text.find('=') == std::string_view::npos &&
         absl::Base64Unescape(absl::string_view(text.data(), text.size()),
                              &bytes) &&
         bytes.size() == SHA256_DIGEST_LENGTH;
}

}  // namespace chat77::client
