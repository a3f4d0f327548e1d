#include "server/net/address.h"

#include <gtest/gtest.h>

namespace chat77::server {
namespace {

TEST(AddressTest, HasOneSpelling) {
  EXPECT_EQ(ParseAddress("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(ParseAddress("2001:DB8:0:0::1"), "2001:db8::1");
}

TEST(AddressTest, AnIPv4ClientOfAnIPv6ListenerIsAnIPv4Client) {
  EXPECT_EQ(ParseAddress("::ffff:192.0.2.1"), "192.0.2.1");
}

// Limits, bans and allow lists know addresses only: with the interface behind
// it a neighbour's would be none, and nothing would hold for it.
TEST(AddressTest, ANeighboursInterfaceIsNotShown) {
  EXPECT_EQ(ParseAddress("fe80::1%1"), "fe80::1");
}

TEST(AddressTest, NamesAreNoAddresses) {
  for (const char* text : {"", "localhost", "192.0.2", "192.0.2.1:7700"}) {
    EXPECT_EQ(ParseAddress(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace chat77::server
