#include "proto/frame_encoder.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <gtest/gtest.h>

#include "chat77/v1/envelope.pb.h"

namespace chat77::wire {
namespace {

using google::protobuf::util::ParseDelimitedFromZeroCopyStream;

v1::ServerFrame Said(size_t text_bytes) {
  v1::ServerFrame frame;
  frame.mutable_said()->set_text(std::string(text_bytes, 'x'));
  return frame;
}

// The sizes around which the length takes one more byte.
TEST(FrameEncoderTest, ProtobufReadsItBack) {
  std::string bytes;
  std::vector<size_t> sizes = {0, 1, 118, 119, 120, 121, 122, 123, 16'000};
  for (size_t size = 16'370; size < 16'390; ++size) sizes.push_back(size);
  for (size_t size : sizes) AppendFrame(Said(size), bytes);

  google::protobuf::io::ArrayInputStream input(bytes.data(),
                                               static_cast<int>(bytes.size()));
  for (size_t size : sizes) {
    SCOPED_TRACE(size);
    v1::ServerFrame frame;
    bool end = false;
    ASSERT_TRUE(ParseDelimitedFromZeroCopyStream(&frame, &input, &end));
    EXPECT_EQ(frame.SerializeAsString(), Said(size).SerializeAsString());
  }
  EXPECT_EQ(input.ByteCount(), static_cast<int64_t>(bytes.size()));
}

TEST(FrameEncoderTest, EmptyMessageIsOneByte) {
  std::string bytes;
  AppendFrame(v1::ServerFrame(), bytes);
  EXPECT_EQ(bytes, std::string(1, '\0'));
}

TEST(FrameEncoderTest, Appends) {
  std::string bytes = "before";
  AppendFrame(v1::ServerFrame(), bytes);
  EXPECT_EQ(bytes, std::string("before\0", 7));
}

}  // namespace
}  // namespace chat77::wire
