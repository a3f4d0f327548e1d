#include "server/net/tls/first_bytes.h"

#include <gtest/gtest.h>
#include <string>
#include <string_view>

#include "chat77/v1/envelope.pb.h"
#include "proto/frame_encoder.h"

namespace chat77::server::tls {
namespace {

using namespace std::string_view_literals;

TEST(FirstBytesTest, TellsWhoIsThere) {
  EXPECT_EQ(Judge("\x16\x03\x01\x00\xf0"sv), FirstBytes::kTls);
  EXPECT_EQ(Judge("GET / HTTP/1.1\r\n"sv), FirstBytes::kHttp);
  EXPECT_EQ(Judge("POST"sv), FirstBytes::kHttp);
  EXPECT_EQ(Judge("PRI * HTTP/2.0\r\n"sv), FirstBytes::kHttp);
  EXPECT_EQ(Judge("SSH-2.0-OpenSSH_9.2\r\n"sv), FirstBytes::kSsh);
  EXPECT_EQ(Judge("GETS"sv), FirstBytes::kNative);
  EXPECT_EQ(Judge("hello\n"sv), FirstBytes::kNative);
  EXPECT_EQ(Judge("\x16\x08"sv), FirstBytes::kNative);
  EXPECT_EQ(Judge("\0\0\0\0"sv), FirstBytes::kNative);
}

TEST(FirstBytesTest, WaitsNoLongerThanItMust) {
  EXPECT_EQ(Judge(""sv), FirstBytes::kUnknown);
  for (const std::string_view whole :
       {"\x16\x03"sv, "GET "sv, "SSH-"sv, "PATC"sv}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      EXPECT_EQ(Judge(whole.substr(0, size)), FirstBytes::kUnknown) << size;
    }
    EXPECT_NE(Judge(whole), FirstBytes::kUnknown);
    EXPECT_LE(whole.size(), kFirstBytes);
  }
}

// Whatever its length: a Hello is taken for nothing else.
TEST(FirstBytesTest, TakesEveryHelloForOne) {
  for (size_t size = 0; size < 300; ++size) {
    v1::ClientFrame frame;
    frame.set_request_id(1);
    frame.mutable_hello()->set_max_version(1);
    frame.mutable_hello()->set_software(std::string(size, 'x'));
    std::string bytes;
    wire::AppendFrame(frame, bytes);
    EXPECT_EQ(Judge(bytes), FirstBytes::kNative) << size;
    EXPECT_EQ(Judge(std::string_view(bytes).substr(0, 2)), FirstBytes::kNative);
  }
}

TEST(FirstBytesTest, AnswersInTheOthersWords) {
  const std::string_view http = AnswerTo(FirstBytes::kHttp);
  EXPECT_TRUE(http.starts_with("HTTP/1.1 400 "));
  const size_t body = http.find("\r\n\r\n") + 4;
  EXPECT_NE(http.find("Content-Length: " + std::to_string(http.size() - body) +
                      "\r\n"),
            std::string_view::npos);
  EXPECT_TRUE(AnswerTo(FirstBytes::kSsh).ends_with("\r\n"));
  EXPECT_EQ(AnswerTo(FirstBytes::kTls), "");
  EXPECT_EQ(AnswerTo(FirstBytes::kNative), "");
  EXPECT_EQ(NameOf(FirstBytes::kHttp), "HTTP");
}

}  // namespace
}  // namespace chat77::server::tls
