// The room, over real sockets against the real process.

#include <gtest/gtest.h>
#include <string>

#include "tests/support/native_client.h"
#include "tests/support/server_process.h"

namespace chat77::test {
namespace {

class RoomTest : public testing::TestWithParam<int> {
 protected:
  ServerProcess server_{
      {"--store=memory:", "--io_threads=" + std::to_string(GetParam())}};
};

TEST_P(RoomTest, EverybodyButTheSenderHears) {
  NativeClient ann(server_.port()), bob(server_.port()), cat(server_.port());
  ann.Enter("ann");
  bob.Enter("Bob");
  cat.Enter("cat");
  EXPECT_EQ(ann.Hear().joined().alias(), "Bob");
  EXPECT_EQ(ann.Hear().joined().alias(), "cat");

  const pb::ServerFrame reply = ann.Say("hello, all");
  EXPECT_EQ(reply.say().seq(), 1u);
  for (NativeClient* other : {&bob, &cat}) {
    const pb::Said said = other->HearSaid();
    EXPECT_EQ(said.alias(), "ann");
    EXPECT_EQ(said.text(), "hello, all");
    EXPECT_EQ(said.seq(), 1u);
    EXPECT_EQ(said.room(), wire::kLobby);
  }
  EXPECT_EQ(bob.Say("hi").say().seq(), 2u);
  const pb::ServerFrame next = ann.Hear();
  ASSERT_TRUE(next.has_said()) << next.DebugString();
  EXPECT_EQ(next.said().text(), "hi");
}

TEST_P(RoomTest, ManyWordsKeepTheirOrder) {
  constexpr int kWords = 3000;
  NativeClient ann(server_.port()), bob(server_.port());
  ann.Enter("ann");
  bob.Enter("bob");
  for (int i = 1; i <= kWords; ++i) {
    pb::ClientFrame say;
    say.mutable_say()->set_text(std::to_string(i));
    ann.Send(std::move(say));
  }
  for (int i = 1; i <= kWords; ++i) {
    const pb::Said said = bob.HearSaid();
    ASSERT_EQ(said.seq(), static_cast<uint64_t>(i));
    ASSERT_EQ(said.text(), std::to_string(i));
  }
}

TEST_P(RoomTest, LeavingIsHeard) {
  NativeClient ann(server_.port()), bob(server_.port());
  ann.Enter("ann");
  bob.Enter("bob");
  ann.Hear();
  pb::ClientFrame logout;
  logout.mutable_logout();
  EXPECT_TRUE(bob.Ask(std::move(logout)).has_logout());
  EXPECT_EQ(bob.Hear().goodbye().code(), pb::LOGGED_OUT);
  EXPECT_TRUE(bob.AwaitClose());
  const pb::ServerFrame left = ann.Hear();
  EXPECT_EQ(left.left().alias(), "bob");
  EXPECT_EQ(left.left().reason(), pb::LEFT);

  NativeClient cat(server_.port());
  cat.Enter("cat");
  ann.Hear();
  cat.Close();
  EXPECT_EQ(ann.Hear().left().reason(), pb::DISCONNECTED);
}

INSTANTIATE_TEST_SUITE_P(IoThreads, RoomTest, testing::Values(1, 3));

}  // namespace
}  // namespace chat77::test
