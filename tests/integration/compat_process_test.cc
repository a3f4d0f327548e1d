// chat77-compat as a program of its own, in front of chat77d.

#include <csignal>
#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "store/store.h"
#include "tests/support/legacy_client.h"
#include "tests/support/person.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_folder.h"
#include "tests/support/tls_front_thread.h"

namespace chat77::test {
namespace {

using Kind = Person::Kind;
using test::LineClient;
using test::UnframedClient;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Server = std::unique_ptr<ServerProcess>;

class CompatProcessTest : public ::testing::Test {
 protected:
  std::string path() const { return folder_ / "chat77.db"; }

  Server StartServer(std::vector<std::string> flags = {}) const {
    flags.insert(flags.end(), {"--store=" + path(), "--compat_listen="});
    auto server = std::make_unique<ServerProcess>(flags);
    EXPECT_GT(server->port(), 0) << server->Log();
    return server;
  }
  static Server StartGateway(const std::string& server,
                             const std::string& tls = "auto") {
    return std::make_unique<ServerProcess>(
        std::vector<std::string>{"--listen=127.0.0.1:0", "--server=" + server,
                                 "--tls=" + tls},
        CHAT77_COMPAT);
  }
  static std::string Local(int port) {
    return "127.0.0.1:" + std::to_string(port);
  }
  static uint16_t CompatPort(const ServerProcess& gateway) {
    return static_cast<uint16_t>(gateway.compat_port());
  }

  std::vector<store::Connection> Log() const {
    const auto store = store::OpenStoreForReading(path());
    EXPECT_TRUE(store.ok()) << store.status();
    auto connections = (*store)->AllConnections();
    EXPECT_TRUE(connections.ok()) << connections.status();
    return *std::move(connections);
  }

  test::TempFolder folder_;
};

TEST_F(CompatProcessTest, OldAndNewClientsTalk) {
  const Server server = StartServer();
  const Server gateway = StartGateway(Local(server->port()));
  const auto nina = Person::Connect(Kind::kNative, *server);
  const auto uma =
      Person::Connect(Kind::kUnframed, *server, gateway->compat_port());
  const auto lea =
      Person::Connect(Kind::kLines, *server, gateway->compat_port());
  ASSERT_TRUE(nina->Enter("nina"));
  ASSERT_TRUE(uma->Enter("uma"));
  ASSERT_TRUE(lea->Enter("lea"));
  uma->Say("hello");
  EXPECT_TRUE(nina->HearsSaid("uma", "hello"));
  EXPECT_TRUE(lea->HearsSaid("uma", "hello"));
  nina->Say("hi, uma");
  EXPECT_TRUE(uma->HearsSaid("nina", "hi, uma"));
  EXPECT_TRUE(lea->Ask("uma"));
  EXPECT_TRUE(uma->HearsRequest("lea"));
  EXPECT_TRUE(uma->Accept("lea"));
  EXPECT_TRUE(lea->HearsConnected("uma"));
  lea->Whisper("uma", "psst");
  EXPECT_TRUE(uma->HearsWhisper("lea", "psst"));
  lea->Exit();
  EXPECT_TRUE(uma->HearsEnded("lea", /*by_command=*/false));
  EXPECT_TRUE(nina->HearsLeft("lea"));
}

TEST_F(CompatProcessTest, TalksToTheServerOverTls) {
  setenv("CHAT77_KNOWN_HOSTS", (folder_ / "known_hosts").c_str(), 1);
  const Server server = StartServer();
  test::TlsFrontThread front(static_cast<uint16_t>(server->port()));
  const Server gateway = StartGateway(Local(front.port()), "on");
  unsetenv("CHAT77_KNOWN_HOSTS");
  const auto nina = Person::Connect(Kind::kNative, *server);
  const auto lea =
      Person::Connect(Kind::kLines, *server, gateway->compat_port());
  ASSERT_TRUE(nina->Enter("nina"));
  ASSERT_TRUE(lea->Enter("lea")) << gateway->Log();
  lea->Say("hello");
  EXPECT_TRUE(nina->HearsSaid("lea", "hello"));
  EXPECT_THAT(gateway->Log(),
              HasSubstr("First connection to " + Local(front.port())));
}

TEST_F(CompatProcessTest, TrustedGatewayIsBelievedAboutAddresses) {
  const Server server = StartServer({"--trusted_gateways=127.0.0.1"});
  const Server gateway = StartGateway(Local(server->port()));
  const auto ann =
      Person::Connect(Kind::kUnframed, *server, gateway->compat_port());
  const auto bob =
      Person::Connect(Kind::kLines, *server, gateway->compat_port());
  ASSERT_TRUE(ann->Enter("ann"));
  ASSERT_TRUE(bob->Enter("bob"));
  const auto log = Log();
  ASSERT_EQ(log.size(), 2u);
  EXPECT_EQ(log[0].address, "127.0.0.1");
  EXPECT_EQ(log[0].port, ann->port());
  EXPECT_EQ(log[1].address, "127.0.0.1");
  EXPECT_EQ(log[1].port, bob->port());
}

TEST_F(CompatProcessTest, StrangersGatewayIsNotBelieved) {
  const Server server = StartServer();
  const Server gateway = StartGateway(Local(server->port()));
  const auto ann =
      Person::Connect(Kind::kLines, *server, gateway->compat_port());
  ASSERT_TRUE(ann->Enter("ann"));
  const auto log = Log();
  ASSERT_EQ(log.size(), 1u);
  EXPECT_NE(log[0].port, ann->port());
}

TEST_F(CompatProcessTest, ServerGoneIsToldAndServerBackServes) {
  Server server = StartServer();
  const std::string address = Local(server->port());
  const Server gateway = StartGateway(address);
  UnframedClient ann(CompatPort(*gateway));
  LineClient bob(CompatPort(*gateway)), eve(CompatPort(*gateway));
  ASSERT_TRUE(ann.Register("ann", "pw") && ann.Login("ann", "pw"));
  ASSERT_TRUE(bob.Register("bob", "pw") && bob.Login("bob", "pw"));
  ASSERT_TRUE(eve.Register("eve", "pw"));

  server->Signal(SIGKILL);
  server->Wait();
  for (test::LegacyClient* client :
       std::initializer_list<test::LegacyClient*>{&ann, &bob}) {
    EXPECT_TRUE(client->ExpectPrinted("you are now connected"));
    std::string last;
    while (const auto line = client->NextPrinted()) {
      if (line->starts_with("INFO: ")) last = *line;
    }
    EXPECT_THAT(last, StartsWith("INFO: The "));
    EXPECT_TRUE(client->ExpectEnd());
  }
  // Whoever is at the door stays there.
  const std::string refusal = eve.Authenticate("LOGIN", "eve", "pw");
  EXPECT_THAT(refusal, StartsWith("ERROR: The chat server at " + address +
                                  " cannot be reached"));

  server = StartServer({"--listen=" + address});
  EXPECT_TRUE(eve.Login("eve", "pw"));
  UnframedClient again(CompatPort(*gateway));
  EXPECT_TRUE(again.Login("ann", "pw"));
  EXPECT_TRUE(eve.ExpectPrinted("ann has connected to the chatroom"));
}

TEST_F(CompatProcessTest, StopOfTheGatewayTellsItsClientsOnly) {
  const Server server = StartServer();
  const Server gateway = StartGateway(Local(server->port()));
  const auto nina = Person::Connect(Kind::kNative, *server);
  ASSERT_TRUE(nina->Enter("nina"));
  UnframedClient ann(CompatPort(*gateway));
  LineClient bob(CompatPort(*gateway));
  ASSERT_TRUE(ann.Register("ann", "pw") && ann.Login("ann", "pw"));
  ASSERT_TRUE(bob.Register("bob", "pw") && bob.Login("bob", "pw"));
  ASSERT_TRUE(nina->HearsJoined("ann"));
  gateway->Signal(SIGTERM);
  const std::string told =
      "INFO: The server is stopping. Please come back later";
  EXPECT_TRUE(ann.ExpectPrinted(told));
  EXPECT_TRUE(bob.ExpectPrinted(told));
  EXPECT_TRUE(ann.ExpectEnd());
  EXPECT_TRUE(bob.ExpectEnd());
  EXPECT_EQ(gateway->Wait(), 0) << gateway->Log();
  EXPECT_TRUE(nina->HearsLeft("ann"));
  nina->Say("still here");
  for (const store::Connection& connection : Log()) {
    EXPECT_EQ(connection.reason,
              connection.alias == "nina" ? "" : "disconnected");
  }
}

TEST_F(CompatProcessTest, StopOfTheServerTellsTheGatewaysClients) {
  const Server server = StartServer();
  const Server gateway = StartGateway(Local(server->port()));
  UnframedClient ann(CompatPort(*gateway));
  ASSERT_TRUE(ann.Register("ann", "pw") && ann.Login("ann", "pw"));
  server->Signal(SIGTERM);
  EXPECT_TRUE(
      ann.ExpectPrinted("INFO: The server is stopping. Come back soon."));
  EXPECT_TRUE(ann.ExpectEnd());
  EXPECT_EQ(server->Wait(), 0) << server->Log();
}

TEST_F(CompatProcessTest, MistakesAreOneSentence) {
  const Server server = StartServer();
  const Server first = StartGateway(Local(server->port()));
  const std::string taken = Local(first->compat_port());
  ServerProcess second({"--listen=" + taken}, CHAT77_COMPAT);
  EXPECT_EQ(second.Wait(), 69);
  EXPECT_THAT(second.Log(), HasSubstr("Cannot listen on " + taken));
  for (const std::string flag :
       {"--listen=nowhere", "--server=nowhere", "--no_such_flag", "stray"}) {
    ServerProcess mistaken({flag}, CHAT77_COMPAT);
    EXPECT_EQ(mistaken.Wait(), 64) << flag << mistaken.Log();
    EXPECT_FALSE(mistaken.Log().empty());
  }
}

}  // namespace
}  // namespace chat77::test
