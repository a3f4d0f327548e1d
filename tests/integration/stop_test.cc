// The ends of a server: asked to stop, asked twice, full, and not started.

#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "store/legacy_json/whole_file.h"
#include "tests/support/native_client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_folder.h"

namespace chat77::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// How long a server waits for those who do not let go (Server::AwaitEmpty). One
// that does wait takes at least as long; one that does not may take longer only
// where the machine is busy, and then it is asked again.
constexpr seconds kPartingTime{3};
constexpr int kAttempts = 20;

// A connection that says nothing.
class SilentSocket {
 public:
  explicit SilentSocket(int port)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(
        ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address),
        0);
  }
  SilentSocket(const SilentSocket&) = delete;
  SilentSocket& operator=(const SilentSocket&) = delete;
  ~SilentSocket() { ::close(fd_); }

  // All until the server ends it.
  std::string Read() {
    std::string all;
    char buffer[4096];
    for (;;) {
      const ssize_t size = ::recv(fd_, buffer, sizeof buffer, 0);
      if (size <= 0) return all;
      all.append(buffer, static_cast<size_t>(size));
    }
  }

 private:
  int fd_;
};

// How long it took to stop a server with strangers on it.
steady_clock::duration StopWithStrangers(const char* threads) {
  ServerProcess server({"--store=memory:", threads});
  std::vector<std::unique_ptr<SilentSocket>> silent;
  for (int i = 0; i < 6; ++i) {
    silent.push_back(std::make_unique<SilentSocket>(server.port()));
  }
  NativeClient ann(server.port());
  ann.Enter("ann");  // by now the others were accepted
  ann.Close();
  const auto start = steady_clock::now();
  server.Signal(SIGTERM);
  for (const auto& socket : silent) {
    EXPECT_NE(socket->Read().find("stopping"), std::string::npos);
  }
  silent.clear();
  EXPECT_EQ(server.Wait(), 0);
  return steady_clock::now() - start;
}

TEST(StopTest, StrangersAreToldAndDelayNothing) {
  for (const char* threads : {"--io_threads=1", "--io_threads=3"}) {
    bool waited = true;
    for (int i = 0; i < kAttempts && waited && !HasFailure(); ++i) {
      waited = StopWithStrangers(threads) >= kPartingTime;
    }
    EXPECT_FALSE(waited) << threads;
  }
}

// What it ends with when it is asked to stop again and again.
int StopWithManySignals() {
  ServerProcess server({"--store=memory:"});
  NativeClient ann(server.port());
  ann.Enter("ann");  // and does not read, so that the server waits for it
  const auto start = steady_clock::now();
  int code = -1;
  while (code < 0 && steady_clock::now() < start + NativeClient::kPatience) {
    server.Signal(SIGTERM);
    code = server.Wait(milliseconds(100));
  }
  // Signals of the first second are one.
  EXPECT_GE(steady_clock::now() - start, seconds(1));
  return code;
}

TEST(StopTest, ASecondSignalDoesNotWait) {
  int code = 0;
  // 0: no second one came to it before it had waited long enough.
  for (int i = 0; i < kAttempts && code == 0; ++i) code = StopWithManySignals();
  EXPECT_EQ(code, 128 + SIGTERM);
}

TEST(StopTest, InTheMiddleOfLoginsAndTalk) {
  for (int round = 0; round < 8; ++round) {
    const test::TempFolder folder;
    const std::string json = folder / "connections.json";
    ServerProcess server({"--store=" + (folder / "chat77.db"),
                          "--legacy_json=" + json, "--password_cost=default",
                          "--io_threads=" + std::to_string(1 + round % 2)});
    NativeClient ann(server.port());
    ann.Enter("ann");
    std::vector<NativeClient> others;
    for (int i = 0; i < 10; ++i) {
      NativeClient& other = others.emplace_back(server.port());
      pb::ClientFrame frame;
      frame.mutable_register_()->set_alias("other" + std::to_string(i));
      frame.mutable_register_()->set_password("secret");
      other.Send(std::move(frame));
    }
    for (int i = 0; i < 100; ++i) {
      pb::ClientFrame frame;
      frame.mutable_say()->set_text("hello");
      ann.Send(std::move(frame));
    }
    std::this_thread::sleep_for(milliseconds(15 * round));
    server.Signal(SIGTERM);
    pb::ServerFrame last;
    while (!last.has_goodbye() && !ann.closed()) last = ann.Hear();
    EXPECT_EQ(last.goodbye().code(), pb::SERVER_STOPPING);
    others.clear();
    ann.Close();
    EXPECT_EQ(server.Wait(), 0) << server.Log();
    EXPECT_NE(store::ReadWholeFile(json, 1 << 20).value_or("").find("ann"),
              std::string::npos);
  }
}

TEST(StopTest, AFullServerSaysSo) {
  ServerProcess server({"--store=memory:", "--max_connections=2"});
  NativeClient ann(server.port()), bob(server.port());
  ann.Enter("ann");
  bob.Enter("bob");
  NativeClient third(server.port());
  EXPECT_EQ(third.Hear().goodbye().code(), pb::SERVER_FULL);
  EXPECT_TRUE(third.AwaitClose());
  // Third stays, but takes nobody's place.
  bob.Close();
  ann.Hear();
  ASSERT_EQ(ann.Hear().left().alias(), "bob");
  NativeClient fourth(server.port());
  fourth.Enter("cat");
  EXPECT_TRUE(fourth.Say("there is room again").has_say());
}

TEST(StopTest, APortInUseHasItsExitCode) {
  ServerProcess server({"--store=memory:"});
  const std::string native = "127.0.0.1:" + std::to_string(server.port());
  const std::string compat =
      "127.0.0.1:" + std::to_string(server.compat_port());
  ServerProcess second({"--store=memory:", "--listen=" + native});
  EXPECT_EQ(second.Wait(), 69);
  ServerProcess third({"--store=memory:", "--compat_listen=" + compat});
  EXPECT_EQ(third.Wait(), 69);
  ServerProcess fourth({"--store=memory:", "--compat_listen=nowhere"});
  EXPECT_EQ(fourth.Wait(), 64);
}

}  // namespace
}  // namespace chat77::test
