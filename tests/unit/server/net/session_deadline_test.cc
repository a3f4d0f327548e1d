// Deadlines as the shard keeps them: it looks at a session when something may
// be due, and at most of them hardly ever.

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "tests/support/shard_harness.h"

namespace chat77::server {
namespace {

using test::Frame;
using test::Hello;
using test::ReplyOf;
using test::ShardHarness;
using Words = std::vector<std::string>;

ShardOptions Short() {
  ShardOptions options;
  options.connection.keep_alive = absl::Seconds(2);
  options.connection.dead_after = absl::Seconds(5);
  options.connection.login_time = absl::Seconds(3);
  return options;
}

// How exact they are: to two looks.
constexpr absl::Duration kExact = absl::Seconds(2);

class SessionDeadlineTest : public testing::Test {
 protected:
  explicit SessionDeadlineTest(const ShardOptions& options = Short())
      : harness_(options) {
    harness_.Advance(absl::Milliseconds(300));  // in between two looks
  }

  // `words` of them are heard so long after `since`, within kExact.
  void ExpectHeard(uint64_t id, const Words& words, absl::Time since,
                   absl::Duration after) {
    harness_.Takes(
        [&] { return harness_.peer(id).Heard().size() >= words.size(); });
    ASSERT_EQ(harness_.peer(id).Heard(), words) << id;
    const absl::Duration took = harness_.Now() - since;
    EXPECT_GE(took, after) << id;
    EXPECT_LE(took, after + kExact) << id;
  }
  ShardHarness harness_;
};

TEST_F(SessionDeadlineTest, SilenceIsProbedAndThenTheEnd) {
  harness_.Enter(1);
  const absl::Time start = harness_.Now();
  ExpectHeard(1, {"k"}, start, absl::Seconds(2));
  ExpectHeard(1, {"k", "g204"}, start, absl::Seconds(5));
  harness_.peer(1).HangUp();
  harness_.Poll();
  EXPECT_EQ(harness_.shard().sessions(), 0u);
}

TEST_F(SessionDeadlineTest, WhoeverSpeaksNowAndThenStays) {
  harness_.Enter(1);
  pb::ClientFrame ping;
  ping.mutable_ping();
  for (int i = 0; i < 7; ++i) {
    harness_.Advance(absl::Seconds(1));
    harness_.peer(1).Send(Frame(7, ping));
  }
  harness_.Poll();
  EXPECT_EQ(harness_.peer(1).Heard(), Words(7, "r7"));
  // Its silence counts from the last word.
  ExpectHeard(1, {"r7", "r7", "r7", "r7", "r7", "r7", "r7", "k"},
              harness_.Now(), absl::Seconds(2));
}

// A probe and the login's end may fall into one look: none here.
class LoginTimeTest : public SessionDeadlineTest {
 protected:
  LoginTimeTest() : SessionDeadlineTest(WithoutProbes()) {}

 private:
  static ShardOptions WithoutProbes() {
    ShardOptions options = Short();
    options.connection.keep_alive = absl::Minutes(1);
    options.connection.dead_after = absl::Minutes(2);
    return options;
  }
};

TEST_F(LoginTimeTest, IsKept) {
  const absl::Time start = harness_.Now();
  harness_.Connect(1);
  harness_.Connect(2).Send(Hello());
  ExpectHeard(1, {"g203"}, start, absl::Seconds(3));
  ExpectHeard(2, {"r1", "g203"}, start, absl::Seconds(3));
}

TEST_F(SessionDeadlineTest, ManyThatAreInNoDangerStay) {
  for (uint64_t id = 1; id <= 100; ++id) harness_.Enter(id);
  pb::ClientFrame ping;
  ping.mutable_ping();
  for (int i = 0; i < 6; ++i) {
    harness_.Advance(absl::Seconds(1));
    for (uint64_t id = 2; id <= 100; ++id)
      harness_.peer(id).Send(Frame(7, ping));
  }
  harness_.Advance(absl::Milliseconds(1500));
  EXPECT_EQ(harness_.core().closed, 1);
}

// Deadlines that come nearer when a session has been looked at and is not to be
// for long.
class SessionLookTest : public SessionDeadlineTest {
 protected:
  static ShardOptions Long() {
    ShardOptions options;
    options.connection.login_time = absl::Seconds(1);
    return options;
  }
  SessionLookTest() : SessionDeadlineTest(Long()) {}
  void BeLookedAt() { harness_.Advance(absl::Milliseconds(2200)); }
};

// While a password is being checked there is no deadline for it.
TEST_F(SessionLookTest, LoginTimeGoesOnAfterAWrongPassword) {
  pb::ClientFrame frame;
  frame.mutable_login()->set_alias("ann");
  harness_.Connect(1).Send(Hello() + Frame(2, frame));
  BeLookedAt();
  EXPECT_EQ(harness_.peer(1).Heard(), Words{"r1"});
  const absl::Time answered = harness_.Now();
  harness_.Deliver(1, ReplyOf(2, 0));
  ExpectHeard(1, {"r1", "r2", "g203"}, answered, absl::Seconds(1));
}

TEST_F(SessionLookTest, WhoDoesNotReadItsGoodbyeIsLetGo) {
  harness_.Enter(1);
  BeLookedAt();
  for (int i = 0; i < 50; ++i) harness_.Deliver(1, ReplyOf(0, 60'000));
  harness_.shard().CloseSession(SessionId{1}, pb::TAKEN_OVER, "Elsewhere.", 0);
  const absl::Duration took =
      harness_.Takes([&] { return harness_.shard().sessions() == 0; });
  EXPECT_GE(took, Session::kLinger - absl::Seconds(1));  // a look's time
  EXPECT_LE(took, Session::kLinger + kExact);
}

}  // namespace
}  // namespace chat77::server
