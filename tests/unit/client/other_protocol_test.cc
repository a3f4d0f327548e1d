#include "client/other_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/connection.h"
#include "proto/frame_encoder.h"

namespace chat77::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

TEST(OtherProtocolTest, NamesTheTextPort) {
  EXPECT_THAT(OtherProtocol("Authorise MODE? (REGISTER/LOGIN)\n"),
              Optional(HasSubstr("12345")));
}

TEST(OtherProtocolTest, NamesAWebServer) {
  EXPECT_THAT(OtherProtocol("HTTP/1.1 400 Bad Request\r\n"),
              Optional(HasSubstr("web server")));
}

TEST(OtherProtocolTest, WaitsForEnoughBytes) {
  EXPECT_EQ(OtherProtocol("Authorise"), std::nullopt);
  EXPECT_EQ(OtherProtocol(""), std::nullopt);
}

TEST(OtherProtocolTest, TakesAGreetingForWhatItIs) {
  wire::pb::ServerFrame frame;
  frame.set_reply_to(1);
  frame.mutable_hello()->set_software("HTTP/1.1 Authorise MODE?");
  std::string bytes;
  wire::AppendFrame(frame, bytes);
  EXPECT_EQ(OtherProtocol(bytes), std::nullopt);
}

TEST(OtherProtocolTest, TlsAlert) {
  const auto sentence = OtherProtocol(std::string("\x15\x03\x03\x00\x02", 5));
  ASSERT_TRUE(sentence);
  EXPECT_NE(sentence->find("--tls=on"), std::string::npos);
}

}  // namespace
}  // namespace chat77::client
