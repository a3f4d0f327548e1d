#include "proto/frame_decoder.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace chat77::wire {
namespace {

constexpr uint32_t kLimit = 300;

std::string Varint(uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out.push_back(char(value | 0x80));
  out.push_back(char(value));
  return out;
}

std::string Frame(const std::string& body) {
  return Varint(body.size()) + body;
}

class FrameDecoderTest : public testing::Test {
 protected:
  // Feeds `bytes` in pieces of `step`; the last error.
  FrameError Feed(std::string_view bytes, size_t step) {
    FrameError error = FrameError::kNone;
    while (!bytes.empty() && error == FrameError::kNone) {
      const auto piece = bytes.substr(0, step);
      bytes.remove_prefix(piece.size());
      error = decoder_.Receive(piece, [&](std::string_view body) {
        bodies_.emplace_back(body);
        return true;
      });
      EXPECT_LE(decoder_.buffered(), kLimit + 5);
    }
    return error;
  }

  FrameDecoder decoder_{kLimit};
  std::vector<std::string> bodies_;
};

TEST_F(FrameDecoderTest, WholeEqualsAnyCut) {
  const std::vector<std::string> sent = {"a", "", std::string(200, 'x'),
                                         std::string(kLimit, 'y'), "end"};
  std::string bytes;
  for (const auto& body : sent) bytes += Frame(body);
  for (size_t step = 1; step <= bytes.size(); ++step) {
    SCOPED_TRACE(step);
    decoder_ = FrameDecoder(kLimit);
    bodies_.clear();
    EXPECT_EQ(Feed(bytes, step), FrameError::kNone);
    EXPECT_EQ(bodies_, sent);
    EXPECT_EQ(decoder_.buffered(), 0u);
  }
}

TEST_F(FrameDecoderTest, RefusesLengthAboveLimit) {
  for (size_t step : {1, 2, 100}) {
    SCOPED_TRACE(step);
    decoder_ = FrameDecoder(kLimit);
    EXPECT_EQ(Feed(Varint(kLimit + 1) + "x", step), FrameError::kTooLong);
    EXPECT_EQ(decoder_.buffered(), 0u);
  }
}

TEST_F(FrameDecoderTest, RefusesMalformedLength) {
  EXPECT_EQ(Feed(std::string(6, '\xff'), 1), FrameError::kBadLength);
  decoder_ = FrameDecoder(kLimit);
  EXPECT_EQ(Feed("\xff\xff\xff\xff\x7f", 9), FrameError::kBadLength);
}

TEST_F(FrameDecoderTest, StaysFailed) {
  EXPECT_EQ(Feed(Varint(1000), 9), FrameError::kTooLong);
  EXPECT_EQ(Feed(Frame("fine"), 9), FrameError::kTooLong);
  EXPECT_TRUE(bodies_.empty());
}

TEST_F(FrameDecoderTest, KeepsOnlyTheIncompleteFrame) {
  EXPECT_EQ(Feed(Frame("one") + Frame("three").substr(0, 3), 99),
            FrameError::kNone);
  EXPECT_EQ(decoder_.buffered(), 3u);
}

TEST_F(FrameDecoderTest, SinkMayRaiseTheLimitForTheNextFrame) {
  std::vector<size_t> sizes;
  const std::string bytes = Frame("login") + Frame(std::string(400, 'z'));
  const auto error = decoder_.Receive(bytes, [&](std::string_view body) {
    sizes.push_back(body.size());
    decoder_.set_limit(500);
    return true;
  });
  EXPECT_EQ(error, FrameError::kNone);
  EXPECT_EQ(sizes, (std::vector<size_t>{5, 400}));
}

TEST_F(FrameDecoderTest, SinkMayStop) {
  int calls = 0;
  decoder_.Receive(Frame("a") + Frame("b"), [&](std::string_view) {
    ++calls;
    return false;
  });
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace chat77::wire
