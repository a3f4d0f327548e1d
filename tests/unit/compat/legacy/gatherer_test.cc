#include "compat/legacy/gatherer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

namespace chat77::compat::legacy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class GathererTest : public ::testing::Test {
 protected:
  void Send(std::string_view bytes) { gatherer_.Receive(bytes, now_); }
  void Wait(int ms) { now_ += absl::Milliseconds(ms); }

  std::vector<std::string> Messages() {
    std::vector<std::string> messages;
    while (const auto input = gatherer_.Next(now_)) {
      switch (input->kind) {
        case Input::Kind::kMessage:
          messages.push_back(input->text);
          break;
        case Input::Kind::kTooLong:
          messages.push_back("<too long>");
          break;
        case Input::Kind::kWithheld:
          messages.push_back("<withheld>");
          break;
      }
    }
    return messages;
  }
  // As an unframed client that has logged in as ann.
  std::vector<std::string> Unframed(std::string_view bytes) {
    Send("LOGIN");
    Wait(100);
    Messages();
    gatherer_.set_alias("ann");
    Send(bytes);
    Wait(100);
    return Messages();
  }

  Gatherer gatherer_{GathererOptions()};
  absl::Time now_ = absl::FromUnixSeconds(1000000);
};

TEST_F(GathererTest, NewlineMeansLines) {
  Send("LOGIN\n");
  EXPECT_THAT(Messages(), ElementsAre("LOGIN"));
  EXPECT_EQ(gatherer_.dialect(), Dialect::kLines);
}

TEST_F(GathererTest, NewlineAfterPartStillMeansLines) {
  Send("LOG");
  Wait(20);
  EXPECT_THAT(Messages(), IsEmpty());
  EXPECT_EQ(gatherer_.dialect(), Dialect::kUnknown);
  Send("IN\r\nann\npa");
  EXPECT_THAT(Messages(), ElementsAre("LOGIN", "ann"));
  Send("ss\n");
  EXPECT_THAT(Messages(), ElementsAre("pass"));
}

TEST_F(GathererTest, QuietTimeMeansUnframed) {
  Send("LOGIN");
  EXPECT_EQ(gatherer_.NextDeadline(), now_ + absl::Milliseconds(60));
  Wait(59);
  EXPECT_THAT(Messages(), IsEmpty());
  Wait(1);
  EXPECT_THAT(Messages(), ElementsAre("LOGIN"));
  EXPECT_EQ(gatherer_.dialect(), Dialect::kUnframed);
  EXPECT_EQ(gatherer_.NextDeadline(), absl::InfiniteFuture());
}

TEST_F(GathererTest, UnframedIsOneMessagePerPause) {
  EXPECT_THAT(Unframed("ann: hi"), ElementsAre("ann: hi"));
  const std::string text = "ann: " + std::string(7000, 'x');
  for (size_t at = 0; at < text.size(); at += 1024) {
    Send(text.substr(at, 1024));
    Wait(30);
    EXPECT_THAT(Messages(), IsEmpty());
  }
  Wait(60);
  EXPECT_THAT(Messages(), ElementsAre(text));
}

TEST_F(GathererTest, SplitsMergesAtOwnName) {
  EXPECT_THAT(Unframed("ann: oneann: twoann: three"),
              ElementsAre("ann: one", "ann: two", "ann: three"));
}

TEST_F(GathererTest, OwnNameInTextIsNoSplit) {
  EXPECT_THAT(Unframed("ann: I am ann: hello"),
              ElementsAre("ann: I am ann: hello"));
}

TEST_F(GathererTest, PrivateTextIsNeverSplit) {
  EXPECT_THAT(Unframed("private txt bob he said:ann: no"),
              ElementsAre("private txt bob he said:ann: no"));
}

TEST_F(GathererTest, TailIsNoCommand) {
  EXPECT_THAT(Unframed("ann: hiexit"), ElementsAre("ann: hiexit"));
}

TEST_F(GathererTest, CommandThenTextAreTold) {
  EXPECT_THAT(Unframed("online clientsann: hi"),
              ElementsAre("online clients", "ann: hi"));
}

TEST_F(GathererTest, WithholdsGluedPrivateText) {
  EXPECT_THAT(Unframed("ann: hiprivate txt bob secret"),
              ElementsAre("ann: hi", "<withheld>"));
  Send("private txt bob onePRIVATE TXT eve two");
  Wait(100);
  EXPECT_THAT(Messages(), ElementsAre("private txt bob one", "<withheld>"));
  Send("ann: use private txt bob hello");
  Wait(100);
  EXPECT_THAT(Messages(), ElementsAre("ann: use private txt bob hello"));
}

TEST_F(GathererTest, DropsBadBytes) {
  Send(std::string("LO\xFFGIN\na\0b\n", 11));
  EXPECT_THAT(Messages(), ElementsAre("LOGIN", "ab"));
}

TEST_F(GathererTest, KeepsEmptyLines) {
  Send("LOGIN\n\r\n\nx\n");
  EXPECT_THAT(Messages(), ElementsAre("LOGIN", "", "", "x"));
}

TEST_F(GathererTest, LastLineMayLackItsEnd) {
  Send("LOGIN\nann");
  EXPECT_THAT(Messages(), ElementsAre("LOGIN"));
  gatherer_.End();
  EXPECT_FALSE(gatherer_.drained());
  EXPECT_THAT(Messages(), ElementsAre("ann"));
  EXPECT_TRUE(gatherer_.drained());
}

TEST_F(GathererTest, EndNeedsNoQuietTime) {
  Send("LOGIN");
  gatherer_.End();
  EXPECT_THAT(Messages(), ElementsAre("LOGIN"));
}

TEST_F(GathererTest, LongLineIsOneErrorAndNoMemory) {
  Send("LOGIN\n");
  EXPECT_THAT(Messages(), ElementsAre("LOGIN"));
  std::vector<std::string> seen;
  for (int i = 0; i < 300; ++i) {
    Send(std::string(1000, 'x'));
    EXPECT_LE(gatherer_.buffered(), 9 * 1024 + Gatherer::kReadBytes);
    for (auto& message : Messages()) seen.push_back(message);
  }
  Send("tail\nnext\n");
  for (auto& message : Messages()) seen.push_back(message);
  EXPECT_THAT(seen, ElementsAre("<too long>", "next"));
}

TEST_F(GathererTest, LongFirstAnswerIsOneError) {
  for (int i = 0; i < 30; ++i) Send(std::string(1000, 'x'));
  EXPECT_THAT(Messages(), IsEmpty());
  EXPECT_EQ(gatherer_.buffered(), 0u);
  Wait(60);
  EXPECT_THAT(Messages(), ElementsAre("<too long>"));
  EXPECT_EQ(gatherer_.dialect(), Dialect::kUnframed);
}

TEST_F(GathererTest, LongFirstLineIsOneError) {
  for (int i = 0; i < 30; ++i) Send(std::string(1000, 'x'));
  Send("x\nLOGIN\n");
  EXPECT_THAT(Messages(), ElementsAre("<too long>", "LOGIN"));
  EXPECT_EQ(gatherer_.dialect(), Dialect::kLines);
}

TEST_F(GathererTest, PastedTextsWithoutPauseAllArrive) {
  Unframed("");
  std::vector<std::string> seen;
  for (int i = 0; i < 2000; ++i) {
    Send("ann: line " + std::to_string(i));
    for (auto& message : Messages()) seen.push_back(message);
    ASSERT_FALSE(gatherer_.full());
  }
  Wait(60);
  for (auto& message : Messages()) seen.push_back(message);
  ASSERT_EQ(seen.size(), 2000u);
  EXPECT_EQ(seen[1999], "ann: line 1999");
}

TEST_F(GathererTest, LongUnframedTextIsOneError) {
  Unframed("");
  for (int i = 0; i < 30; ++i) Send("ann:" + std::string(1000, 'x'));
  EXPECT_THAT(Messages(), IsEmpty());
  Wait(60);
  EXPECT_THAT(Messages(), ElementsAre("<too long>"));
  Send("ann: next");
  Wait(60);
  EXPECT_THAT(Messages(), ElementsAre("ann: next"));
}

// Short texts before it are kept; the long one is dropped whole, and at no
// time does the gatherer refuse to read on.
TEST_F(GathererTest, ALongTextGluedBehindAShortOneIsDropped) {
  EXPECT_THAT(Unframed("ann: hello"), ElementsAre("ann: hello"));
  const std::string bytes =
      "ann: short"
      "ann: " +
      std::string(14000, 'x');
  std::vector<std::string> messages;
  for (size_t at = 0; at < bytes.size(); at += Gatherer::kReadBytes) {
    ASSERT_FALSE(gatherer_.full()) << at;
    Send(bytes.substr(at, Gatherer::kReadBytes));
    for (const std::string& message : Messages()) messages.push_back(message);
  }
  EXPECT_THAT(messages, ElementsAre("ann: short"));
  Wait(100);
  EXPECT_THAT(Messages(), ElementsAre("<too long>"));
  Send("ann: after");
  Wait(100);
  EXPECT_THAT(Messages(), ElementsAre("ann: after"));
}

}  // namespace
}  // namespace chat77::compat::legacy
