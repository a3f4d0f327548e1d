#include "server/fanout/outbox.h"

#include <deque>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

#include "chat77/v1/envelope.pb.h"
#include "proto/frame_decoder.h"
#include "proto/frame_encoder.h"
#include "proto/limits.h"

namespace chat77::server {
namespace {

namespace pb = ::chat77::v1;

std::string SaidFrame(uint64_t seq, size_t size = 5) {
  pb::ServerFrame frame;
  frame.mutable_said()->set_seq(seq);
  frame.mutable_said()->set_text(std::string(size, 'x'));
  std::string bytes;
  wire::AppendFrame(frame, bytes);
  return bytes;
}

std::string ReplyFrame(uint64_t id) {
  pb::ServerFrame frame;
  frame.set_reply_to(id);
  frame.mutable_pong();
  std::string bytes;
  wire::AppendFrame(frame, bytes);
  return bytes;
}

// What a reader saw, in short: "s7" said 7, "r7" reply 7, "m3-5" missed.
std::vector<std::string> Shorthand(std::string_view bytes) {
  std::vector<std::string> seen;
  wire::FrameDecoder decoder(wire::kFrameBytes);
  decoder.Receive(bytes, [&](std::string_view body) {
    pb::ServerFrame frame;
    EXPECT_TRUE(
        frame.ParseFromArray(body.data(), static_cast<int>(body.size())));
    if (frame.has_said())
      seen.push_back("s" + std::to_string(frame.said().seq()));
    if (frame.has_pong())
      seen.push_back("r" + std::to_string(frame.reply_to()));
    if (frame.has_missed()) {
      seen.push_back("m" + std::to_string(frame.missed().from_seq()) + "-" +
                     std::to_string(frame.missed().to_seq()));
    }
    return true;
  });
  EXPECT_EQ(decoder.buffered(), 0u);
  return seen;
}

using Words = std::vector<std::string>;

class OutboxTest : public testing::Test {
 protected:
  void Say(size_t size = 5) {
    log_.Append(SaidFrame(log_.next_seq(), size), true);
  }
  void SayOwn() {
    const std::string frame = SaidFrame(log_.next_seq());
    box_.Skip(frame.size(), log_);
    log_.Append(frame, true);
  }
  void Push(uint64_t id) { box_.Push(ReplyFrame(id), log_); }

  // Writes at most `most` bytes in one go; false when there was nothing.
  bool Write(size_t most) {
    Outbox::Pieces pieces;
    box_.Gather(log_, pieces);
    size_t left = most;
    for (size_t i = 0; i < pieces.count; ++i) {
      const auto part = pieces.piece[i].substr(0, left);
      written_ += part;
      left -= part.size();
    }
    box_.Advance(most - left, log_);
    return most != left;
  }
  Words WriteAll(size_t step = 1 << 20) {
    while (Write(step)) {
    }
    EXPECT_TRUE(box_.Empty(log_));
    return Shorthand(written_);
  }

  RoomLog log_{2 * RoomLog::kChunkBytes, 1};
  Outbox box_;
  std::string written_;
};

TEST_F(OutboxTest, HearsTheRoomFromJoinOn) {
  Say();
  Push(1);
  box_.Join(log_);
  Say();
  Say();
  EXPECT_EQ(WriteAll(), (Words{"r1", "s2", "s3"}));
}

TEST_F(OutboxTest, JoinsBehindAMessage) {
  Say();
  SayOwn();
  Say();
  Push(1);
  box_.Join(log_, 1);
  Push(2);
  Say();
  // Nobody remembers that it was its own.
  EXPECT_EQ(WriteAll(), (Words{"r1", "s2", "s3", "r2", "s4"}));
}

TEST_F(OutboxTest, JoinsBehindTheLastMessage) {
  Say();
  box_.Join(log_, 1);
  Say();
  EXPECT_EQ(WriteAll(), (Words{"s2"}));
}

TEST_F(OutboxTest, IsToldWhatTheLogHasNoLonger) {
  RoomLog restarted(2 * RoomLog::kChunkBytes, 8);
  log_ = std::move(restarted);
  Push(1);
  box_.Join(log_, 3);
  Push(2);
  EXPECT_EQ(WriteAll(), (Words{"r1", "m4-7", "r2"}));
}

TEST_F(OutboxTest, OwnFramesKeepTheirPlace) {
  box_.Join(log_);
  Push(1);
  Say();
  Push(2);
  Push(3);
  Say();
  EXPECT_EQ(WriteAll(), (Words{"r1", "s1", "r2", "r3", "s2"}));
}

TEST_F(OutboxTest, OwnWordsAreSteppedOver) {
  box_.Join(log_);
  Say();
  Push(1);
  SayOwn();
  Push(2);
  SayOwn();
  Say();
  EXPECT_EQ(WriteAll(), (Words{"s1", "r1", "r2", "s4"}));
}

TEST_F(OutboxTest, AnyCutOfTheWritesGivesTheSame) {
  for (size_t step = 1; step < 60; ++step) {
    SCOPED_TRACE(step);
    log_ = RoomLog(2 * RoomLog::kChunkBytes, 1);
    box_ = Outbox();
    written_.clear();
    box_.Join(log_);
    Say(20);
    Push(1);
    SayOwn();
    Say(30);
    Write(step);
    Push(2);
    Say(3);
    SayOwn();
    EXPECT_EQ(WriteAll(step), (Words{"s1", "r1", "s3", "r2", "s4"}));
  }
}

TEST_F(OutboxTest, NothingAfterLeave) {
  box_.Join(log_);
  Say();
  box_.Leave(log_);
  Say();
  Push(9);
  EXPECT_EQ(WriteAll(), (Words{"s1", "r9"}));
}

TEST_F(OutboxTest, SlowReaderIsToldWhatItMissed) {
  box_.Join(log_);
  Say();
  EXPECT_EQ(WriteAll(), (Words{"s1"}));
  Push(1);
  const uint64_t first_lost = log_.next_seq();
  while (log_.begin() == 0) Say(4000);
  const uint64_t first_kept = log_.SeqAt(log_.begin());
  Say();
  const Words seen = WriteAll();
  ASSERT_GE(seen.size(), 4u);
  EXPECT_EQ(seen[1], "r1");
  EXPECT_EQ(seen[2], "m" + std::to_string(first_lost) + "-" +
                         std::to_string(first_kept - 1));
  EXPECT_EQ(seen[3], "s" + std::to_string(first_kept));
  EXPECT_EQ(seen.back(), "s" + std::to_string(log_.next_seq() - 1));
}

TEST_F(OutboxTest, HalfWrittenFrameIsFinishedBeforeWhatWasMissed) {
  box_.Join(log_);
  Say(1000);
  Write(500);
  while (log_.begin() == 0) Say(4000);
  const uint64_t first_kept = log_.SeqAt(log_.begin());
  const Words seen = WriteAll();
  ASSERT_GE(seen.size(), 3u);
  EXPECT_EQ(seen[0], "s1");
  EXPECT_EQ(seen[1], "m2-" + std::to_string(first_kept - 1));
}

TEST_F(OutboxTest, IdleHoldsNothing) {
  box_.Join(log_);
  for (int i = 1; i < 1000; ++i) Push(static_cast<uint64_t>(i));
  EXPECT_GT(box_.own_bytes(), 0u);
  WriteAll();
  EXPECT_EQ(box_.own_bytes(), 0u);
}

TEST_F(OutboxTest, JoinsALogThatMessagesWentBy) {
  Say();
  log_.PassOver();
  box_.Join(log_);
  EXPECT_TRUE(box_.Empty(log_));
  EXPECT_FALSE(Write(100));
  Push(1);
  Say();
  EXPECT_EQ(WriteAll(), (Words{"r1", "s3"}));
  const uint64_t first_lost = log_.next_seq();
  const uint64_t begin = log_.begin();
  while (log_.begin() == begin) Say(4000);
  // The very first that it missed, not one of those before it came.
  EXPECT_EQ(WriteAll()[2].substr(0, 3), "m" + std::to_string(first_lost) + "-");
}

// Against a list of what must come, with random writes in between.
TEST_F(OutboxTest, RandomTrafficArrivesOnceAndInOrder) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    log_ = RoomLog(2 * RoomLog::kChunkBytes, 1);
    box_ = Outbox();
    written_.clear();
    box_.Join(log_);
    Words expected;
    for (uint64_t i = 1; i <= 200; ++i) {
      switch (random() % 6) {
        case 0:
        case 1:
          expected.push_back("s" + std::to_string(log_.next_seq()));
          Say(random() % 300);
          break;
        case 2:
          SayOwn();
          break;
        case 3:
          expected.push_back("r" + std::to_string(i));
          Push(i);
          break;
        default:
          Write(random() % 400);
      }
    }
    EXPECT_EQ(WriteAll(1 + random() % 100), expected);
  }
}

}  // namespace
}  // namespace chat77::server
