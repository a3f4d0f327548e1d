#include "server/fanout/room_log.h"

#include <gtest/gtest.h>
#include <string>

namespace chat77::server {
namespace {

// A frame of `size` bytes in all; size below 130.
std::string Frame(size_t size, char fill) {
  return std::string(1, static_cast<char>(size - 1)) +
         std::string(size - 1, fill);
}

TEST(RoomLogTest, GivesBackWhatWasAppended) {
  RoomLog log(0, 1);
  log.Append(Frame(10, 'a'), true);
  log.Append(Frame(20, 'b'), false);
  EXPECT_EQ(log.begin(), 0u);
  EXPECT_EQ(log.end(), 30u);
  EXPECT_EQ(log.Piece(0, 30), Frame(10, 'a') + Frame(20, 'b'));
  EXPECT_EQ(log.Piece(10, 15), Frame(20, 'b').substr(0, 5));
}

TEST(RoomLogTest, FindsFrameEnds) {
  RoomLog log(0, 1);
  log.Append(Frame(10, 'a'), true);
  log.Append(Frame(20, 'b'), true);
  EXPECT_EQ(log.FrameEnd(0, 1), 10u);
  EXPECT_EQ(log.FrameEnd(0, 10), 10u);
  EXPECT_EQ(log.FrameEnd(0, 11), 30u);
  EXPECT_EQ(log.FrameEnd(10, 30), 30u);
}

TEST(RoomLogTest, CountsMessagesNotNotices) {
  RoomLog log(0, 7);
  log.Append(Frame(10, 'a'), true);
  log.Append(Frame(10, 'n'), false);
  log.Append(Frame(10, 'b'), true);
  EXPECT_EQ(log.SeqAt(0), 7u);
  EXPECT_EQ(log.SeqAt(10), 8u);
  EXPECT_EQ(log.SeqAt(20), 8u);
  EXPECT_EQ(log.SeqAt(30), 9u);
  EXPECT_EQ(log.next_seq(), 9u);
}

TEST(RoomLogTest, FindsThePlaceBehindAMessage) {
  RoomLog log(0, 7);
  EXPECT_EQ(log.After(0), 0u);
  EXPECT_EQ(log.After(6), 0u);
  log.Append(Frame(10, 'n'), false);
  log.Append(Frame(10, 'a'), true);
  log.Append(Frame(10, 'n'), false);
  log.Append(Frame(10, 'b'), true);
  EXPECT_EQ(log.After(6), 0u);  // what came before the first, too
  EXPECT_EQ(log.After(7), 20u);
  EXPECT_EQ(log.After(8), 40u);
  EXPECT_EQ(log.After(99), 40u);
}

TEST(RoomLogTest, FindsThePlaceInAnyChunk) {
  RoomLog log(3 * RoomLog::kChunkBytes, 1);
  for (int i = 0; i < 10'000; ++i) log.Append(Frame(100, 'x'), i % 3 == 0);
  const uint64_t first = log.SeqAt(log.begin());
  ASSERT_GT(first, 1u);
  EXPECT_EQ(log.After(1), log.begin());
  for (uint64_t seq = first; seq < log.next_seq(); ++seq) {
    ASSERT_EQ(log.SeqAt(log.After(seq)), seq + 1);
    ASSERT_EQ(log.SeqAt(log.After(seq) - 100), seq);
  }
}

TEST(RoomLogTest, IsBoundedAndFramesNeverCrossChunks) {
  RoomLog log(3 * RoomLog::kChunkBytes, 1);
  const std::string frame = Frame(100, 'x');
  uint64_t position = 0;
  for (int i = 0; i < 10'000; ++i) {
    log.Append(frame, true);
    EXPECT_EQ(log.Piece(position, log.end()), frame);
    position = log.end();
    ASSERT_LE(log.bytes_held(), 3 * RoomLog::kChunkBytes);
  }
  EXPECT_GT(log.begin(), 0u);
  EXPECT_EQ(log.SeqAt(log.begin()), log.begin() / 100 + 1);
}

TEST(RoomLogTest, MessagesThatGoByTakeNoBytes) {
  RoomLog log(0, 7);
  for (int i = 0; i < 1000; ++i) log.PassOver();
  EXPECT_EQ(log.bytes_held(), 0u);
  EXPECT_EQ(log.begin(), 0u);
  EXPECT_EQ(log.end(), 0u);
  EXPECT_EQ(log.next_seq(), 1007u);
  EXPECT_EQ(log.SeqAt(log.end()), 1007u);
  EXPECT_EQ(log.Tail(log.end()), "");
}

TEST(RoomLogTest, WhatIsHeldIsLetGoWhenOneGoesBy) {
  RoomLog log(3 * RoomLog::kChunkBytes, 1);
  for (int i = 0; i < 3000; ++i) log.Append(Frame(100, 'a'), true);
  EXPECT_GT(log.bytes_held(), RoomLog::kChunkBytes);
  log.PassOver();
  EXPECT_EQ(log.bytes_held(), 0u);
  // Positions go on: nobody can take an old one for a new one.
  EXPECT_EQ(log.end(), 300'000u);
  EXPECT_EQ(log.begin(), log.end());
  EXPECT_EQ(log.next_seq(), 3002u);
}

TEST(RoomLogTest, GoesOnAfterMessagesThatWentBy) {
  RoomLog log(0, 1);
  log.Append(Frame(10, 'a'), true);
  log.PassOver();
  log.Append(Frame(20, 'b'), false);
  log.Append(Frame(30, 'c'), true);
  EXPECT_EQ(log.begin(), 10u);
  EXPECT_EQ(log.end(), 60u);
  EXPECT_EQ(log.Piece(10, 60), Frame(20, 'b') + Frame(30, 'c'));
  EXPECT_EQ(log.Tail(30), Frame(30, 'c'));
  EXPECT_EQ(log.FrameEnd(10, 31), 60u);
  EXPECT_EQ(log.SeqAt(10), 3u);
  EXPECT_EQ(log.SeqAt(30), 3u);
  EXPECT_EQ(log.SeqAt(60), 4u);
}

}  // namespace
}  // namespace chat77::server
