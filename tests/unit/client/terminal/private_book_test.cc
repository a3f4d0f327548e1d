#include "client/terminal/private_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chat77::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PrivateBookTest : public ::testing::Test {
 protected:
  template <class Message>
  void Happens(const std::string& alias) {
    Message message;
    message.set_alias(alias);
    book_.Note(message);
  }
  std::string Asked(const std::optional<std::string>& given = {}) {
    const auto alias = book_.WhoAsked(given);
    return alias.ok() ? *alias : std::string(alias.status().message());
  }
  std::string Linked() {
    const auto alias = book_.WhoIsLinked({});
    return alias.ok() ? *alias : std::string(alias.status().message());
  }
  PrivateBook book_;
};

TEST_F(PrivateBookTest, KnowsTheOnlyOne) {
  EXPECT_THAT(Asked(), HasSubstr("Nobody"));
  Happens<pb::PrivateRequested>("bob");
  EXPECT_EQ(Asked(), "bob");
  Happens<pb::PrivateRequested>("eve");
  EXPECT_THAT(Asked(), HasSubstr("bob, eve"));
  EXPECT_EQ(Asked("zoe"), "zoe") << "the server knows better";
}

TEST_F(PrivateBookTest, ForgetsWhatEnded) {
  Happens<pb::PrivateRequested>("bob");
  Happens<pb::RequestWithdrawn>("bob");
  EXPECT_THAT(Asked(), HasSubstr("Nobody"));
  Happens<pb::PrivateConnected>("bob");
  EXPECT_EQ(Linked(), "bob");
  Happens<pb::PrivateEnded>("bob");
  EXPECT_THAT(Linked(), HasSubstr("no private chat"));
  Happens<pb::PrivateConnected>("bob");
  book_.Note(Offline{});
  EXPECT_THAT(Linked(), HasSubstr("no private chat"));
}

TEST_F(PrivateBookTest, KnowsWhoseAnswerIsWaitedFor) {
  const auto whom = [&] {
    const auto alias = book_.WhomAsked({});
    return alias.ok() ? *alias : std::string(alias.status().message());
  };
  EXPECT_THAT(whom(), HasSubstr("nobody's answer"));
  book_.Asked("bob");
  EXPECT_EQ(whom(), "bob");
  book_.Asked("cem");
  EXPECT_THAT(whom(), HasSubstr("bob, cem"));
  Happens<pb::PrivateRejected>("bob");
  EXPECT_EQ(whom(), "cem");
  Happens<pb::PrivateConnected>("cem");
  EXPECT_THAT(whom(), HasSubstr("nobody's answer"));
}

TEST_F(PrivateBookTest, WithdrawalsAreOfOneDirection) {
  pb::RequestWithdrawn withdrawn;
  withdrawn.set_alias("bob");
  withdrawn.set_was_asking(true);
  Happens<pb::PrivateRequested>("bob");
  book_.Asked("bob");
  book_.Note(withdrawn);
  EXPECT_EQ(Asked(), "bob");
  EXPECT_FALSE(book_.WhomAsked({}).ok());
  withdrawn.set_was_asking(false);
  book_.Note(withdrawn);
  EXPECT_THAT(Asked(), HasSubstr("Nobody"));
}

TEST_F(PrivateBookTest, BlockedIsForgotten) {
  Happens<pb::PrivateRequested>("bob");
  book_.Asked("bob");
  Happens<pb::PrivateConnected>("eve");
  book_.Blocked("bob");
  book_.Blocked("eve");
  EXPECT_FALSE(book_.WhoAsked({}).ok());
  EXPECT_FALSE(book_.WhoIsLinked({}).ok());
  EXPECT_FALSE(book_.WhomAsked({}).ok());
}

TEST_F(PrivateBookTest, OutlivesABrokenConnection) {
  Happens<pb::PrivateConnected>("bob");
  Offline offline;
  offline.retry_in = absl::Seconds(1);
  book_.Note(offline);
  EXPECT_EQ(Linked(), "bob");
}

TEST_F(PrivateBookTest, KnowsWhatChangedMeanwhile) {
  Happens<pb::PrivateConnected>("bob");
  Happens<pb::PrivateConnected>("cem");
  Happens<pb::PrivateRequested>("dan");
  book_.Asked("eve");
  book_.Asked("fay");
  pb::ListPrivateReply now;
  EXPECT_THAT(book_.UnansweredIn(now), ElementsAre("eve", "fay"));
  now.add_linked("cem");
  now.add_linked("eve");
  now.add_asking("dan");
  now.add_asking("gus");
  std::vector<std::string> news;
  for (const Event& event : book_.NewsIn(now)) {
    if (auto* ended = std::get_if<pb::PrivateEnded>(&event)) {
      news.push_back("ended " + ended->alias());
    } else if (auto* linked = std::get_if<pb::PrivateConnected>(&event)) {
      news.push_back("linked " + linked->alias());
    } else {
      news.push_back("asked " + std::get<pb::PrivateRequested>(event).alias());
    }
  }
  EXPECT_THAT(news, ElementsAre("ended bob", "linked eve", "asked gus"));
  EXPECT_THAT(book_.UnansweredIn(now), ElementsAre("fay"));
}

TEST_F(PrivateBookTest, OnlineSaysHowItStands) {
  Happens<pb::PrivateConnected>("bob");
  Online online;
  online.private_state.add_linked("cem");
  online.private_state.add_asking("dan");
  book_.Note(online);
  EXPECT_EQ(Linked(), "cem");
  EXPECT_EQ(Asked(), "dan");
}

}  // namespace
}  // namespace chat77::client
