#include "server/net/tls/certificate.h"

#include <array>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace chat77::server::tls {
namespace {

constexpr char kName[] = "chat77";
constexpr absl::Duration kLife = absl::Hours(24 * 3652);
// Clocks of clients may be behind.
constexpr absl::Duration kEarlier = absl::Hours(24);

// The owned pointers of OpenSSL are freed by functions, which is all that
// `Freed` needs to know.
using ExtensionPtr =
    std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;

BioPtr Reader(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Nobody is there to be asked for a password.
int NoPassword(char*, int, int, void*) { return 0; }

absl::Status Unusable(const PemText& file, std::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat(
      "The file ", std::string(file.name), " ", std::string(what)));
}

absl::StatusOr<KeyPtr> ReadKey(const PemText& file) {
  KeyPtr key(PEM_read_bio_PrivateKey(Reader(file.text).get(), nullptr,
                                     NoPassword, nullptr));
  const char* reason = TakeError();
  if (key != nullptr) return key;
  return Unusable(file, absl::StrCat("holds no usable private key (", reason,
                                     "); give one in PEM without a password."));
}

absl::StatusOr<std::vector<X509Ptr>> ReadAll(const PemText& file) {
  const BioPtr reader = Reader(file.text);
  std::vector<X509Ptr> all;
  for (;;) {
    X509Ptr next(PEM_read_bio_X509(reader.get(), nullptr, NoPassword, nullptr));
    if (next == nullptr) break;
    all.push_back(std::move(next));
  }
  const bool at_end =
      ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const char* reason = TakeError();
  if (all.empty()) {
    return Unusable(file, absl::StrCat("holds no certificate (", reason,
                                       "); give one in PEM."));
  }
  if (!at_end) {
    return Unusable(file, absl::StrCat("is damaged (", reason,
                                       "); restore it from a copy."));
  }
  return all;
}

absl::Status MakingFailed() {
  return absl::InternalError(
      absl::StrCat("A certificate cannot be made: ", TakeError(),
                   "; give one with --tls_certificate and --tls_key."));
}

bool AddExtension(X509* certificate, int what, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(
      X509V3_EXT_conf_nid(nullptr, &context, what, value));
  return extension != nullptr &&
         X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool NameIt(X509* certificate) {
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* text = reinterpret_cast<const unsigned char*>(kName);
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1,
                                    0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1;
}

bool NumberIt(X509* certificate) {
  uint64_t number = 0;
  auto* bytes = reinterpret_cast<unsigned char*>(&number);
  if (RAND_bytes(bytes, sizeof number) != 1) return false;
  // Positive, as RFC 5280, 4.1.2.2 has it.
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate),
                                 number >> 1 | 1) == 1;
}

bool DateIt(X509* certificate, absl::Time now) {
  const time_t from = absl::ToTimeT(now - kEarlier);
  const time_t to = absl::ToTimeT(now + kLife);
  return ASN1_TIME_set(X509_getm_notBefore(certificate), from) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), to) != nullptr;
}

X509Ptr SignedBy(EVP_PKEY* key, absl::Time now) {
  X509Ptr made(X509_new());
  const bool done =
      made != nullptr && X509_set_version(made.get(), X509_VERSION_3) == 1 &&
      NumberIt(made.get()) && DateIt(made.get(), now) && NameIt(made.get()) &&
      X509_set_pubkey(made.get(), key) == 1 &&
      AddExtension(made.get(), NID_basic_constraints, "critical,CA:FALSE") &&
      AddExtension(made.get(), NID_key_usage, "critical,digitalSignature") &&
      AddExtension(made.get(), NID_ext_key_usage, "serverAuth") &&
      AddExtension(made.get(), NID_subject_alt_name, "DNS:chat77") &&
      X509_sign(made.get(), key, EVP_sha256()) > 0;
  return done ? std::move(made) : nullptr;
}

}  // namespace

absl::StatusOr<Certificate> ReadCertificate(PemText certificates, PemText key) {
  auto all = ReadAll(certificates);
  if (!all.ok()) return all.status();
  auto own_key = ReadKey(key);
  if (!own_key.ok()) return own_key.status();
  Certificate certificate;
  certificate.leaf = std::move(all->front());
  all->erase(all->begin());
  certificate.chain = *std::move(all);
  certificate.key = *std::move(own_key);
  certificate.source = certificates.name;
  const bool fits = X509_check_private_key(certificate.leaf.get(),
                                           certificate.key.get()) == 1;
  ERR_clear_error();
  if (fits) return certificate;
  return Unusable(
      key, absl::StrCat("holds a key that is not that of the certificate in ",
                        std::string(certificates.name),
                        "; give the two that belong together."));
}

absl::StatusOr<std::string> MakeSelfSigned(absl::Time now) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  if (key == nullptr) return MakingFailed();
  const X509Ptr certificate = SignedBy(key.get(), now);
  const BioPtr text(BIO_new(BIO_s_mem()));
  const bool written =
      certificate != nullptr && text != nullptr &&
      PEM_write_bio_PrivateKey(text.get(), key.get(), nullptr, nullptr, 0,
                               nullptr, nullptr) == 1 &&
      PEM_write_bio_X509(text.get(), certificate.get()) == 1;
  if (!written) return MakingFailed();
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string Certificate::Fingerprint() const {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf.get()), &der);
  if (size <= 0) return "SHA256:";  // cannot be: it was read from DER
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(der, static_cast<size_t>(size), digest.data());
  OPENSSL_free(der);
  std::string base64;
  absl::Base64Escape(
      {reinterpret_cast<const char*>(digest.data()), digest.size()}, &base64);
  base64.erase(base64.find_last_not_of('=') + 1);
  return "SHA256:" + base64;
}

absl::Time Certificate::Expires() const {
  tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(leaf.get()), &parts) != 1) {
    ERR_clear_error();
    return absl::InfinitePast();
  }
  return absl::FromTM(parts, absl::UTCTimeZone());
}

}  // namespace chat77::server::tls
