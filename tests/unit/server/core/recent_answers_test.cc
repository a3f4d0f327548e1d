#include "server/core/recent_answers.h"

#include <gtest/gtest.h>

#include "proto/limits.h"

namespace chat77::server {
namespace {

using chat77::v1::ServerFrame;

ServerFrame Answer(uint64_t reply_to, uint64_t seq) {
  ServerFrame answer;
  answer.set_reply_to(reply_to);
  answer.mutable_say()->set_seq(seq);
  return answer;
}

TEST(RecentAnswersTest, RemembersWithoutTheRequest) {
  RecentAnswers answers;
  EXPECT_EQ(answers.Find(7), nullptr);
  answers.Add(7, Answer(3, 42));
  ASSERT_NE(answers.Find(7), nullptr);
  EXPECT_EQ(answers.Find(7)->say().seq(), 42);
  EXPECT_EQ(answers.Find(7)->reply_to(), 0);
  EXPECT_EQ(answers.Find(8), nullptr);
}

TEST(RecentAnswersTest, WithoutAnIdNothingIsKept) {
  RecentAnswers answers;
  answers.Add(0, Answer(3, 42));
  EXPECT_EQ(answers.Find(0), nullptr);
}

TEST(RecentAnswersTest, ForgetsTheOldest) {
  RecentAnswers answers;
  const uint64_t most = wire::kRequestsInFlight;
  for (uint64_t id = 1; id <= most; ++id) answers.Add(id, Answer(1, id));
  EXPECT_NE(answers.Find(1), nullptr);
  answers.Add(most + 1, Answer(1, most + 1));
  EXPECT_EQ(answers.Find(1), nullptr);
  ASSERT_NE(answers.Find(2), nullptr);
  EXPECT_EQ(answers.Find(2)->say().seq(), 2);
}

}  // namespace
}  // namespace chat77::server
