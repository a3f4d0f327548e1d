#include "tests/support/test_certificate.h"

#include <cstdlib>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace chat77::test {
namespace {

void Check(bool ok) {
  if (!ok) std::abort();
}

void AddExtension(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  Check(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

std::string AlternativeName(const std::string& name) {
  const bool numeric =
      name.find_first_not_of("0123456789.") == std::string::npos ||
      name.find(':') != std::string::npos;
  return (numeric ? "IP:" : "DNS:") + name;
}

}  // namespace

TestCertificate TestCertificate::Make(const std::string& name,
                                      const TestCertificate* issuer,
                                      bool authority) {
  static long serial = 0;
  TestCertificate made;
  made.key_.reset(EVP_EC_gen("P-256"), EVP_PKEY_free);
  made.certificate_.reset(X509_new(), X509_free);
  Check(made.key_ && made.certificate_);
  X509* const x = made.certificate();
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(x), -60);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  X509_set_pubkey(x, made.key());
  X509_NAME_add_entry_by_txt(
      X509_get_subject_name(x), "CN", MBSTRING_UTF8,
      reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(
      x, X509_get_subject_name(issuer ? issuer->certificate() : x));
  AddExtension(x, NID_basic_constraints,
               authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  AddExtension(x, NID_subject_alt_name, AlternativeName(name));
  Check(X509_sign(x, issuer ? issuer->key() : made.key(), EVP_sha256()) > 0);
  return made;
}

std::string TestCertificate::Pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  Check(bio != nullptr && PEM_write_bio_X509(bio, certificate()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(bio);
  return pem;
}

}  // namespace chat77::test
