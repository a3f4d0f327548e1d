#include "server/net/tls/certificate.h"

#include <gtest/gtest.h>
#include <string>

#include "absl/time/clock.h"

#include "server/net/tls/tls_context.h"

namespace chat77::server::tls {
namespace {

// Made with openssl-req(1); its fingerprint with
//   openssl x509 -pubkey -noout | openssl pkey -pubin -outform DER |
//     openssl dgst -sha256 -binary | base64
constexpr char kKnown[] =
    R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgY88TCrImb/WRJitM
BYzPeC5bZ3RHrMDqqwH4lJEQZl+hRANCAARYZtHd16T0McSuvfg5/52DWDKnzO+k
1KMqmFtICRLHGGU2qqxQb97GP6VU0FZSCXadIPs7OreX6rEel7JHaZnT
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBcjCCARmgAwIBAgIUAsuRTw2r0xi5CSArxozqc+yJO7YwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAeFw0yNjExMjMxNDQzMThaFw0zNjExMjAxNDQzMTha
MA8xDTALBgNVBAMMBHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARYZtHd
16T0McSuvfg5/52DWDKnzO+k1KMqmFtICRLHGGU2qqxQb97GP6VU0FZSCXadIPs7
OreX6rEel7JHaZnTo1MwUTAdBgNVHQ4EFgQU/3LYxf9WaDJY8JNnNnSdrFHPLjcw
HwYDVR0jBBgwFoAU/3LYxf9WaDJY8JNnNnSdrFHPLjcwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNHADBEAiAXmGghL6mRd9EgF4hRiCl9wQt40IkaExxrV+m/
ZUqDTAIgbjokxxRdyogQV/neA00w7a/Cf+UeNsquzVHNree21Vc=
-----END CERTIFICATE-----
)";
constexpr char kKnownFingerprint[] =
    "SHA256:HmJmc6ojqYxwGd/SZMuFs+NUmCFAMoDEZZ4Z04AlWVo";

const std::string& Made() {
  static const std::string text = *MakeSelfSigned(absl::Now());
  return text;
}

std::string KeyOf(const std::string& text) {
  return text.substr(0, text.find("-----BEGIN CERT"));
}
std::string CertificateOf(const std::string& text) {
  return text.substr(text.find("-----BEGIN CERT"));
}

std::string Sentence(const absl::StatusOr<Certificate>& certificate) {
  EXPECT_EQ(certificate.status().code(), absl::StatusCode::kFailedPrecondition);
  return std::string(certificate.status().message());
}

TEST(CertificateTest, MakesOneThatServes) {
  const auto read = ReadCertificate({Made(), "a.pem"}, {Made(), "a.pem"});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(TlsContext::Make(*read).ok());
  EXPECT_TRUE(read->chain.empty());
  EXPECT_GT(read->Expires(), absl::Now() + absl::Hours(24 * 3650));
  EXPECT_LT(read->Expires(), absl::Now() + absl::Hours(24 * 3655));
  EXPECT_EQ(X509_verify(read->leaf.get(), read->key.get()), 1);
  char name[64] = {};
  X509_NAME_get_text_by_NID(X509_get_subject_name(read->leaf.get()),
                            NID_commonName, name, sizeof name);
  EXPECT_STREQ(name, "chat77");
}

TEST(CertificateTest, MakesAnotherEachTime) {
  const std::string other = *MakeSelfSigned(absl::Now());
  const auto first = ReadCertificate({Made(), "a"}, {Made(), "a"});
  const auto second = ReadCertificate({other, "b"}, {other, "b"});
  EXPECT_NE(first->Fingerprint(), second->Fingerprint());
}

TEST(CertificateTest, HasTheFingerprintThatOpensslGives) {
  const auto read = ReadCertificate({kKnown, "a"}, {kKnown, "a"});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->Fingerprint(), kKnownFingerprint);
}

TEST(CertificateTest, TakesAChain) {
  const std::string other = *MakeSelfSigned(absl::Now());
  const auto read = ReadCertificate(
      {CertificateOf(Made()) + CertificateOf(other), "chain.pem"},
      {KeyOf(Made()), "key.pem"});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->chain.size(), 1u);
  EXPECT_TRUE(TlsContext::Make(*read).ok());
}

TEST(CertificateTest, RefusesWhatDoesNotFit) {
  const std::string other = *MakeSelfSigned(absl::Now());
  const std::string sentence = Sentence(ReadCertificate(
      {CertificateOf(Made()), "a.pem"}, {KeyOf(other), "b.pem"}));
  EXPECT_EQ(sentence,
            "The file b.pem holds a key that is not that of the certificate in "
            "a.pem; give the two that belong together.");
}

TEST(CertificateTest, RefusesWhatIsNone) {
  const std::string key = KeyOf(Made());
  EXPECT_NE(Sentence(ReadCertificate({"nonsense", "a.pem"}, {key, "b.pem"}))
                .find("a.pem holds no certificate"),
            std::string::npos);
  EXPECT_NE(
      Sentence(ReadCertificate({CertificateOf(Made()), "a.pem"}, {"", "b.pem"}))
          .find("b.pem holds no usable private key"),
      std::string::npos);
}

// Cut off anywhere, it is refused and nothing crashes.
TEST(CertificateTest, RefusesWhatIsCutOff) {
  const std::string whole = Made();
  for (size_t size = 0; size + 2 < whole.size(); size += 7) {
    const std::string part = whole.substr(0, size);
    EXPECT_FALSE(ReadCertificate({part, "a"}, {part, "a"}).ok()) << size;
  }
  // In the chain, too.
  const std::string chain = whole + CertificateOf(whole).substr(0, 300);
  EXPECT_FALSE(ReadCertificate({chain, "a"}, {whole, "a"}).ok());
}

}  // namespace
}  // namespace chat77::server::tls
