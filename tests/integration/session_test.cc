// Getting in and out, and what strangers and mistakes meet.

#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "tests/support/native_client.h"
#include "tests/support/server_process.h"

namespace chat77::test {
namespace {

using std::chrono::milliseconds;

class SessionTest : public testing::Test {
 protected:
  NativeClient Connect() { return NativeClient(server_.port()); }

  ServerProcess server_{{"--store=memory:"}};
};

TEST_F(SessionTest, RegisterThenLogin) {
  NativeClient ann = Connect();
  EXPECT_EQ(ann.Register("Ann").register_().alias(), "Ann");
  const pb::ServerFrame login = ann.Login("ANN");
  EXPECT_EQ(login.login().alias(), "Ann");
  ASSERT_EQ(login.login().rooms_size(), 1);
  EXPECT_EQ(login.login().rooms(0).room(), wire::kLobby);
  EXPECT_NE(login.login().rooms(0).epoch(), 0u);
  EXPECT_EQ(ann.Hear().joined().alias(), "Ann");
}

TEST_F(SessionTest, MistakesAreNamed) {
  NativeClient ann = Connect();
  ann.Enter("ann");
  NativeClient other = Connect();
  EXPECT_EQ(other.Register("ANN").error().code(), pb::ALIAS_TAKEN);
  EXPECT_EQ(other.Register("server").error().code(), pb::ALIAS_TAKEN);
  EXPECT_EQ(other.Register("a b").error().code(), pb::ALIAS_INVALID);
  EXPECT_EQ(other.Register("bob", "").error().code(), pb::PASSWORD_INVALID);
  EXPECT_EQ(other.Login("nobody").error().code(), pb::BAD_CREDENTIALS);
  EXPECT_EQ(other.Login("ann", "wrong").error().code(), pb::BAD_CREDENTIALS);
  EXPECT_EQ(other.Login("ann").error().code(), pb::ALREADY_ONLINE);
  EXPECT_EQ(other.Say("hello").error().code(), pb::NOT_LOGGED_IN);
  EXPECT_EQ(other.Ask({}).error().code(), pb::UNIMPLEMENTED);
  EXPECT_FALSE(other.Login("ann", "wrong").error().sentence().empty());
  EXPECT_EQ(ann.Login("ann").error().code(), pb::ALREADY_LOGGED_IN);
  EXPECT_EQ(ann.Say("  ").error().code(), pb::TEXT_EMPTY);
  EXPECT_EQ(ann.Say(std::string(9000, 'x')).error().code(), pb::TEXT_TOO_LONG);
  EXPECT_EQ(ann.Say("still here").say().seq(), 1u);
}

TEST_F(SessionTest, TakeOverEndsTheFirst) {
  NativeClient first = Connect(), second = Connect(), bob = Connect();
  first.Enter("ann");
  bob.Enter("bob");
  EXPECT_TRUE(second.Login("ann", "secret", true).has_login());
  pb::ServerFrame event = first.Hear();
  EXPECT_EQ(event.joined().alias(), "bob");
  event = first.Hear();
  EXPECT_EQ(event.goodbye().code(), pb::TAKEN_OVER) << event.DebugString();
  EXPECT_TRUE(first.AwaitClose());
  EXPECT_EQ(bob.Hear().left().alias(), "ann");
  EXPECT_EQ(bob.Hear().joined().alias(), "ann");
}

TEST_F(SessionTest, FrameTooLongIsToldAndClosed) {
  NativeClient stranger = Connect();
  // Length 100,000, and the client goes on sending regardless.
  stranger.SendBytes("\xa0\x8d\x06" + std::string(100'000, 'x'));
  EXPECT_EQ(stranger.Hear().goodbye().code(), pb::FRAME_TOO_LONG);
  EXPECT_TRUE(stranger.AwaitClose());
}

TEST_F(SessionTest, GarbageIsToldAndClosed) {
  for (const std::string& bytes :
       {"GET / HTTP/1.1\r\nHost: chat\r\n" + std::string(60, 'x') + "\r\n\r\n",
        "\x16\x03\x01" + std::string(60, '\x02'), std::string(10, '\xff'),
        std::string("\x03\x08\x01\x12", 4)}) {
    NativeClient stranger = Connect();
    stranger.SendBytes(bytes);
    EXPECT_TRUE(stranger.AwaitClose());
  }
  NativeClient ann = Connect();
  ann.Enter("ann");
  EXPECT_TRUE(ann.Say("undisturbed").has_say());
}

TEST_F(SessionTest, GarbageDoesNotFillTheLog) {
  for (int i = 0; i < 10; ++i) {
    NativeClient stranger = Connect();
    stranger.ReplyTo(1);
    // Login with an alias that is not UTF-8.
    stranger.SendBytes(std::string("\x07\x08\x02\x22\x03\x0a\x01\xff", 8));
    EXPECT_EQ(stranger.Hear().goodbye().code(), pb::BAD_FRAME);
  }
  EXPECT_EQ(server_.Log().find("libprotobuf"), std::string::npos)
      << server_.Log();
}

TEST_F(SessionTest, SilentStrangersDelayNobody) {
  std::vector<NativeClient> silent;
  for (int i = 0; i < 300; ++i) silent.push_back(Connect());
  NativeClient ann = Connect();
  ann.Enter("ann");
  EXPECT_TRUE(ann.Say("hello").has_say());
  // They are all still there.
  EXPECT_FALSE(silent[0].Hear(milliseconds(0)).has_goodbye());
}

TEST(LoginTimeTest, SilentStrangersAreLetGo) {
  ServerProcess server({"--store=memory:", "--login_seconds=1"});
  std::vector<NativeClient> silent;
  for (int i = 0; i < 300; ++i) silent.emplace_back(server.port());
  for (NativeClient& stranger : silent) {
    EXPECT_EQ(stranger.Hear().goodbye().code(), pb::LOGIN_TIMEOUT);
    EXPECT_TRUE(stranger.AwaitClose());
  }
}

TEST_F(SessionTest, HalfCloseAnswersFirst) {
  NativeClient ann = Connect();
  ann.Enter("ann");
  pb::ClientFrame say;
  say.mutable_say()->set_text("last words");
  const uint64_t id = ann.Send(std::move(say));
  ann.HalfClose();
  EXPECT_EQ(ann.ReplyTo(id).say().seq(), 1u);
  EXPECT_TRUE(ann.AwaitClose());
}

TEST_F(SessionTest, LogoutComesAfterEveryReply) {
  NativeClient ann = Connect();
  ann.Enter("ann");
  std::vector<uint64_t> ids;
  for (int i = 0; i < 100; ++i) {
    pb::ClientFrame say;
    say.mutable_say()->set_text("hello");
    ids.push_back(ann.Send(std::move(say)));
  }
  pb::ClientFrame logout;
  logout.mutable_logout();
  ids.push_back(ann.Send(std::move(logout)));
  for (const uint64_t id : ids) EXPECT_EQ(ann.ReplyTo(id).reply_to(), id);
  EXPECT_EQ(ann.Hear().goodbye().code(), pb::LOGGED_OUT);
}

TEST_F(SessionTest, ManyRequestsAtOnceAreAllAnswered) {
  NativeClient ann = Connect();
  ann.Enter("ann");
  std::vector<uint64_t> ids;
  for (int i = 0; i < 5000; ++i) {
    pb::ClientFrame list;
    list.mutable_list_online();
    ids.push_back(ann.Send(std::move(list)));
  }
  for (const uint64_t id : ids) {
    ASSERT_EQ(ann.ReplyTo(id).list_online().total(), 1u);
  }
}

TEST_F(SessionTest, StopSaysGoodbyeToEverybody) {
  NativeClient ann = Connect(), bob = Connect();
  ann.Enter("ann");
  bob.Enter("bob");
  ann.Hear();
  server_.Signal(SIGTERM);
  for (NativeClient* client : {&ann, &bob}) {
    const pb::ServerFrame event = client->Hear();
    EXPECT_EQ(event.goodbye().code(), pb::SERVER_STOPPING);
    EXPECT_GT(event.goodbye().retry_after_ms(), 0u);
    EXPECT_TRUE(client->AwaitClose());
    client->Close();
  }
  EXPECT_EQ(server_.Wait(), 0);
}

}  // namespace
}  // namespace chat77::test
