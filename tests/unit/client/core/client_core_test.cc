#include "client/core/client_core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/limits.h"

namespace chat77::client {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1000);

class ClientCoreTest : public ::testing::Test {
 protected:
  Moment Now() const { return {now_, jitter_}; }
  void Wait(absl::Duration time) {
    now_ += time;
    core_.OnDeadline(Now());
  }

  template <class T>
  std::optional<T> Next() {
    while (auto event = core_.PollEvent()) {
      if (auto* found = std::get_if<T>(&*event)) return *found;
    }
    return std::nullopt;
  }

  // The next frame the core sends; other orders before it are dropped.
  std::optional<pb::ClientFrame> Sent() {
    while (auto order = core_.PollOrder()) {
      if (auto* frame = std::get_if<pb::ClientFrame>(&*order)) return *frame;
    }
    return std::nullopt;
  }
  template <class T>
  bool Ordered() {
    auto order = core_.PollOrder();
    return order && std::holds_alternative<T>(*order);
  }

  void Greet() {
    core_.OnConnected(Now());
    pb::ServerFrame frame;
    frame.set_reply_to(1);
    frame.mutable_hello()->set_software("test");
    core_.OnFrame(frame, Now());
  }
  void Accept(uint64_t seq = 0) {
    const auto sent = Sent();
    ASSERT_TRUE(sent && sent->has_login());
    pb::ServerFrame frame;
    frame.set_reply_to(sent->request_id());
    frame.mutable_login()->set_alias("Ann");
    auto& room = *frame.mutable_login()->add_rooms();
    room.set_room(wire::kLobby);
    room.set_epoch(1);
    room.set_seq(seq);
    core_.OnFrame(frame, Now());
  }
  void Refuse(pb::Code code, uint32_t retry_after_ms = 0) {
    const auto sent = Sent();
    ASSERT_TRUE(sent);
    pb::ServerFrame frame;
    frame.set_reply_to(sent->request_id());
    frame.mutable_error()->set_code(code);
    frame.mutable_error()->set_sentence("No.");
    frame.mutable_error()->set_retry_after_ms(retry_after_ms);
    core_.OnFrame(frame, Now());
  }
  void Goodbye(pb::Code code, uint32_t retry_after_ms = 0) {
    pb::ServerFrame frame;
    frame.mutable_goodbye()->set_code(code);
    frame.mutable_goodbye()->set_sentence("Bye.");
    frame.mutable_goodbye()->set_retry_after_ms(retry_after_ms);
    core_.OnFrame(frame, Now());
    core_.OnClosed(code, "Bye.", Now());
  }
  void Break() { core_.OnClosed(pb::CODE_UNSPECIFIED, "It broke.", Now()); }
  void GoOnline(uint64_t seq = 0) {
    core_.Start(Credentials{"ann", "secret"}, Now());
    Greet();
    Accept(seq);
    ASSERT_TRUE(Next<Online>());
  }
  void Hear(uint64_t seq) {
    pb::ServerFrame frame;
    frame.mutable_said()->set_room(wire::kLobby);
    frame.mutable_said()->set_seq(seq);
    core_.OnFrame(frame, Now());
  }
  pb::ClientFrame Say(const std::string& text) {
    pb::ClientFrame frame;
    frame.mutable_say()->set_text(text);
    return frame;
  }

  ClientCore core_{CoreOptions{.server = "127.0.0.1:7700"}};
  absl::Time now_ = kStart;
  double jitter_ = 0;
};

TEST_F(ClientCoreTest, LogsIn) {
  core_.Start(Credentials{"ann", "secret", false, true}, Now());
  EXPECT_TRUE(Ordered<Connect>());
  Greet();
  EXPECT_EQ(core_.state(), State::kLoggingIn);
  const auto sent = Sent();
  ASSERT_TRUE(sent);
  EXPECT_GT(sent->request_id(), 1u);
  EXPECT_EQ(sent->login().alias(), "ann");
  EXPECT_EQ(sent->login().password(), "secret");
  EXPECT_TRUE(sent->login().take_over());
}

TEST_F(ClientCoreTest, OnlineNamesTheAlias) {
  GoOnline();
  EXPECT_EQ(core_.state(), State::kOnline);
  EXPECT_EQ(core_.alias(), "Ann");
}

TEST_F(ClientCoreTest, RegistersThenLogsIn) {
  core_.Start(Credentials{"ann", "secret", true}, Now());
  Greet();
  const auto sent = Sent();
  ASSERT_TRUE(sent && sent->has_register_());
  pb::ServerFrame frame;
  frame.set_reply_to(sent->request_id());
  frame.mutable_register_()->set_alias("ann");
  core_.OnFrame(frame, Now());
  EXPECT_TRUE(Next<Registered>());
  Accept();
  EXPECT_TRUE(Next<Online>());
}

TEST_F(ClientCoreTest, LostRegistrationIsTriedAsLogin) {
  core_.Start(Credentials{"ann", "secret", true}, Now());
  Greet();
  ASSERT_TRUE(Sent()->has_register_());
  Break();
  Wait(absl::Seconds(1));
  Greet();
  Refuse(pb::ALIAS_TAKEN);
  Accept();
  EXPECT_TRUE(Next<Online>());
}

TEST_F(ClientCoreTest, TakenNameIsFinal) {
  core_.Start(Credentials{"ann", "secret", true}, Now());
  Greet();
  Refuse(pb::ALIAS_TAKEN);
  const auto offline = Next<Offline>();
  ASSERT_TRUE(offline);
  EXPECT_EQ(offline->retry_in, std::nullopt);
  EXPECT_EQ(offline->code, pb::ALIAS_TAKEN);
}

TEST_F(ClientCoreTest, WithoutCredentialsOnlyAsks) {
  core_.Start(std::nullopt, Now());
  EXPECT_TRUE(Ordered<Connect>());
  Greet();
  EXPECT_EQ(Next<Reachable>()->software, "test");
  EXPECT_TRUE(Ordered<Disconnect>());
  EXPECT_EQ(core_.state(), State::kOffline);
  core_.Start(Credentials{"ann", "secret"}, Now());
  EXPECT_EQ(core_.state(), State::kConnecting);
}

TEST_F(ClientCoreTest, RefusedLoginIsFinal) {
  for (const pb::Code code : {pb::BAD_CREDENTIALS, pb::ALREADY_ONLINE}) {
    core_.Start(Credentials{"ann", "wrong"}, Now());
    Greet();
    Refuse(code);
    const auto offline = Next<Offline>();
    ASSERT_TRUE(offline);
    EXPECT_EQ(offline->trouble, Trouble::kRefused);
    EXPECT_EQ(offline->code, code);
    EXPECT_EQ(offline->why, "No.");
    EXPECT_EQ(offline->retry_in, std::nullopt);
    EXPECT_EQ(core_.NextDeadline(), absl::InfiniteFuture());
  }
}

TEST_F(ClientCoreTest, FinalGoodbyes) {
  for (const pb::Code code : {pb::TAKEN_OVER, pb::LOGGED_OUT}) {
    GoOnline();
    Goodbye(code);
    EXPECT_EQ(Next<Offline>()->retry_in, std::nullopt);
    EXPECT_EQ(core_.state(), State::kOffline);
  }
}

TEST_F(ClientCoreTest, OldVersionIsFinal) {
  core_.Start(Credentials{"ann", "secret"}, Now());
  core_.OnConnected(Now());
  Goodbye(pb::VERSION_UNSUPPORTED);
  const auto offline = Next<Offline>();
  EXPECT_EQ(offline->trouble, Trouble::kRefused);
  EXPECT_EQ(offline->retry_in, std::nullopt);
}

TEST_F(ClientCoreTest, UnreachableAtFirstIsFinal) {
  core_.Start(Credentials{"ann", "secret"}, Now());
  core_.OnConnectFailed("Nobody.", Now());
  const auto offline = Next<Offline>();
  EXPECT_EQ(offline->trouble, Trouble::kUnreachable);
  EXPECT_EQ(offline->why, "Nobody.");
  EXPECT_EQ(offline->retry_in, std::nullopt);
}

TEST_F(ClientCoreTest, BacksOffFromOneToTenSeconds) {
  GoOnline();
  Break();
  std::vector<double> delays;
  for (int i = 0; i < 8; ++i) {
    delays.push_back(absl::ToDoubleSeconds(*Next<Offline>()->retry_in));
    EXPECT_EQ(core_.NextDeadline(), now_ + absl::Seconds(delays.back()));
    Wait(absl::Seconds(delays.back()));
    EXPECT_EQ(core_.state(), State::kConnecting);
    core_.OnConnectFailed("Nobody.", Now());
  }
  EXPECT_THAT(delays, ::testing::ElementsAre(1, 2, 4, 8, 10, 10, 10, 10));
}

TEST_F(ClientCoreTest, JitterTakesUpToHalf) {
  jitter_ = 0.5;
  GoOnline();
  Break();
  EXPECT_EQ(*Next<Offline>()->retry_in, absl::Milliseconds(750));
}

TEST_F(ClientCoreTest, StableConnectionIsTriedAgainQuickly) {
  GoOnline();
  Break();
  EXPECT_EQ(*Next<Offline>()->retry_in, absl::Seconds(1));
  Wait(absl::Seconds(1));
  Greet();
  Accept();
  Break();  // at once
  EXPECT_EQ(*Next<Offline>()->retry_in, absl::Seconds(2));
  Wait(absl::Seconds(2));
  Greet();
  Accept();
  now_ += ReconnectOptions().stable;
  Break();
  EXPECT_EQ(*Next<Offline>()->retry_in, absl::Milliseconds(100));
  Wait(absl::Milliseconds(100));
  core_.OnConnectFailed("Nobody.", Now());
  EXPECT_EQ(*Next<Offline>()->retry_in, absl::Seconds(1));
}

TEST_F(ClientCoreTest, ServersHintIsHonoured) {
  GoOnline();
  Goodbye(pb::SERVER_STOPPING, 5000);
  EXPECT_EQ(*Next<Offline>()->retry_in, absl::Seconds(5));
}

TEST_F(ClientCoreTest, BusyLoginIsTriedAgain) {
  core_.Start(Credentials{"ann", "secret"}, Now());
  Greet();
  Refuse(pb::BUSY, 3000);
  EXPECT_TRUE(Ordered<Disconnect>());
  EXPECT_EQ(*Next<Offline>()->retry_in, absl::Seconds(3));
  Wait(absl::Seconds(3));
  Greet();
  Accept();
  EXPECT_FALSE(Next<Online>()->again);
}

TEST_F(ClientCoreTest, OwnGhostIsWaitedFor) {
  GoOnline();
  Break();
  Wait(absl::Seconds(1));
  Greet();
  Refuse(pb::ALREADY_ONLINE);
  EXPECT_TRUE(Next<Offline>()->retry_in);
  now_ += LoginSteps::kGhost;
  Wait(absl::ZeroDuration());
  Greet();
  Refuse(pb::ALREADY_ONLINE);
  std::optional<Offline> last;
  while (auto offline = Next<Offline>()) last = offline;
  EXPECT_EQ(last->retry_in, std::nullopt) << "somebody else is logged in";
}

TEST_F(ClientCoreTest, NoReconnectForScripts) {
  core_ = ClientCore(CoreOptions{.reconnect = false});
  GoOnline();
  Break();
  const auto offline = Next<Offline>();
  EXPECT_EQ(offline->trouble, Trouble::kTemporary);
  EXPECT_EQ(offline->retry_in, std::nullopt);
}

TEST_F(ClientCoreTest, RepliesFindTheirRequests) {
  GoOnline();
  const uint64_t first = core_.Send(Say("one"), Now());
  const uint64_t second = core_.Send(Say("two"), Now());
  EXPECT_NE(first, second);
  EXPECT_EQ(Sent()->request_id(), first);
  pb::ServerFrame reply;
  reply.set_reply_to(second);
  reply.mutable_say()->set_seq(1);
  core_.OnFrame(reply, Now());
  const auto said = Next<RoomSaid>();
  ASSERT_TRUE(said);
  EXPECT_TRUE(said->own);
  EXPECT_EQ(said->said.text(), "two");
  EXPECT_EQ(said->said.alias(), "Ann");
  EXPECT_EQ(Next<Replied>()->id, second);
  EXPECT_EQ(core_.unanswered(), 1u);
  core_.OnFrame(reply, Now());  // nobody waits for it any more
  EXPECT_FALSE(core_.PollEvent());
}

TEST_F(ClientCoreTest, LostConnectionAnswersEveryRequest) {
  GoOnline();
  const uint64_t id = core_.Send(Say("one"), Now());
  Break();
  const auto replied = Next<Replied>();
  ASSERT_TRUE(replied);
  EXPECT_EQ(replied->id, id);
  EXPECT_EQ(replied->frame.error().code(), pb::UNAVAILABLE);
}

TEST_F(ClientCoreTest, RequestWhileOfflineIsRefused) {
  const uint64_t id = core_.Send(Say("one"), Now());
  const auto replied = Next<Replied>();
  EXPECT_EQ(replied->id, id);
  EXPECT_EQ(replied->frame.error().code(), pb::NOT_LOGGED_IN);
  EXPECT_FALSE(core_.PollOrder());
}

TEST_F(ClientCoreTest, ReconnectFetchesWhatWasMissed) {
  GoOnline(3);
  Hear(4);
  Break();
  Wait(absl::Seconds(1));
  Greet();
  Accept(6);
  const auto fetch = Sent();
  ASSERT_TRUE(fetch && fetch->has_fetch_history());
  EXPECT_EQ(fetch->fetch_history().after_seq(), 4u);
  EXPECT_TRUE(Next<Online>()->again);
  Hear(7);
  pb::ServerFrame page;
  page.set_reply_to(fetch->request_id());
  for (uint64_t seq : {4, 5, 6}) {
    page.mutable_fetch_history()->add_messages()->set_seq(seq);
  }
  core_.OnFrame(page, Now());
  std::vector<uint64_t> seqs;
  while (auto said = Next<RoomSaid>()) seqs.push_back(said->said.seq());
  EXPECT_THAT(seqs, ::testing::ElementsAre(5, 6, 7));
}

TEST_F(ClientCoreTest, StartForgetsPositions) {
  GoOnline(3);
  Goodbye(pb::TAKEN_OVER);
  GoOnline(9);
  EXPECT_FALSE(Sent()) << "nothing is fetched at a first login";
}

TEST_F(ClientCoreTest, LogoutIsPolite) {
  GoOnline();
  core_.Logout(Now());
  EXPECT_TRUE(Sent()->has_logout());
  Goodbye(pb::LOGGED_OUT);
  const auto offline = Next<Offline>();
  EXPECT_EQ(offline->trouble, Trouble::kEnded);
  EXPECT_EQ(offline->retry_in, std::nullopt);
}

TEST_F(ClientCoreTest, LogoutWaitsForReplies) {
  GoOnline();
  const uint64_t id = core_.Send(Say("one"), Now());
  core_.Logout(Now());
  EXPECT_EQ(Sent()->request_id(), id);
  EXPECT_FALSE(Sent()) << "no logout before the reply";
  pb::ServerFrame reply;
  reply.set_reply_to(id);
  reply.mutable_say()->set_seq(1);
  core_.OnFrame(reply, Now());
  EXPECT_TRUE(Sent()->has_logout());
}

TEST_F(ClientCoreTest, LogoutDoesNotWaitLongForReplies) {
  GoOnline();
  core_.Send(Say("one"), Now());
  core_.Logout(Now());
  EXPECT_TRUE(Sent()->has_say());
  Wait(absl::Seconds(3));
  EXPECT_TRUE(Sent()->has_logout());
  Wait(absl::Seconds(3));
  EXPECT_TRUE(Next<Replied>()->frame.has_error());
  EXPECT_EQ(Next<Offline>()->trouble, Trouble::kEnded);
}

TEST_F(ClientCoreTest, LogoutDoesNotWaitForEver) {
  GoOnline();
  core_.Logout(Now());
  ASSERT_TRUE(Sent()->has_logout());
  Wait(absl::Seconds(3));
  EXPECT_TRUE(Ordered<Disconnect>());
  EXPECT_EQ(Next<Offline>()->trouble, Trouble::kEnded);
}

TEST_F(ClientCoreTest, LogoutWhileWaitingEndsIt) {
  GoOnline();
  Break();
  core_.Logout(Now());
  EXPECT_EQ(core_.state(), State::kOffline);
  Wait(absl::Seconds(60));
  EXPECT_EQ(core_.state(), State::kOffline);
}

TEST_F(ClientCoreTest, SilentServerIsNoChat77) {
  core_.Start(Credentials{"ann", "secret"}, Now());
  core_.OnConnected(Now());
  Wait(absl::Seconds(5));
  const auto offline = Next<Offline>();
  ASSERT_TRUE(offline);
  EXPECT_EQ(offline->trouble, Trouble::kNotChat77);
  EXPECT_THAT(offline->why, ::testing::HasSubstr("127.0.0.1:7700"));
}

TEST_F(ClientCoreTest, ConnectingHasATimeLimit) {
  core_.Start(Credentials{"ann", "secret"}, Now());
  EXPECT_TRUE(Ordered<Connect>());
  Wait(absl::Seconds(10));
  EXPECT_TRUE(Ordered<Disconnect>());
  EXPECT_EQ(Next<Offline>()->trouble, Trouble::kUnreachable);
}

TEST_F(ClientCoreTest, EventsArePassedOn) {
  GoOnline();
  pb::ServerFrame frame;
  frame.mutable_private_requested()->set_alias("bob");
  core_.OnFrame(frame, Now());
  EXPECT_EQ(Next<pb::PrivateRequested>()->alias(), "bob");
}

TEST_F(ClientCoreTest, UnknownEventIsIgnored) {
  GoOnline();
  core_.OnFrame(pb::ServerFrame(), Now());
  EXPECT_FALSE(core_.PollEvent());
  EXPECT_EQ(core_.state(), State::kOnline);
}

TEST_F(ClientCoreTest, ServerThatIsNotTrustedIsFinal) {
  GoOnline();
  Break();
  Wait(absl::Seconds(1));
  core_.OnUntrusted("Another key.", Now());
  while (auto offline = Next<Offline>()) {
    if (offline->retry_in) continue;
    EXPECT_EQ(offline->trouble, Trouble::kUntrusted);
    EXPECT_EQ(offline->why, "Another key.");
  }
  EXPECT_EQ(core_.state(), State::kOffline);
}

TEST_F(ClientCoreTest, ServerMetIsTold) {
  core_.Start(Credentials{"ann", "secret"}, Now());
  core_.OnServerMet("First connection.");
  EXPECT_EQ(Next<ServerMet>()->sentence, "First connection.");
}

TEST_F(ClientCoreTest, PlainConnectionsAreNotTaken) {
  core_.Start(Credentials{"ann", "secret"}, Now());
  core_.OnConnected(Now());
  Goodbye(pb::TLS_REQUIRED);
  const auto offline = Next<Offline>();
  ASSERT_TRUE(offline && !offline->retry_in);
  EXPECT_EQ(offline->trouble, Trouble::kRefused);
  EXPECT_THAT(offline->why, ::testing::HasSubstr("--tls=on"));
}

TEST_F(ClientCoreTest, SentAwayIsFinal) {
  for (const pb::Code code : {pb::KICKED, pb::BANNED}) {
    GoOnline();
    Goodbye(code);
    const auto offline = Next<Offline>();
    ASSERT_TRUE(offline && !offline->retry_in);
    EXPECT_EQ(offline->code, code);
    EXPECT_EQ(offline->why, "Bye.");
  }
}

TEST_F(ClientCoreTest, BannedAtTheLoginIsFinal) {
  core_.Start(Credentials{"ann", "secret"}, Now());
  Greet();
  Goodbye(pb::BANNED);
  const auto offline = Next<Offline>();
  ASSERT_TRUE(offline && !offline->retry_in);
  EXPECT_EQ(offline->trouble, Trouble::kRefused);
}

TEST_F(ClientCoreTest, TooManyConnectionsIsTriedAgain) {
  core_.Start(Credentials{"ann", "secret"}, Now());
  core_.OnConnected(Now());
  Goodbye(pb::TOO_MANY_CONNECTIONS, 7000);
  const auto offline = Next<Offline>();
  ASSERT_TRUE(offline && offline->retry_in);
  EXPECT_GE(*offline->retry_in, absl::Seconds(7));
}

TEST_F(ClientCoreTest, RateOfLoginsIsWaitedFor) {
  core_.Start(Credentials{"ann", "secret"}, Now());
  Greet();
  Refuse(pb::RATE_LIMITED, 9000);
  const auto offline = Next<Offline>();
  ASSERT_TRUE(offline && offline->retry_in);
  EXPECT_GE(*offline->retry_in, absl::Seconds(9));
}

TEST_F(ClientCoreTest, RegistrationIsNotTriedInVain) {
  for (const auto registration :
       {pb::REGISTRATION_NOT_POSSIBLE, pb::REGISTRATION_BY_INVITATION}) {
    core_.Start(Credentials{"ann", "secret", true}, Now());
    core_.OnConnected(Now());
    pb::ServerFrame hello;
    hello.set_reply_to(1);
    hello.mutable_hello()->set_registration(registration);
    core_.OnFrame(hello, Now());
    EXPECT_FALSE(Sent());
    const auto offline = Next<Offline>();
    ASSERT_TRUE(offline && !offline->retry_in);
    EXPECT_EQ(offline->code, registration == pb::REGISTRATION_NOT_POSSIBLE
                                 ? pb::REGISTRATION_CLOSED
                                 : pb::INVITATION_INVALID);
  }
}

TEST_F(ClientCoreTest, RegistersWithAnInvitation) {
  core_.Start(Credentials{.alias = "ann",
                          .password = "secret",
                          .make_account = true,
                          .invitation = "abc"},
              Now());
  core_.OnConnected(Now());
  pb::ServerFrame hello;
  hello.set_reply_to(1);
  hello.mutable_hello()->set_registration(pb::REGISTRATION_BY_INVITATION);
  core_.OnFrame(hello, Now());
  const auto sent = Sent();
  ASSERT_TRUE(sent && sent->has_register_());
  EXPECT_EQ(sent->register_().invitation(), "abc");
}

}  // namespace
}  // namespace chat77::client
