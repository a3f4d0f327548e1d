// The client library over TLS: what is encrypted, whom it trusts, and how it
// says so.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <sys/stat.h>

#include "client/client.h"
#include "client/key_fingerprint.h"
#include "client/server_name.h"
#include "tests/support/fake_chat_server.h"
#include "tests/support/golden.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_certificate.h"
#include "tests/support/tls_front.h"

namespace chat77::client {
namespace {

using test::FakeChatServer;
using test::TestCertificate;
using test::TlsFront;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TlsClientTest : public ::testing::Test {
 protected:
  TlsClientTest() {
    options_.host = "localhost";
    options_.port = front_.port();
    options_.core.delays.first = absl::Milliseconds(20);
    options_.core.delays.longest = absl::Milliseconds(40);
    options_.tls.mode = TlsMode::kOn;
    options_.tls.known_hosts = folder_ / "known/hosts";
    // A test's own authority, or nobody.
    setenv("SSL_CERT_FILE", (folder_ / "none.pem").c_str(), 1);
    setenv("SSL_CERT_DIR", folder_.path().c_str(), 1);
  }

  void Trust(const TestCertificate& authority) {
    std::ofstream(folder_ / "authority.pem") << authority.Pem();
    setenv("SSL_CERT_FILE", (folder_ / "authority.pem").c_str(), 1);
  }
  void Know(const std::string& value) {
    std::filesystem::create_directory(folder_ / "known");
    std::ofstream(options_.tls.known_hosts) << server() << " " << value << "\n";
  }
  std::string Known() const {
    return std::filesystem::exists(options_.tls.known_hosts)
               ? support::ReadFile(options_.tls.known_hosts)
               : "";
  }
  std::string server() const {
    return ServerName(options_.host, options_.port);
  }

  // Connects and logs in, until online or offline for good.
  void Connect() {
    news_.clear();
    offline_.reset();
    online_ = false;
    client_ = std::make_unique<Client>(
        io_, options_, [this](const Event& event) { OnEvent(event); });
    client_->Start(Credentials{"ann", "secret", !std::exchange(made_, true)});
    RunUntil([this] { return online_ || offline_; });
  }
  void RunUntil(const std::function<bool()>& done) {
    const absl::Time end = absl::Now() + absl::Seconds(30);
    while (!done() && absl::Now() < end) {
      io_.run_one_for(std::chrono::milliseconds(100));
    }
    EXPECT_TRUE(done());
  }
  void OnEvent(const Event& event) {
    if (auto* met = std::get_if<ServerMet>(&event)) news_ += met->sentence;
    if (std::holds_alternative<Online>(event)) online_ = true;
    if (auto* offline = std::get_if<Offline>(&event)) {
      online_ = false;
      if (!offline->retry_in) offline_ = *offline;
    }
  }
  void ExpectRefused(const ::testing::Matcher<std::string>& sentence) {
    ASSERT_TRUE(offline_);
    EXPECT_EQ(offline_->trouble, Trouble::kUntrusted) << offline_->why;
    EXPECT_THAT(offline_->why, sentence);
  }

  test::TempFolder folder_;
  boost::asio::io_context io_;
  FakeChatServer chat_{io_};
  TestCertificate certificate_ = TestCertificate::Make("localhost");
  std::string fingerprint_ = KeyFingerprint(*certificate_.certificate());
  TlsFront front_{io_, chat_.port(), certificate_};
  ClientOptions options_;
  std::unique_ptr<Client> client_;
  std::string news_;
  std::optional<Offline> offline_;
  bool online_ = false;
  bool made_ = false;
};

TEST_F(TlsClientTest, FirstSightIsToldAndKept) {
  Connect();
  ASSERT_TRUE(online_);
  EXPECT_EQ(news_, "First connection to " + server() + ". Its key is " +
                       fingerprint_ +
                       "; compare it with what the server printed at its "
                       "start.");
  EXPECT_EQ(Known(), server() + " " + fingerprint_ + "\n");
  EXPECT_EQ(front_.seen().version, "TLSv1.3");
  EXPECT_EQ(front_.seen().alpn, "chat77");
  EXPECT_EQ(front_.seen().name, "localhost");
  struct stat status{};
  ASSERT_EQ(stat(options_.tls.known_hosts.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_EQ(stat((folder_ / "known").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(TlsClientTest, KnownKeyIsSilent) {
  Know(fingerprint_);
  Connect();
  EXPECT_TRUE(online_);
  EXPECT_THAT(news_, IsEmpty());
}

TEST_F(TlsClientTest, TheOlderVersionWillDo) {
  front_.OnlyTls12();
  Connect();
  EXPECT_TRUE(online_);
  EXPECT_EQ(front_.seen().version, "TLSv1.2");
}

TEST_F(TlsClientTest, AddressesAreNoNames) {
  options_.host = "127.0.0.1";
  Connect();
  EXPECT_TRUE(online_);
  EXPECT_EQ(front_.seen().name, "");
}

TEST_F(TlsClientTest, LoopbackIsPlainByItself) {
  options_.tls.mode = TlsMode::kAuto;
  options_.port = chat_.port();
  Connect();
  EXPECT_TRUE(online_);
  EXPECT_THAT(Known(), IsEmpty());
}

TEST_F(TlsClientTest, ChangedKeyIsRefused) {
  Know(KeyFingerprint(*TestCertificate::Make("localhost").certificate()));
  const std::string before = Known();
  Connect();
  ExpectRefused(AllOf(HasSubstr("has changed"), HasSubstr(fingerprint_),
                      HasSubstr("chat77 --forget " + server())));
  EXPECT_EQ(Known(), before);
  EXPECT_EQ(chat_.connections(), 0u) << "Nothing may be sent to it.";
}

TEST_F(TlsClientTest, ChangedKeyEndsReconnecting) {
  Connect();
  ASSERT_TRUE(online_);
  front_.Use(TestCertificate::Make("localhost"));
  chat_.CloseAll(/*goodbye=*/true);
  RunUntil([this] { return offline_.has_value(); });
  ExpectRefused(HasSubstr("has changed"));
}

TEST_F(TlsClientTest, ReconnectsToTheSameKey) {
  Connect();
  chat_.CloseAll(/*goodbye=*/true);
  RunUntil([this] { return front_.seen().handshakes == 2 && online_; });
  EXPECT_FALSE(offline_);
}

TEST_F(TlsClientTest, GivenFingerprintDecides) {
  options_.tls.fingerprint = fingerprint_;
  Connect();
  EXPECT_TRUE(online_);
  EXPECT_THAT(news_, IsEmpty());
  EXPECT_THAT(Known(), IsEmpty());
}

TEST_F(TlsClientTest, OtherFingerprintIsRefused) {
  Know(fingerprint_);
  options_.tls.fingerprint =
      KeyFingerprint(*TestCertificate::Make("localhost").certificate());
  Connect();
  ExpectRefused(HasSubstr("not the one given with --fingerprint"));
}

TEST_F(TlsClientTest, AuthoritiesVouch) {
  const auto authority = TestCertificate::Make("An authority", nullptr, true);
  Trust(authority);
  front_.Use(TestCertificate::Make("localhost", &authority));
  Connect();
  EXPECT_TRUE(online_);
  EXPECT_THAT(news_, IsEmpty());
  EXPECT_EQ(Known(), server() + " verified\n");
}

TEST_F(TlsClientTest, RenewedCertificateIsStillVouchedFor) {
  const auto authority = TestCertificate::Make("An authority", nullptr, true);
  Trust(authority);
  Know("verified");
  front_.Use(TestCertificate::Make("localhost", &authority));
  Connect();
  EXPECT_TRUE(online_);
  EXPECT_THAT(news_, IsEmpty());
}

TEST_F(TlsClientTest, AnotherNameIsNotVouchedFor) {
  const auto authority = TestCertificate::Make("An authority", nullptr, true);
  Trust(authority);
  front_.Use(TestCertificate::Make("elsewhere.example", &authority));
  Connect();
  EXPECT_TRUE(online_);
  EXPECT_THAT(news_, HasSubstr("First connection"));
}

TEST_F(TlsClientTest, VerifiedIsNotTakenForFirstSight) {
  Know("verified");
  Connect();
  ExpectRefused(
      AllOf(HasSubstr("no longer"), HasSubstr("chat77 --forget " + server())));
}

TEST_F(TlsClientTest, DamagedKnownHostsRefuse) {
  Know("SHA256:short");
  const std::string before = Known();
  Connect();
  ExpectRefused(AllOf(HasSubstr("Line 1 of"), HasSubstr("known/hosts")));
  EXPECT_EQ(Known(), before);
}

TEST_F(TlsClientTest, UnwritableKnownHostsRefuse) {
  std::ofstream(folder_ / "known") << "a file where the folder should be";
  Connect();
  ExpectRefused(AllOf(HasSubstr("cannot be"),
                      HasSubstr("--fingerprint=" + fingerprint_)));
}

TEST_F(TlsClientTest, PlainServerIsNamed) {
  options_.port = chat_.port();
  Connect();
  ASSERT_TRUE(offline_);
  EXPECT_EQ(offline_->trouble, Trouble::kUnreachable);
  EXPECT_THAT(offline_->why,
              AllOf(HasSubstr("No TLS with"), HasSubstr("--tls=off")));
}

TEST_F(TlsClientTest, SilentServerTimesOut) {
  boost::asio::ip::tcp::acceptor silent(
      io_, {boost::asio::ip::address_v4::loopback(), 0});
  options_.port = silent.local_endpoint().port();
  options_.tls.handshake_time = absl::Milliseconds(50);
  Connect();
  ASSERT_TRUE(offline_);
  EXPECT_THAT(offline_->why, HasSubstr("not finished a TLS handshake within"));
}

TEST_F(TlsClientTest, EndIsTold) {
  Connect();
  client_->Logout();
  RunUntil([this] { return front_.seen().close_notifies == 1; });
  EXPECT_EQ(front_.seen().truncations, 0);
}

TEST_F(TlsClientTest, DroppedClientTellsItsEnd) {
  Connect();
  client_.reset();
  RunUntil([this] { return front_.seen().close_notifies == 1; });
}

TEST_F(TlsClientTest, DestroyedInTheHandshake) {
  client_ = std::make_unique<Client>(io_, options_, [](const Event& event) {
    EXPECT_TRUE(std::holds_alternative<Connecting>(event));
  });
  client_->Start(Credentials{"ann", "secret", true});
  io_.run_one();
  io_.run_one();
  client_.reset();
  io_.run_for(std::chrono::milliseconds(200));
}

TEST_F(TlsClientTest, LongTextsPass) {
  Connect();
  const std::string text(8000, 'x');
  int confirmed = 0;
  for (int i = 0; i < 20; ++i) {
    client_->Send(SayRequest(text), [&](const pb::ServerFrame& reply) {
      confirmed += reply.has_say() ? 1 : 0;
    });
  }
  RunUntil([&] { return confirmed == 20; });
  EXPECT_EQ(chat_.said().back(), "ann: " + text);
}

}  // namespace
}  // namespace chat77::client
