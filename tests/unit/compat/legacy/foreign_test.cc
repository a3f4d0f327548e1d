#include "compat/legacy/foreign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chat77::compat::legacy {
namespace {

using ::testing::HasSubstr;

TEST(ForeignTest, KnowsOthersByTheirFirstBytes) {
  EXPECT_THAT(*ForeignProtocol().Look("GET / HTTP/1.1\r\n"),
              HasSubstr("not a web server"));
  EXPECT_THAT(*ForeignProtocol().Look("OPTIONS * HTTP/1.0\r\n"),
              HasSubstr("not a web server"));
  EXPECT_THAT(*ForeignProtocol().Look("PRI * HTTP/2.0\r\n"),
              HasSubstr("not a web server"));
  EXPECT_THAT(*ForeignProtocol().Look({"\x16\x03\x01\x02\x00\x01", 6}),
              HasSubstr("not encrypted"));
  EXPECT_THAT(*ForeignProtocol().Look("SSH-2.0-OpenSSH_9.2\r\n"),
              HasSubstr("not an SSH server"));
}

TEST(ForeignTest, LetsClientsBe) {
  for (const char* first : {"LOGIN", "REGISTER\n", "register", "get\n", "GET\n",
                            "SSH", "Hi!\r\n", "\x16\x02", "\xff\xfb\x1f"}) {
    EXPECT_FALSE(ForeignProtocol().Look(first)) << first;
  }
}

TEST(ForeignTest, BytesMayComeOneByOne) {
  ForeignProtocol foreign;
  for (const char* byte : {"S", "S", "H"}) EXPECT_FALSE(foreign.Look(byte));
  EXPECT_TRUE(foreign.Look("-"));
}

// A text that only looks like it, later, is a text.
TEST(ForeignTest, LooksAtTheFirstBytesOnly) {
  ForeignProtocol foreign;
  EXPECT_FALSE(foreign.Look("LOGIN\n"));
  EXPECT_FALSE(foreign.Look("GET / HTTP/1.1"));
  ForeignProtocol slowly;
  EXPECT_FALSE(slowly.Look("GE"));
  EXPECT_FALSE(slowly.Look("N"));
  EXPECT_FALSE(slowly.Look("GET / HTTP/1.1"));
}

}  // namespace
}  // namespace chat77::compat::legacy
