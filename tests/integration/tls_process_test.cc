// chat77d with its certificate: the one it makes, those that are given, and
// new ones while people talk.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <vector>

#include "absl/time/clock.h"

#include "server/net/tls/certificate.h"
#include "tests/support/native_client.h"
#include "tests/support/raw_socket.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_folder.h"

namespace chat77 {
namespace {

using server::tls::MakeSelfSigned;
using server::tls::ReadCertificate;
using test::NativeClient;
using test::RawSocket;
using test::ServerProcess;

class TlsProcessTest : public testing::Test {
 protected:
  // Returns what it wrote.
  std::string Put(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
    ::chmod(path.c_str(), 0600);
    return text;
  }
  static std::string FingerprintOf(const std::string& pem) {
    return ReadCertificate({pem, "it"}, {pem, "it"})->Fingerprint();
  }
  static bool AwaitLog(const ServerProcess& server, const std::string& words) {
    return Eventually(
        [&] { return server.Log().find(words) != std::string::npos; });
  }
  template <class Condition>
  static bool Eventually(Condition condition) {
    const auto until =
        std::chrono::steady_clock::now() + NativeClient::kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
  }
  static std::string Seen(const ServerProcess& server) {
    return NativeClient::OverTls(server.port()).tls()->fingerprint();
  }

  test::TempFolder folder_;
  const std::string store_ = folder_ / "chat77.db";
};

TEST_F(TlsProcessTest, KeepsTheOneItMade) {
  std::string first;
  {
    ServerProcess server({"--store=" + store_});
    ASSERT_TRUE(server.ready()) << server.Log();
    first = Seen(server);
    EXPECT_NE(server.Log().find("tls fingerprint=\"" + first + "\""),
              std::string::npos)
        << server.Log();
    server.Signal(SIGTERM);
    EXPECT_EQ(server.Wait(), 0);
  }
  EXPECT_EQ(
      std::filesystem::status(store_ + ".tls.pem").permissions(),
      std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  ServerProcess again({"--store=" + store_});
  EXPECT_EQ(Seen(again), first);
}

TEST_F(TlsProcessTest, RefusesToStartWithWhatCannotServe) {
  const std::string pem = *MakeSelfSigned(absl::Now());
  Put(folder_ / "open.pem", pem);
  ::chmod((folder_ / "open.pem").c_str(), 0644);
  Put(store_ + ".tls.pem", "not a certificate");
  const std::string given = folder_ / "given.pem";
  Put(given, pem);
  const auto expect = [&](std::vector<std::string> flags, int code,
                          const std::string& sentence) {
    flags.push_back("--store=" + store_);
    ServerProcess server(flags);
    EXPECT_EQ(server.Wait(), code);
    EXPECT_NE(server.Log().find("chat77d: " + sentence), std::string::npos)
        << server.Log();
  };
  const auto both = [](const std::string& certificate, const std::string& key) {
    return std::vector<std::string>{"--tls_certificate=" + certificate,
                                    "--tls_key=" + key};
  };
  const std::string open = folder_ / "open.pem";
  const std::string missing = folder_ / "missing.pem";
  expect({}, 66, "The file " + store_ + ".tls.pem holds no certificate");
  expect(both(open, open), 66, "The file " + open + " holds a secret key");
  expect(both(missing, given), 66, "There is no file " + missing);
  expect({"--tls_key=" + given}, 64, "--tls_certificate and --tls_key");
  expect({"--insecure_listen=nowhere", both(given, given)[0],
          both(given, given)[1]},
         64, "\"nowhere\" is no address");
}

TEST_F(TlsProcessTest, TakesANewCertificateWhilePeopleTalk) {
  const std::string path = folder_ / "served.pem";
  const std::string old = Put(path, *MakeSelfSigned(absl::Now()));
  ServerProcess server({"--store=memory:", "--tls_certificate=" + path,
                        "--tls_key=" + path, "--io_threads=2"});
  ASSERT_TRUE(server.ready()) << server.Log();
  NativeClient ann = NativeClient::OverTls(server.port());
  NativeClient ben = NativeClient::OverTls(server.port(), TLS1_2_VERSION);
  EXPECT_EQ(ann.tls()->fingerprint(), FingerprintOf(old));
  ann.Enter("ann");
  ben.Enter("ben");

  // What cannot be used changes nothing.
  Put(path, old.substr(0, old.size() / 2));
  server.Signal(SIGHUP);
  EXPECT_TRUE(AwaitLog(server, "tls reload=failed")) << server.Log();
  EXPECT_EQ(Seen(server), FingerprintOf(old));

  const std::string next = Put(path, *MakeSelfSigned(absl::Now()));
  server.Signal(SIGHUP);
  EXPECT_TRUE(AwaitLog(server, "tls reload=done")) << server.Log();
  // On either shard, and soon: another thread takes it when it next turns.
  const std::string expected = FingerprintOf(next);
  EXPECT_TRUE(Eventually(
      [&] { return Seen(server) == expected && Seen(server) == expected; }));
  EXPECT_EQ(Seen(server), FingerprintOf(next));
  EXPECT_EQ(Seen(server), FingerprintOf(next));
  EXPECT_TRUE(ann.Say("still here").has_say());
  EXPECT_EQ(ben.HearSaid().text(), "still here");
}

TEST_F(TlsProcessTest, CountsWhatItRefuses) {
  const auto start = std::chrono::steady_clock::now();
  ServerProcess server({"--store=memory:", "--insecure_listen=127.0.0.1:0"});
  ASSERT_TRUE(server.ready()) << server.Log();
  EXPECT_NE(server.Log().find("insecure_listen=127.0.0.1:"), std::string::npos);
  for (int i = 0; i < 50; ++i) {
    RawSocket socket(server.port());
    socket.Send("\x16\x03 garbage");
    socket.ReadAll();
  }
  RawSocket http(server.port());
  http.Send("GET / HTTP/1.1\r\n\r\n");
  http.ReadAll();
  EXPECT_TRUE(AwaitLog(server,
                       " all=50 reason=\"no record of TLS\" "
                       "address=127.0.0.1"))
      << server.Log();
  EXPECT_TRUE(
      AwaitLog(server, "what=other_protocol count=1 all=1 reason=\"HTTP\""));
  // Not a line for each, but some in a second.
  const std::string log = server.Log();
  const auto seconds =
      (std::chrono::steady_clock::now() - start) / std::chrono::seconds(1);
  EXPECT_LT(std::count(log.begin(), log.end(), '\n'), 25 + 3 * seconds);
}

}  // namespace
}  // namespace chat77
