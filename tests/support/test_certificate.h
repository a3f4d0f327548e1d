// Certificates for tests, made when they are asked for: self-signed, or signed
// by an authority that is one itself. P-256 keys, valid for an hour.
#pragma once

#include <memory>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string>

namespace chat77::test {

class TestCertificate {
 public:
  // For `name`: a DNS name or a numeric address. `issuer`: null for one that
  // signs itself. `authority`: may sign others.
  static TestCertificate Make(const std::string& name,
                              const TestCertificate* issuer = nullptr,
                              bool authority = false);

  X509* certificate() const { return certificate_.get(); }
  EVP_PKEY* key() const { return key_.get(); }
  // The certificate as a file holds it.
  std::string Pem() const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
};

}  // namespace chat77::test
