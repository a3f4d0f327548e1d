#include "client/terminal/private_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chat77::client {
namespace {

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

TEST_F(PrivateBookTest, OutlivesABrokenConnection) {
  EXPECT_TRUE(book_.empty());
  Happens<pb::PrivateConnected>("bob");
  Offline offline;
  offline.retry_in = absl::Seconds(1);
  book_.Note(offline);
  EXPECT_EQ(Linked(), "bob");
  EXPECT_FALSE(book_.empty());
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
