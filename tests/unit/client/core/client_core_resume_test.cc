// ClientCore with a server that grants FEATURE_RESUME, and what becomes of
// requests when connections break.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/client_core.h"
#include "proto/limits.h"

namespace chat77::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ClientCoreResumeTest : public ::testing::Test {
 protected:
  Moment Now() const { return {now_, 0, now_}; }
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
  std::optional<pb::ClientFrame> Sent() {
    while (auto order = core_.PollOrder()) {
      if (auto* frame = std::get_if<pb::ClientFrame>(&*order)) return *frame;
    }
    return std::nullopt;
  }
  // The requests sent since, in order.
  std::vector<uint64_t> SentIds() {
    std::vector<uint64_t> ids;
    while (auto frame = Sent()) ids.push_back(frame->request_id());
    return ids;
  }

  void Greet(uint64_t features = pb::FEATURE_RESUME) {
    core_.OnConnected(Now());
    pb::ServerFrame frame;
    frame.set_reply_to(1);
    frame.mutable_hello()->set_features(features);
    core_.OnFrame(frame, Now());
  }
  void Fill(pb::LoginReply& reply, uint64_t seq) {
    reply.set_alias("Ann");
    auto& room = *reply.add_rooms();
    room.set_room(wire::kLobby);
    room.set_kind(pb::LOBBY);
    room.set_epoch(9);
    room.set_seq(seq);
    reply.set_resumed(resumed_);
  }
  // Answers the Login or Resume that was sent, and returns it.
  pb::ClientFrame Accept(uint64_t seq = 0) {
    const pb::ClientFrame sent = Sent().value_or(pb::ClientFrame());
    pb::ServerFrame frame;
    frame.set_reply_to(sent.request_id());
    if (sent.has_resume()) {
      Fill(*frame.mutable_resume(), seq);
    } else {
      frame.mutable_login()->set_device_token("token");
      Fill(*frame.mutable_login(), seq);
    }
    core_.OnFrame(frame, Now());
    return sent;
  }
  void Refuse(pb::Code code) {
    pb::ServerFrame frame;
    frame.set_reply_to(Sent().value_or(pb::ClientFrame()).request_id());
    frame.mutable_error()->set_code(code);
    core_.OnFrame(frame, Now());
  }
  void GoOnline(uint64_t features = pb::FEATURE_RESUME) {
    core_.Start(Credentials{"ann", "secret"}, Now());
    Greet(features);
    Accept();
    ASSERT_TRUE(Next<Online>());
  }
  void Break() { core_.OnClosed(pb::CODE_UNSPECIFIED, "It broke.", Now()); }
  // From Break to the next greeting.
  void ComeBack(uint64_t features = pb::FEATURE_RESUME) {
    Wait(absl::Seconds(1));
    resumed_ = true;
    Greet(features);
  }
  uint64_t Send(const pb::ClientFrame& frame) {
    return core_.Send(frame, Now());
  }
  static pb::ClientFrame Say(const std::string& text = "hi") {
    pb::ClientFrame frame;
    frame.mutable_say()->set_text(text);
    return frame;
  }
  static pb::ClientFrame Private(const std::string& text = "psst") {
    pb::ClientFrame frame;
    frame.mutable_send_private()->set_alias("bob");
    frame.mutable_send_private()->set_text(text);
    return frame;
  }
  void Answer(uint64_t id, uint64_t seq) {
    pb::ServerFrame reply;
    reply.set_reply_to(id);
    reply.mutable_say()->set_seq(seq);
    core_.OnFrame(reply, Now());
  }
  void Miss(uint64_t from, uint64_t to) {
    pb::ServerFrame frame;
    frame.mutable_missed()->set_room(wire::kLobby);
    frame.mutable_missed()->set_from_seq(from);
    frame.mutable_missed()->set_to_seq(to);
    core_.OnFrame(frame, Now());
  }
  void RefuseTo(uint64_t id, pb::Code code, uint32_t retry_after_ms = 0) {
    pb::ServerFrame frame;
    frame.set_reply_to(id);
    frame.mutable_error()->set_code(code);
    frame.mutable_error()->set_retry_after_ms(retry_after_ms);
    core_.OnFrame(frame, Now());
  }

  ClientCore core_{CoreOptions{.server = "127.0.0.1:7700"}};
  absl::Time now_ = absl::FromUnixSeconds(1000);
  bool resumed_ = false;
};

TEST_F(ClientCoreResumeTest, ResumesWhereItStood) {
  GoOnline();
  pb::ServerFrame said;
  said.mutable_said()->set_room(wire::kLobby);
  said.mutable_said()->set_seq(1);
  core_.OnFrame(said, Now());
  Break();
  ComeBack();
  const pb::Resume resume = Accept(1).resume();
  EXPECT_EQ(resume.device_token(), "token");
  EXPECT_EQ(resume.epoch(), 9u);
  EXPECT_EQ(resume.seq(), 1u);
  EXPECT_FALSE(resume.take_over());
  const auto online = Next<Online>();
  EXPECT_TRUE(online->again);
  EXPECT_TRUE(online->resumed);
  EXPECT_EQ(Next<CaughtUp>()->count, 0u);
}

TEST_F(ClientCoreResumeTest, UnknownTokenMeansThePassword) {
  GoOnline();
  Break();
  ComeBack();
  Refuse(pb::TOKEN_INVALID);
  resumed_ = false;
  EXPECT_EQ(Accept().login().password(), "secret");
  EXPECT_FALSE(Next<Online>()->resumed);
}

TEST_F(ClientCoreResumeTest, AnotherDeviceIsFinal) {
  GoOnline();
  Break();
  ComeBack();
  Refuse(pb::ALREADY_ONLINE);
  ASSERT_TRUE(Next<Offline>()->retry_in) << "the one of before";
  const auto end = Next<Offline>();
  EXPECT_EQ(end->trouble, Trouble::kEnded);
  EXPECT_EQ(end->retry_in, std::nullopt);
}

TEST_F(ClientCoreResumeTest, BusyResumeIsTriedAgain) {
  GoOnline();
  Break();
  ComeBack();
  Refuse(pb::BUSY);
  Wait(absl::Seconds(2));
  Greet();
  EXPECT_TRUE(Accept().has_resume());
}

TEST_F(ClientCoreResumeTest, RevokedDeviceIsFinal) {
  GoOnline();
  core_.OnClosed(pb::DEVICE_REVOKED, "Revoked.", Now());
  EXPECT_EQ(Next<Offline>()->retry_in, std::nullopt);
}

TEST_F(ClientCoreResumeTest, UnansweredIsSentAgain) {
  GoOnline();
  const uint64_t first = Send(Say("one"));
  const uint64_t second = Send(Say("two"));
  const auto before = Sent();
  Break();
  const uint64_t third = Send(Say("three"));
  ComeBack();
  Accept();
  const auto after = Sent();
  EXPECT_EQ(after->message_id(), before->message_id());
  EXPECT_NE(after->message_id(), 0u);
  EXPECT_EQ(after->say().text(), "one");
  EXPECT_EQ(after->request_id(), first);
  EXPECT_THAT(SentIds(), ElementsAre(second, third));
  Answer(first, 1);
  Answer(first, 1);
  EXPECT_EQ(Next<Replied>()->id, first);
  EXPECT_FALSE(Next<Replied>()) << "exactly once";
}

// It may have been done the first time: "not now" is no answer to that.
TEST_F(ClientCoreResumeTest, WhatWasSentBeforeIsAskedUntilItIsAnswered) {
  GoOnline();
  const uint64_t say = Send(Say("one"));
  EXPECT_THAT(SentIds(), ElementsAre(say));
  Break();
  ComeBack();
  Accept();
  const auto again = Sent();
  RefuseTo(say, pb::UNAVAILABLE);
  EXPECT_FALSE(Next<Replied>());
  EXPECT_THAT(SentIds(), ElementsAre());
  Wait(absl::Seconds(1));
  EXPECT_EQ(Sent()->message_id(), again->message_id());
  Answer(say, 1);
  EXPECT_EQ(Next<Replied>()->id, say);
  Wait(absl::Seconds(1));
  EXPECT_THAT(SentIds(), ElementsAre());
}

TEST_F(ClientCoreResumeTest, WhatWasSentOnceIsRefused) {
  GoOnline();
  const uint64_t say = Send(Say("one"));
  RefuseTo(say, pb::UNAVAILABLE);
  EXPECT_EQ(Next<Replied>()->id, say);
}

TEST_F(ClientCoreResumeTest, ListsCarryNoMessageId) {
  GoOnline();
  pb::ClientFrame list;
  list.mutable_list_online();
  const uint64_t id = Send(list);
  EXPECT_EQ(Sent()->message_id(), 0u);
  Break();
  ComeBack();
  Accept();
  EXPECT_THAT(SentIds(), ElementsAre(id));
}

TEST_F(ClientCoreResumeTest, KeepsTheCallersMessageId) {
  GoOnline();
  pb::ClientFrame say = Say();
  say.set_message_id(42);
  Send(say);
  EXPECT_EQ(Sent()->message_id(), 42u);
}

TEST_F(ClientCoreResumeTest, FinalEndFailsAll) {
  GoOnline();
  const uint64_t sent = Send(Say());
  Break();
  const uint64_t unsent = Send(Say());
  core_.Logout(Now());
  auto replied = Next<Replied>();
  EXPECT_EQ(replied->id, sent);
  EXPECT_EQ(replied->frame.error().code(), pb::UNAVAILABLE);
  EXPECT_THAT(replied->frame.error().sentence(), HasSubstr("not known"));
  replied = Next<Replied>();
  EXPECT_EQ(replied->id, unsent);
  EXPECT_THAT(replied->frame.error().sentence(), HasSubstr("Not sent"));
}

TEST_F(ClientCoreResumeTest, WaitingRequestsAreBounded) {
  GoOnline();
  Break();
  for (size_t i = 0; i < PendingRequests::kWaiting; ++i) Send(Say());
  EXPECT_FALSE(Next<Replied>());
  const uint64_t id = Send(Say());
  const auto replied = Next<Replied>();
  EXPECT_EQ(replied->id, id);
  EXPECT_EQ(replied->frame.error().code(), pb::BUSY);
}

TEST_F(ClientCoreResumeTest, OldServerGetsNothingTwice) {
  GoOnline(pb::FEATURE_NONE);
  const uint64_t sent = Send(Say());
  Break();
  EXPECT_EQ(Next<Replied>()->id, sent);
  const uint64_t queued = Send(Say());
  Wait(absl::Seconds(1));
  Greet(pb::FEATURE_NONE);
  EXPECT_TRUE(Accept().has_login());
  EXPECT_THAT(SentIds(), ElementsAre(queued));
}

TEST_F(ClientCoreResumeTest, ServerThatForgotTheFeature) {
  GoOnline();
  const uint64_t sent = Send(Say());
  Break();
  Wait(absl::Seconds(1));
  Greet(pb::FEATURE_NONE);
  EXPECT_TRUE(Accept().has_login());
  EXPECT_EQ(Next<Replied>()->id, sent);
  EXPECT_FALSE(Sent());
}

// A frame that ends every connection is not sent for ever.
TEST_F(ClientCoreResumeTest, BlamedFrameIsNotSentAgain) {
  GoOnline();
  const uint64_t id = Send(Say());
  core_.OnClosed(pb::FRAME_TOO_LONG, "Too long.", Now());
  EXPECT_EQ(Next<Replied>()->id, id);
  ComeBack();
  Accept();
  EXPECT_FALSE(Sent());
}

// Whether or not the stay has ended: the server remembers them.
TEST_F(ClientCoreResumeTest, PrivateRequestsAreSentAgain) {
  GoOnline();
  const uint64_t told = Send(Private());
  const auto before = Sent();
  ASSERT_TRUE(before);
  EXPECT_NE(before->message_id(), 0u);
  Break();
  ComeBack();
  resumed_ = false;
  Accept();
  const auto after = Sent();
  ASSERT_TRUE(after);
  EXPECT_EQ(after->request_id(), told);
  EXPECT_EQ(after->message_id(), before->message_id());
  RefuseTo(told, pb::BUSY);
  EXPECT_FALSE(Next<Replied>()) << "what came of it before is not known";
  Wait(absl::Seconds(1));
  EXPECT_THAT(SentIds(), ElementsAre(told));
}

TEST_F(ClientCoreResumeTest, WhatAStoppingServerRefusesWaitsForTheNext) {
  GoOnline();
  const uint64_t say = Send(Say());
  EXPECT_THAT(SentIds(), ElementsAre(say));
  RefuseTo(say, pb::SERVER_STOPPING);
  EXPECT_FALSE(Next<Replied>());
  Break();
  ComeBack();
  Accept();
  EXPECT_THAT(SentIds(), ElementsAre(say));
}

TEST_F(ClientCoreResumeTest, AsksAgainForAPageThatIsBusy) {
  GoOnline();
  Miss(1, 2);
  const auto first = Sent();
  ASSERT_TRUE(first && first->has_fetch_history());
  RefuseTo(first->request_id(), pb::BUSY, 700);
  EXPECT_EQ(core_.unanswered(), 1u);
  EXPECT_EQ(core_.NextDeadline(), now_ + absl::Milliseconds(700));
  EXPECT_FALSE(Sent());
  Wait(absl::Milliseconds(700));
  const auto second = Sent();
  ASSERT_TRUE(second && second->has_fetch_history());
  EXPECT_NE(second->request_id(), first->request_id());
  EXPECT_EQ(second->fetch_history().after_seq(), 0u);
  EXPECT_FALSE(Next<Gap>());
}

TEST_F(ClientCoreResumeTest, AsksForAPageSoOftenAndNoMore) {
  GoOnline();
  Miss(1, 2);
  for (int i = 1; i < PageRequests::kTries; ++i) {
    RefuseTo(Sent().value_or(pb::ClientFrame()).request_id(), pb::UNAVAILABLE);
    EXPECT_FALSE(Next<Gap>()) << i;
    Wait(core_.NextDeadline() - now_);
  }
  RefuseTo(Sent().value_or(pb::ClientFrame()).request_id(), pb::UNAVAILABLE);
  EXPECT_TRUE(Next<Gap>());
  EXPECT_EQ(core_.NextDeadline(), absl::InfiniteFuture());
}

TEST_F(ClientCoreResumeTest, PageThatIsRefusedForGoodIsAGap) {
  GoOnline();
  Miss(1, 2);
  RefuseTo(Sent().value_or(pb::ClientFrame()).request_id(), pb::NO_SUCH_ROOM);
  EXPECT_TRUE(Next<Gap>());
}

TEST_F(ClientCoreResumeTest, WithdrawingIsAPrivateChange) {
  GoOnline();
  pb::ClientFrame withdraw;
  withdraw.mutable_withdraw_request()->set_alias("bob");
  Send(withdraw);
  EXPECT_NE(Sent()->message_id(), 0u);
  pb::ClientFrame block;
  block.mutable_block()->set_alias("bob");
  Send(block);
  EXPECT_EQ(Sent()->message_id(), 0u) << "blocking twice is blocking once";
}

// A second kick, mute or password would be another one.
TEST_F(ClientCoreResumeTest, WhatMayNotBeRepeatedIsNotSentAgain) {
  GoOnline();
  pb::ClientFrame kick;
  kick.mutable_kick()->set_alias("bob");
  const uint64_t sent = Send(kick);
  EXPECT_THAT(SentIds(), ElementsAre(sent));
  Break();
  const auto replied = Next<Replied>();
  ASSERT_TRUE(replied);
  EXPECT_EQ(replied->id, sent);
  EXPECT_EQ(replied->frame.error().code(), pb::UNAVAILABLE);
  const uint64_t unsent = Send(kick);
  ComeBack();
  Accept();
  EXPECT_THAT(SentIds(), ElementsAre(unsent)) << "that one was never sent";
  RefuseTo(unsent, pb::SERVER_STOPPING);
  EXPECT_EQ(Next<Replied>()->frame.error().code(), pb::SERVER_STOPPING);
}

TEST_F(ClientCoreResumeTest, NewPasswordIsTheOneOfTheNextLogin) {
  GoOnline();
  pb::ClientFrame change;
  change.mutable_change_password()->set_old_password("secret");
  change.mutable_change_password()->set_new_password("better");
  pb::ServerFrame reply;
  reply.set_reply_to(Send(change));
  reply.mutable_change_password();
  EXPECT_THAT(SentIds(), ::testing::SizeIs(1));
  core_.OnFrame(reply, Now());
  Break();
  ComeBack();
  Refuse(pb::TOKEN_INVALID);
  EXPECT_EQ(Sent()->login().password(), "better");
}

TEST_F(ClientCoreResumeTest, RateLimitIsNoAnswerToWhatWasSentBefore) {
  GoOnline();
  const uint64_t say = Send(Say());
  Break();
  ComeBack();
  Accept();
  EXPECT_THAT(SentIds(), ElementsAre(say));
  RefuseTo(say, pb::RATE_LIMITED, 3000);
  EXPECT_FALSE(Next<Replied>());
  Wait(absl::Seconds(2));
  EXPECT_THAT(SentIds(), ElementsAre());
  Wait(absl::Seconds(1));
  EXPECT_THAT(SentIds(), ElementsAre(say));
}

TEST_F(ClientCoreResumeTest, RateLimitOfPagesIsWaitedFor) {
  GoOnline();
  Miss(1, 2);
  RefuseTo(Sent()->request_id(), pb::RATE_LIMITED, 700);
  EXPECT_EQ(core_.NextDeadline(), now_ + absl::Milliseconds(700));
}

}  // namespace
}  // namespace chat77::client
