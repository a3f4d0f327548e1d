// Who may come in at the doors of the real server: how many, how fast, from
// where; and what one may send. Addresses are those of the loopback network.
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "proto/frame_encoder.h"
#include "tests/support/legacy_client.h"
#include "tests/support/native_client.h"
#include "tests/support/server_process.h"

namespace chat77::test {
namespace {

using test::kPatience;
using test::TestSocket;
using ::testing::HasSubstr;

constexpr char kLimitAll[] = "--unlimited_networks=none";

std::string Host(int last) { return "127.0.1." + std::to_string(last); }

NativeClient From(const ServerProcess& server, const std::string& host) {
  return NativeClient(server.port(), pb::PRESENCE_NONE, 0, host);
}

// The code of the goodbye at the door; 0 for somebody who is let in.
int CodeAt(NativeClient& client) {
  const pb::ServerFrame first = client.ReplyTo(1);
  if (first.has_hello()) return 0;
  return client.Hear().goodbye().code();
}

// Tries again and again, until it is so or something is wrong.
template <class Condition>
bool Eventually(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + NativeClient::kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

bool LogComesToSay(const ServerProcess& server, const std::string& words) {
  return Eventually(
      [&] { return server.Log().find(words) != std::string::npos; });
}

TEST(StrangersTest, SoManyFromOneAddress) {
  ServerProcess server({"--store=memory:", kLimitAll,
                        "--strangers_per_address=2", "--connection_rate=1000"});
  NativeClient one = From(server, Host(1)), two = From(server, Host(1));
  EXPECT_EQ(CodeAt(one), 0);
  EXPECT_EQ(CodeAt(two), 0);
  NativeClient three = From(server, Host(1));
  EXPECT_EQ(CodeAt(three), pb::TOO_MANY_CONNECTIONS);
  EXPECT_TRUE(three.AwaitClose());
  NativeClient elsewhere = From(server, Host(2));
  EXPECT_EQ(CodeAt(elsewhere), 0);
  // Who logs in is none.
  one.Enter("ann");
  NativeClient four = From(server, Host(1));
  EXPECT_EQ(CodeAt(four), 0);
  EXPECT_TRUE(LogComesToSay(server, "strangers_there=1"));
}

TEST(StrangersTest, TheOldestGivesWay) {
  for (const char* threads : {"--io_threads=1", "--io_threads=3"}) {
    ServerProcess server({"--store=memory:", kLimitAll, "--strangers=4",
                          "--connection_rate=1000", threads});
    NativeClient member = From(server, Host(1));
    member.Enter("ann");
    std::vector<NativeClient> strangers;
    for (int i = 0; i < 5; ++i) {
      strangers.push_back(From(server, Host(10 + i)));
      EXPECT_EQ(CodeAt(strangers.back()), 0) << i;
    }
    EXPECT_EQ(strangers[0].Hear().goodbye().code(), pb::TOO_MANY_CONNECTIONS);
    EXPECT_TRUE(strangers[0].AwaitClose());
    strangers[4].Enter("eve");
    EXPECT_TRUE(member.Say("still here").has_say());
    EXPECT_TRUE(LogComesToSay(server, "gave_way=1"));
  }
}

TEST(StrangersTest, NotTooOften) {
  ServerProcess server({"--store=memory:", kLimitAll, "--connection_rate=3"});
  // Twice as many at once; each 20 s that pass meanwhile are one more.
  constexpr int kAtOnce = 6, kMost = 30;
  int let_in = 0;
  pb::Goodbye goodbye;
  while (let_in < kMost) {
    NativeClient client = From(server, Host(1));
    if (!client.ReplyTo(1).has_hello()) {
      goodbye = client.Hear().goodbye();
      break;
    }
    ++let_in;
    client.Close();
  }
  EXPECT_GE(let_in, kAtOnce);
  EXPECT_EQ(goodbye.code(), pb::TOO_MANY_CONNECTIONS);
  EXPECT_GT(goodbye.retry_after_ms(), 0u);
  EXPECT_LE(goodbye.retry_after_ms(), 20000u);
  NativeClient other = From(server, Host(2));
  EXPECT_EQ(CodeAt(other), 0);
  EXPECT_TRUE(LogComesToSay(server, "too_fast=1"));
}

// How often somebody can give a wrong password before the server has enough.
int TriesUntilTheDeadline(const ServerProcess& server) {
  // Three seconds of them at least; fewer than one may send before a login.
  constexpr int kEndless = 60;
  NativeClient guesser = From(server, Host(2));
  int tries = 0;
  pb::ClientFrame wrong;
  wrong.mutable_login()->set_alias("ann");
  wrong.mutable_login()->set_password("guess");
  while (tries < kEndless && guesser.ReplyTo(guesser.Send(wrong)).has_error()) {
    ++tries;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_LT(tries, kEndless);
  EXPECT_EQ(guesser.Hear().goodbye().code(), pb::LOGIN_TIMEOUT);
  EXPECT_TRUE(guesser.AwaitClose());
  return tries;
}

// A wrong password now and then keeps nobody's place.
TEST(StrangersTest, OneDeadlineForTheLoginHoweverManyTries) {
  ServerProcess server({"--store=memory:", kLimitAll, "--login_seconds=1",
                        "--connection_rate=1000000"});
  std::optional<NativeClient> member;
  // On a busy machine the time may be too short for a login.
  ASSERT_TRUE(Eventually([&] {
    member.emplace(From(server, Host(1)));
    member->Register("ann");
    return member->Login("ann").has_login();
  }));
  // Or for many tries.
  ASSERT_TRUE(Eventually([&] { return TriesUntilTheDeadline(server) > 1; }));
  EXPECT_TRUE(member->Say("still here").has_say());
}

TEST(StrangersTest, SoManyConnectionsOfOneAddress) {
  ServerProcess server({"--store=memory:", kLimitAll,
                        "--connections_per_address=2",
                        "--connection_rate=1000000"});
  NativeClient ann = From(server, Host(1)), bob = From(server, Host(1));
  ann.Enter("ann");
  bob.Enter("bob");
  NativeClient third = From(server, Host(1));
  EXPECT_EQ(CodeAt(third), pb::TOO_MANY_CONNECTIONS);
  // A place that is left can be taken.
  bob.Close();
  EXPECT_TRUE(Eventually([&] {
    NativeClient again = From(server, Host(1));
    return CodeAt(again) == 0;
  }));
}

TEST(StrangersTest, SomeNetworksAreExempt) {
  ServerProcess server({"--store=memory:", "--unlimited_networks=127.0.1.64/26",
                        "--strangers_per_address=1", "--connection_rate=1"});
  std::vector<NativeClient> many;
  for (int i = 0; i < 10; ++i) {
    many.push_back(From(server, Host(65)));
    EXPECT_EQ(CodeAt(many.back()), 0) << i;
  }
  NativeClient one = From(server, Host(1)), two = From(server, Host(1));
  EXPECT_EQ(CodeAt(one), 0);
  EXPECT_EQ(CodeAt(two), pb::TOO_MANY_CONNECTIONS);
}

// Nothing is closed, nothing is lost, and others do not notice.
TEST(StrangersTest, WhoSendsTooFastIsHeardLater) {
  ServerProcess server({"--store=memory:", kLimitAll, "--read_frames=50"});
  NativeClient fast = From(server, Host(1)), calm = From(server, Host(2));
  fast.Enter("fast");
  calm.Enter("calm");
  // All in one packet: more than it may, however busy the machine is.
  constexpr uint64_t kFirst = 1000, kLast = kFirst + 700;
  std::string bytes;
  for (uint64_t id = kFirst; id <= kLast; ++id) {
    pb::ClientFrame frame;
    frame.set_request_id(id);
    frame.mutable_list_online();
    wire::AppendFrame(frame, bytes);
  }
  fast.SendBytes(bytes);
  EXPECT_TRUE(LogComesToSay(server, "read slowed="));
  EXPECT_TRUE(calm.Say("hello").has_say());
  // Perhaps with a RATE_LIMITED of the core's.
  EXPECT_EQ(fast.ReplyTo(kLast).reply_to(), kLast);
}

TEST(StrangersTest, FlagsThatMakeNoSenseAreRefused) {
  const std::pair<const char*, const char*> wrong[] = {
      {"--strangers=0", "from 1 to"},
      {"--connection_rate=-1", "from 1 to"},
      {"--login_seconds=0", "from 1 to"},
      {"--unlimited_networks=everybody", "give networks such as"},
      {"--compat_allow=10.0.0.1/8", "give networks such as"},
      {"--memory_budget=8", "from 32 to"},
      {"--send_megabytes=200", "--memory_budget=128 is less"},
      {"--store_cache_megabytes=129", "--memory_budget=128 is less"}};
  for (const auto& [flag, says] : wrong) {
    ServerProcess server({"--memory_budget=128", flag});
    EXPECT_EQ(server.Wait(), 64) << flag;
    EXPECT_THAT(server.Log(), HasSubstr(says));
  }
}

// ---- the text port
// -----------------------------------------------------------

std::string ReadAll(TestSocket& socket) {
  std::string all, bytes;
  while (socket.Receive(4096, kPatience, bytes) == TestSocket::State::kData) {
    all += bytes;
  }
  return all;
}

uint16_t TextPort(const ServerProcess& server) {
  return static_cast<uint16_t>(server.compat_port());
}

TEST(StrangersTest, TheTextPortIsForTheLocalNetwork) {
  ServerProcess server(
      {"--store=memory:", "--compat_allow=10.0.0.0/8,127.0.1.9"});
  EXPECT_THAT(server.Log(), HasSubstr("allow=\"10.0.0.0/8,127.0.1.9\""));
  TestSocket far(TextPort(server));
  const std::string told = ReadAll(far);
  EXPECT_THAT(told, HasSubstr("ERROR: This port is not encrypted"));
  EXPECT_EQ(told.find("Authorise"), std::string::npos);
  test::LineClient near(TextPort(server), Host(9));
  EXPECT_TRUE(near.Register("ann", "pw"));
  EXPECT_TRUE(near.Login("ann", "pw"));
  EXPECT_TRUE(LogComesToSay(server, "not_allowed=1"));
}

TEST(StrangersTest, TextStrangersGiveWay) {
  ServerProcess server({"--store=memory:", kLimitAll, "--compat_strangers=3",
                        "--compat_strangers_per_address=2"});
  test::LineClient ann(TextPort(server), Host(1));
  ASSERT_TRUE(ann.Register("ann", "pw"));
  ASSERT_TRUE(ann.Login("ann", "pw"));
  std::vector<std::unique_ptr<test::LineClient>> idle;
  const auto connect = [&](int host) {
    idle.push_back(
        std::make_unique<test::LineClient>(TextPort(server), Host(host)));
    return idle.back()->NextPrinted();
  };
  for (const int host : {1, 1, 2}) {
    EXPECT_THAT(connect(host).value_or(""), HasSubstr("Authorise"));
  }
  EXPECT_EQ(connect(1),
            "ERROR: Too many from your address have not logged in "
            "yet");
  EXPECT_TRUE(idle[3]->ExpectEnd());
  EXPECT_THAT(connect(3).value_or(""), HasSubstr("Authorise"));
  EXPECT_TRUE(idle[0]->ExpectPrinted(
      "ERROR: Too many others want to log in. Please connect again"));
  EXPECT_TRUE(idle[0]->ExpectEnd());
  ann.Type("still here?");
  ann.Type("online clients");
  EXPECT_TRUE(ann.ExpectPrinted("Online clients: ann"));
}

TEST(StrangersTest, OtherProtocolsAreAnsweredOnce) {
  ServerProcess server({"--store=memory:"});
  const std::pair<std::string, std::string> knocks[] = {
      {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "not a web server"},
      {std::string("\x16\x03\x01\x02\x00\x01\x00", 7), "not encrypted"},
      {"SSH-2.0-x\r\n", "not an SSH server"}};
  for (const auto& [bytes, answer] : knocks) {
    TestSocket socket(TextPort(server));
    ASSERT_TRUE(socket.Send(bytes));
    const std::string told = ReadAll(socket);
    EXPECT_THAT(told, HasSubstr(answer));
    EXPECT_EQ(told.find("ERROR"), told.rfind("ERROR")) << told;
  }
}

}  // namespace
}  // namespace chat77::test
