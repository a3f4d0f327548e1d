#include "client/tls_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chat77::client {
namespace {

bool Wants(TlsMode mode, const std::string& host, const std::string& address) {
  return WantsTls({.mode = mode}, host, boost::asio::ip::make_address(address));
}

TEST(TlsOptionsTest, LoopbackIsPlain) {
  for (const char* host : {"localhost", "LocalHost", "127.0.0.1", "127.9.9.9",
                           "::1", "::ffff:127.0.0.1"}) {
    EXPECT_FALSE(Wants(TlsMode::kAuto, host, "127.0.0.1")) << host;
    EXPECT_FALSE(Wants(TlsMode::kAuto, host, "::1")) << host;
  }
}

TEST(TlsOptionsTest, OthersAreEncrypted) {
  EXPECT_TRUE(Wants(TlsMode::kAuto, "192.0.2.1", "192.0.2.1"));
  EXPECT_TRUE(Wants(TlsMode::kAuto, "chat.example", "2001:db8::1"));
  // Somebody answers for a name, here or there.
  EXPECT_TRUE(Wants(TlsMode::kAuto, "chat.example", "127.0.0.1"));
  EXPECT_TRUE(Wants(TlsMode::kAuto, "localhost", "192.0.2.1"));
}

TEST(TlsOptionsTest, ModesDecide) {
  EXPECT_TRUE(Wants(TlsMode::kOn, "127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(Wants(TlsMode::kOff, "192.0.2.1", "192.0.2.1"));
  EXPECT_EQ(*ParseTlsMode("off"), TlsMode::kOff);
  EXPECT_THAT(std::string(ParseTlsMode("yes").status().message()),
              ::testing::HasSubstr("auto, on or off"));
}

TEST(TlsOptionsTest, DemandedKeyNeedsTls) {
  TlsOptions options{.fingerprint = "SHA256:" + std::string(43, 'A')};
  EXPECT_TRUE(CheckTlsOptions(options).ok());
  EXPECT_TRUE(WantsTls(options, "localhost",
                       boost::asio::ip::make_address("127.0.0.1")));
  options.mode = TlsMode::kOff;
  EXPECT_FALSE(CheckTlsOptions(options).ok());
  EXPECT_FALSE(CheckTlsOptions({.fingerprint = "SHA256:short"}).ok());
  EXPECT_FALSE(CheckTlsOptions({.fingerprint = std::string(43, 'A')}).ok());
}

}  // namespace
}  // namespace chat77::client
