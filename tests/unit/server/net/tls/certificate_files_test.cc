#include "server/net/tls/certificate_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <vector>

#include "absl/time/clock.h"

#include "tests/support/temp_folder.h"

namespace chat77::server::tls {
namespace {

std::string Content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class CertificateFilesTest : public testing::Test {
 protected:
  std::string Put(const std::string& name, const std::string& text,
                  mode_t mode = 0600) {
    const std::string path = folder_ / name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }
  static absl::StatusOr<Certificate> Own(const std::string& path) {
    return LoadCertificate({.certificate = "", .key = "", .own = path},
                           absl::Now());
  }
  static absl::StatusOr<Certificate> Given(const std::string& certificate,
                                           const std::string& key) {
    return LoadCertificate(
        {.certificate = certificate, .key = key, .own = "/nowhere"},
        absl::Now());
  }
  // All refusals are the same code, name the file, and are one sentence or two.
  static void ExpectRefused(const absl::StatusOr<Certificate>& loaded,
                            const std::string& file, const std::string& what) {
    EXPECT_EQ(loaded.status().code(), absl::StatusCode::kFailedPrecondition);
    const std::string sentence(loaded.status().message());
    EXPECT_NE(sentence.find(file), std::string::npos) << sentence;
    EXPECT_NE(sentence.find(what), std::string::npos) << sentence;
    EXPECT_EQ(sentence.back(), '.');
  }
  size_t Files() const {
    return static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator(folder_.path()), {}));
  }

  test::TempFolder folder_;
};

TEST_F(CertificateFilesTest, MakesOneOnceForTheOwnerOnly) {
  const std::string path = folder_ / "chat77.db.tls.pem";
  const auto made = Own(path);
  ASSERT_TRUE(made.ok()) << made.status();
  struct stat about{};
  ASSERT_EQ(::stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  EXPECT_EQ(Files(), 1u);
  const std::string content = Content(path);
  const auto again = Own(path);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->Fingerprint(), made->Fingerprint());
  EXPECT_EQ(Content(path), content);
}

TEST_F(CertificateFilesTest, AgreesWithOthersThatStartAtOnce) {
  const std::string path = folder_ / "own.pem";
  std::vector<std::string> prints(8);
  std::vector<std::thread> threads;
  for (std::string& print : prints) {
    threads.emplace_back([&print, &path] {
      const auto loaded = Own(path);
      print = loaded.ok() ? loaded->Fingerprint()
                          : std::string(loaded.status().message());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::count(prints.begin(), prints.end(), prints[0]), 8);
  EXPECT_EQ(prints[0].substr(0, 7), "SHA256:");
  EXPECT_EQ(Files(), 1u);
}

TEST_F(CertificateFilesTest, RefusesAnOwnOneThatIsOpenToOthers) {
  const std::string path = folder_ / "own.pem";
  ASSERT_TRUE(Own(path).ok());
  for (const mode_t mode : {0644, 0640, 0620, 0602, 0604}) {
    ::chmod(path.c_str(), mode);
    ExpectRefused(Own(path), path, "open to others; close it with `chmod 600 ");
  }
  ::chmod(path.c_str(), 0400);
  EXPECT_TRUE(Own(path).ok());
}

TEST_F(CertificateFilesTest, NeverReplacesADamagedOne) {
  const std::string path = Put("own.pem", "half a fi");
  ExpectRefused(Own(path), path, "move it away");
  EXPECT_EQ(Content(path), "half a fi");
  const std::string empty = Put("empty.pem", "");
  ExpectRefused(Own(empty), empty, "move it away");
  ExpectRefused(Own(folder_.path().string()), folder_.path().string(),
                "no regular file");
}

TEST_F(CertificateFilesTest, SaysWhyNoneCanBeMade) {
  const auto nowhere = Own(folder_ / "missing/own.pem");
  EXPECT_EQ(nowhere.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(nowhere.status().message().find("cannot be made: No such file"),
            std::string::npos)
      << nowhere.status();
}

TEST_F(CertificateFilesTest, TakesGivenOnes) {
  const std::string both = *MakeSelfSigned(absl::Now());
  const size_t at = both.find("-----BEGIN CERT");
  const std::string certificate = Put("cert.pem", both.substr(at), 0644);
  const std::string key = Put("key.pem", both.substr(0, at), 0640);
  const auto given = Given(certificate, key);
  ASSERT_TRUE(given.ok()) << given.status();
  EXPECT_EQ(given->source, certificate);
  const std::string one = Put("one.pem", both);
  EXPECT_TRUE(Given(one, one).ok());
  ::chmod(one.c_str(), 0644);
  ExpectRefused(Given(one, one), one, "open to others");
  for (const mode_t mode : {0644, 0660, 0602}) {
    ::chmod(key.c_str(), mode);
    ExpectRefused(Given(certificate, key), key, "open to others");
  }
}

TEST_F(CertificateFilesTest, RefusesGivenOnesThatCannotServe) {
  const std::string both = *MakeSelfSigned(absl::Now());
  const std::string other = *MakeSelfSigned(absl::Now());
  const size_t at = both.find("-----BEGIN CERT");
  const std::string certificate = Put("cert.pem", both.substr(at));
  const std::string key = Put("key.pem", both.substr(0, at));
  ExpectRefused(Given(certificate, Put("other.pem", other)), "other.pem",
                "not that of the certificate in " + certificate);
  ExpectRefused(Given(folder_ / "none.pem", key), "none.pem", "--tls_key=FILE");
  ExpectRefused(Given(certificate, folder_ / "none.pem"), "none.pem",
                "no file");
  ExpectRefused(Given(Put("huge.pem", std::string(2'000'000, 'x')), key),
                "huge.pem", "too large");
}

// One that lives as long as the process, and leaves nothing behind.
TEST_F(CertificateFilesTest, NeedsNoFile) {
  const auto one = LoadCertificate({}, absl::Now());
  const auto other = LoadCertificate({}, absl::Now());
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_NE(one->Fingerprint(), other->Fingerprint());
}

}  // namespace
}  // namespace chat77::server::tls
