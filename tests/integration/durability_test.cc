// What survives: stops, kills, and damaged stores.

#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <string>
#include <thread>

#include "store/store.h"
#include "tests/support/native_client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_folder.h"

namespace chat77::test {
namespace {

class DurabilityTest : public testing::Test {
 protected:
  std::string path() const { return folder_ / "chat77.db"; }
  std::string flag() const { return "--store=" + path(); }

  test::TempFolder folder_;
};

TEST_F(DurabilityTest, StopKeepsEverythingAndRecordsLogouts) {
  {
    ServerProcess server({flag()});
    NativeClient ann(server.port());
    ann.Enter("ann");
    EXPECT_EQ(ann.Say("one").say().seq(), 1u);
    EXPECT_EQ(ann.Say("two").say().seq(), 2u);
    server.Signal(SIGTERM);
    ann.AwaitClose();
    ann.Close();
    EXPECT_EQ(server.Wait(), 0);
  }
  {
    auto store = store::OpenStore(path());
    ASSERT_TRUE(store.ok()) << store.status();
    const auto connections = (*store)->AllConnections();
    ASSERT_EQ(connections->size(), 1u);
    EXPECT_EQ((*connections)[0].alias, "ann");
    EXPECT_EQ((*connections)[0].address, "127.0.0.1");
    EXPECT_TRUE((*connections)[0].logout_time.has_value());
    EXPECT_EQ((*connections)[0].reason, "server stopped");
  }
  ServerProcess server({flag()});
  NativeClient ann(server.port());
  EXPECT_EQ(ann.Login("ann").login().rooms(0).seq(), 2u);
  const pb::FetchHistoryReply history = ann.History();
  ASSERT_EQ(history.messages_size(), 2);
  EXPECT_EQ(history.messages(1).text(), "two");
  EXPECT_EQ(ann.Say("three").say().seq(), 3u);
}

TEST_F(DurabilityTest, ExitAndDisconnectAreToldApart) {
  {
    ServerProcess server({flag()});
    NativeClient ann(server.port()), bob(server.port());
    ann.Enter("ann");
    bob.Enter("bob");
    pb::ClientFrame logout;
    logout.mutable_logout();
    ann.Ask(std::move(logout));
    ann.AwaitClose();
    ann.Close();
    bob.Close();
    NativeClient cat(server.port());
    cat.Enter("cat");  // comes after both in the store
    cat.Say("done");
    server.Signal(SIGTERM);
    cat.AwaitClose();
    cat.Close();
    EXPECT_EQ(server.Wait(), 0);
  }
  auto store = store::OpenStore(path());
  ASSERT_TRUE(store.ok()) << store.status();
  std::map<std::string, std::string> reasons;
  const auto connections = (*store)->AllConnections();
  for (const store::Connection& connection : *connections) {
    reasons[connection.alias] = connection.reason;
  }
  EXPECT_EQ(reasons["ann"], "exit");
  EXPECT_EQ(reasons["bob"], "disconnected");
  EXPECT_EQ(reasons["cat"], "server stopped");
}

TEST_F(DurabilityTest, KillInTheMiddleOfTalkLosesNothingAcknowledged) {
  uint64_t acknowledged = 0;
  for (int round = 0; round < 4; ++round) {
    ServerProcess server({flag()});
    ASSERT_TRUE(server.ready()) << server.Log();
    NativeClient ann(server.port());
    ann.Enter("ann");
    const pb::FetchHistoryReply last = ann.History(1);
    if (acknowledged > 0) {
      ASSERT_EQ(last.messages_size(), 1);
      EXPECT_GE(last.messages(0).seq(), acknowledged);
      // Dense, and each text where its acknowledgement said.
      uint64_t seq = 0;
      for (bool more = true; more;) {
        const pb::FetchHistoryReply page = ann.History(0, seq);
        for (const pb::Said& said : page.messages()) {
          ASSERT_EQ(said.seq(), ++seq);
        }
        more = page.more();
      }
      EXPECT_GE(seq, acknowledged);
    }
    // After so many answers, and in the middle of the next ones.
    const int answers = 10 + 20 * round;
    std::thread killer;
    for (int i = 0;; ++i) {
      if (i == answers) {
        killer = std::thread([&server] { server.Signal(SIGKILL); });
      }
      const pb::ServerFrame reply = ann.Say("w");
      if (!reply.has_say()) break;
      ASSERT_EQ(reply.say().seq(), std::max(acknowledged, reply.say().seq()));
      acknowledged = reply.say().seq();
    }
    if (killer.joinable()) killer.join();
    EXPECT_EQ(server.Wait(), 128 + SIGKILL);
  }
  EXPECT_GT(acknowledged, 0u);
  {
    ServerProcess server({flag()});  // closes the logins left open
    server.Signal(SIGTERM);
    EXPECT_EQ(server.Wait(), 0);
  }
  auto store = store::OpenStore(path());
  ASSERT_TRUE(store.ok()) << store.status();
  const auto connections = (*store)->AllConnections();
  EXPECT_EQ(connections->size(), 4u);
  for (const store::Connection& connection : *connections) {
    EXPECT_EQ(connection.reason, "server stopped");
  }
}

TEST_F(DurabilityTest, WithoutHistoryNothingIsStoredAndNumbersStay) {
  ServerProcess server({flag(), "--history=off"});
  NativeClient ann(server.port()), bob(server.port());
  ann.Enter("ann");
  bob.Enter("bob");
  EXPECT_EQ(ann.Say("one").say().seq(), 1u);
  EXPECT_EQ(ann.Say("two").say().seq(), 2u);
  EXPECT_EQ(bob.HearSaid().seq(), 1u);
  EXPECT_EQ(bob.HearSaid().seq(), 2u);
  EXPECT_EQ(ann.History().messages_size(), 0);
}

TEST_F(DurabilityTest, DamagedStoreIsRefusedAndLeftAlone) {
  const std::string damage = "this is no database, but somebody's diary\n";
  std::ofstream(path()) << damage;
  test::MakePrivate(path());
  ServerProcess server({flag()});
  EXPECT_FALSE(server.ready());
  EXPECT_EQ(server.Wait(), 66);
  EXPECT_NE(server.Log().find(path()), std::string::npos) << server.Log();
  std::ifstream file(path());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), damage);
}

TEST_F(DurabilityTest, SecondServerOnTheSameStoreIsRefused) {
  ServerProcess server({flag()});
  ServerProcess second({flag()});
  EXPECT_FALSE(second.ready());
  EXPECT_EQ(second.Wait(), 75) << second.Log();
}

TEST_F(DurabilityTest, LegacyJsonIsKeptUpToDate) {
  const std::string json = folder_ / "client_connections.json";
  ServerProcess server({flag(), "--legacy_json=" + json});
  NativeClient ann(server.port());
  ann.Enter("ann");
  std::string text;
  const auto until = std::chrono::steady_clock::now() + NativeClient::kPatience;
  while (text.find("\"ann\"") == std::string::npos &&
         std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    std::ifstream file(json);
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  EXPECT_NE(text.find("\"aliase\": \"ann\""), std::string::npos) << text;
  EXPECT_EQ(text.find("secret"), std::string::npos);
  EXPECT_EQ(text.find("argon2"), std::string::npos);
}

TEST(FlagsTest, BadValuesAreOneSentenceAndExitCode64) {
  for (const char* flag :
       {"--listen=nowhere", "--io_threads=0", "--history=maybe",
        "--password_cost=free", "--no_such_flag=1", "stray"}) {
    SCOPED_TRACE(flag);
    ServerProcess server({"--store=memory:", flag});
    EXPECT_FALSE(server.ready());
    EXPECT_EQ(server.Wait(), 64) << server.Log();
    EXPECT_FALSE(server.Log().empty());
  }
}

}  // namespace
}  // namespace chat77::test
