#include "compat/legacy/pacer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chat77::compat::legacy {
namespace {

using ::testing::ElementsAre;

class PacerTest : public ::testing::Test {
 protected:
  // Everything that leaves, each write as `<ms since the first ask> <bytes>`.
  std::vector<std::string> Writes() {
    std::vector<std::string> writes;
    const absl::Time start = now_;
    while (!pacer_.empty()) {
      now_ = std::max(now_, pacer_.NextWrite());
      const std::string bytes = pacer_.Take(now_);
      EXPECT_FALSE(bytes.empty());
      if (bytes.empty()) break;
      writes.push_back(std::to_string(absl::ToInt64Milliseconds(now_ - start)) +
                       " " + bytes);
      pacer_.Written(now_);
    }
    return writes;
  }

  PacerOptions options_;
  Pacer pacer_{options_};
  absl::Time now_ = absl::FromUnixSeconds(1000000);
};

TEST_F(PacerTest, GreetingCarriesItsNewline) {
  pacer_.Push(Message::Greeting());
  EXPECT_EQ(pacer_.Take(now_), "Authorise MODE? (REGISTER/LOGIN)\n");
}

TEST_F(PacerTest, LinesGoAtOnce) {
  pacer_.set_dialect(Dialect::kLines);
  pacer_.Push(Message::Welcome());
  pacer_.Push(Message::Connected("bob"));
  pacer_.Push(Message::Said("bob", std::string(3000, 'x')));
  EXPECT_EQ(pacer_.Take(now_), "AUTH_SUCCESS\nPRIVATE_CONNECTED:bob\nbob: " +
                                   std::string(3000, 'x') + "\n");
  pacer_.Written(now_);
  EXPECT_TRUE(pacer_.empty());
  EXPECT_EQ(pacer_.NextWrite(), absl::InfiniteFuture());
}

TEST_F(PacerTest, UnframedLoginIsPaced) {
  pacer_.set_dialect(Dialect::kUnframed);
  pacer_.Push(Message::Welcome());
  pacer_.Push(Message::Joined("ann"));
  pacer_.Push(Message::NowConnected());
  EXPECT_THAT(Writes(), ElementsAre("0 AUTH_SUCCESS",
                                    "150 ann has connected to the chatroom\n"
                                    "you are now connected"));
}

TEST_F(PacerTest, FailureAndGreetingAreTwoWrites) {
  pacer_.set_dialect(Dialect::kUnframed);
  pacer_.Push(Message::Error("Invalid alias or password"));
  pacer_.Push(Message::Greeting());
  EXPECT_THAT(Writes(), ElementsAre("0 ERROR: Invalid alias or password",
                                    "50 Authorise MODE? (REGISTER/LOGIN)"));
}

TEST_F(PacerTest, ControlMessagesStandAlone) {
  pacer_.set_dialect(Dialect::kUnframed);
  pacer_.Push(Message::Said("bob", "one"));
  pacer_.Push(Message::Ended("bob", "disconnected"));
  pacer_.Push(Message::Ended("eve", "disconnected"));
  pacer_.Push(Message::Left("bob"));
  pacer_.Push(Message::Left("eve"));
  EXPECT_THAT(
      Writes(),
      ElementsAre("0 bob: one", "50 PRIVATE_ENDED:bob:disconnected",
                  "100 PRIVATE_ENDED:eve:disconnected",
                  "150 bob has left the chatroom\neve has left the chatroom"));
}

TEST_F(PacerTest, UnframedWritesAreSmall) {
  pacer_.set_dialect(Dialect::kUnframed);
  for (int i = 0; i < 40; ++i) {
    pacer_.Push(Message::Said("bob", std::string(100, 'x')));
  }
  pacer_.Push(Message::Said("bob", std::string(2500, 'y')));
  pacer_.set_dialect(Dialect::kUnframed);
  size_t seen = 0;
  while (!pacer_.empty()) {
    now_ = std::max(now_, pacer_.NextWrite());
    const std::string bytes = pacer_.Take(now_);
    ASSERT_LE(bytes.size(), 1024u);
    seen += static_cast<size_t>(
        std::count_if(bytes.begin(), bytes.end(),
                      [](char c) { return c == 'x' || c == 'y'; }));
    pacer_.Written(now_);
  }
  EXPECT_EQ(seen, 4000u + 2500u);
}

TEST_F(PacerTest, NothingBeforeItsTime) {
  pacer_.set_dialect(Dialect::kUnframed);
  pacer_.Push(Message::AskAlias());
  pacer_.Push(Message::AskPassword());
  EXPECT_EQ(pacer_.Take(now_), "ALIAS?");
  pacer_.Written(now_);
  EXPECT_EQ(pacer_.Take(now_ + absl::Milliseconds(49)), "");
  EXPECT_EQ(pacer_.Take(now_ + absl::Milliseconds(50)), "PASSWORD?");
}

TEST_F(PacerTest, FloodDropsTextsNotControl) {
  pacer_.set_dialect(Dialect::kUnframed);
  pacer_.Push(Message::RequestFrom("eve"));
  pacer_.Push(Message::Info("a reply"));
  for (int i = 0; i < 1000; ++i) {
    pacer_.Push(
        Message::Said("bob", std::to_string(i) + std::string(900, 'x')));
    ASSERT_LE(pacer_.queued(), options_.max_queue_bytes);
  }
  EXPECT_FALSE(pacer_.overflowed());
  const auto writes = Writes();
  ASSERT_GT(writes.size(), 40u);
  EXPECT_EQ(writes[0].find("0 INFO: "), 0u);
  EXPECT_NE(writes[0].find("messages were left out"), std::string::npos);
  EXPECT_EQ(writes[1], "50 PRIVATE_REQUEST_FROM:eve");
  EXPECT_NE(writes[2].find("INFO: a reply"), std::string::npos);
  EXPECT_NE(writes.back().find("bob: 999"), std::string::npos);
}

TEST_F(PacerTest, OthersTextsAreNoReplies) {
  pacer_.set_dialect(Dialect::kUnframed);
  for (int i = 0; i < 100; ++i) {
    pacer_.Push(Message::Said("bob", std::string(900, 'x')));
  }
  EXPECT_EQ(pacer_.queued_replies(), 0u);
  pacer_.Push(Message::List("Online clients", {"ann"}));
  EXPECT_GT(pacer_.queued_replies(), 0u);
  Writes();
  EXPECT_EQ(pacer_.queued_replies(), 0u);
  EXPECT_EQ(pacer_.queued(), 0u);
}

TEST_F(PacerTest, ControlFloodOverflows) {
  pacer_.set_dialect(Dialect::kUnframed);
  for (int i = 0; i < 3000 && !pacer_.overflowed(); ++i) {
    pacer_.Push(Message::RequestFrom("bob"));
  }
  EXPECT_TRUE(pacer_.overflowed());
}

}  // namespace
}  // namespace chat77::compat::legacy
