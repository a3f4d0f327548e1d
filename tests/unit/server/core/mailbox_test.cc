#include "server/core/mailbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace chat77::server {
namespace {

using chat77::v1::ServerFrame;
using testing::ElementsAre;
using testing::IsEmpty;

class MailboxTest : public testing::Test {
 protected:
  // Returns the number it got.
  uint64_t Add(const std::string& text = "hi") {
    ServerFrame event;
    event.mutable_private_said()->set_text(text);
    box_.Add(event);
    return event.private_seq();
  }
  std::vector<uint64_t> Numbers() const {
    std::vector<uint64_t> numbers;
    for (const ServerFrame& event : box_.events()) {
      numbers.push_back(event.private_seq());
    }
    return numbers;
  }

  Mailbox box_;
};

TEST_F(MailboxTest, NumbersDenselyFromOne) {
  EXPECT_EQ(Add(), 1);
  EXPECT_EQ(Add(), 2);
  EXPECT_EQ(box_.last_seq(), 2);
  EXPECT_THAT(Numbers(), ElementsAre(1, 2));
}

TEST_F(MailboxTest, ForgetsWhatWasReceived) {
  for (int i = 0; i < 4; ++i) Add();
  box_.Received(2);
  EXPECT_THAT(Numbers(), ElementsAre(3, 4));
  box_.Received(1);  // said before
  EXPECT_THAT(Numbers(), ElementsAre(3, 4));
  box_.Received(4);
  EXPECT_THAT(Numbers(), IsEmpty());
  EXPECT_EQ(Add(), 5);
}

TEST_F(MailboxTest, IgnoresNumbersNeverGiven) {
  Add();
  box_.Received(2);
  box_.Received(~uint64_t{0});
  EXPECT_THAT(Numbers(), ElementsAre(1));
}

TEST_F(MailboxTest, CountsItsBytes) {
  EXPECT_EQ(box_.bytes(), 0);
  Add();
  const size_t one = box_.bytes();
  EXPECT_GT(one, sizeof(ServerFrame));
  Add(std::string(1000, 'x'));
  EXPECT_GT(box_.bytes(), 2 * one + 900);
  box_.Received(1);
  EXPECT_GT(box_.bytes(), one + 900);
  box_.Received(2);
  EXPECT_EQ(box_.bytes(), 0);
}

TEST_F(MailboxTest, FullByCount) {
  for (size_t i = 0; i < wire::kMailboxEvents; ++i) {
    EXPECT_FALSE(box_.Full()) << i;
    Add("");
  }
  EXPECT_TRUE(box_.Full());
  box_.Received(1);
  EXPECT_FALSE(box_.Full());
}

TEST_F(MailboxTest, FullByBytes) {
  for (size_t bytes = 0; bytes < wire::kMailboxBytes; bytes += 8192) {
    EXPECT_FALSE(box_.Full()) << bytes;
    Add(std::string(8192, 'x'));
  }
  EXPECT_TRUE(box_.Full());
  // What cannot be refused still finds room.
  EXPECT_EQ(Add(), wire::kMailboxBytes / 8192 + 1);
}

}  // namespace
}  // namespace chat77::server
