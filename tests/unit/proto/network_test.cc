#include "proto/network.h"

#include <gtest/gtest.h>

namespace chat77::wire {
namespace {

std::string Canonical(std::string_view text) {
  const auto network = Network::Parse(text);
  return network ? network->ToString() : "none";
}

bool Has(std::string_view list, std::string_view address) {
  return NetworkList::Parse(list)->Contains(address);
}

TEST(NetworkTest, HasACanonicalSpelling) {
  EXPECT_EQ(Canonical("192.0.2.0/24"), "192.0.2.0/24");
  EXPECT_EQ(Canonical("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(Canonical("192.0.2.7/32"), "192.0.2.7");
  EXPECT_EQ(Canonical("2001:DB8:0::/32"), "2001:db8::/32");
  EXPECT_EQ(Canonical("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(Canonical("0.0.0.0/0"), "0.0.0.0/0");
}

TEST(NetworkTest, RefusesWhatIsNone) {
  for (const char* text :
       {"", "/", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.1/24",
        "2001:db8::/129", "2001:db8::1/64", "192.0.2", "host", " 192.0.2.1",
        "192.0.2.0/24/8", "192.0.2.0/2 4", "192.0.2.0/+8",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc"}) {
    EXPECT_EQ(Canonical(text), "none") << text;
  }
  using namespace std::string_literals;
  EXPECT_EQ(Canonical("1::9\0/"s), "none");
  EXPECT_EQ(Canonical("192.0.2.7\0"s), "none");
}

TEST(NetworkTest, ContainsByPrefix) {
  EXPECT_TRUE(Has("192.0.2.0/25", "192.0.2.127"));
  EXPECT_FALSE(Has("192.0.2.0/25", "192.0.2.128"));
  EXPECT_TRUE(Has("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(Has("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(Has("192.0.2.7", "::ffff:192.0.2.7"));
  EXPECT_FALSE(Has("::/0", "192.0.2.7")) << "IPv4 is not IPv6";
  EXPECT_FALSE(Has("0.0.0.0/0", "2001:db8::1"));
}

TEST(NetworkTest, GroupsAnIpv6Subnet) {
  EXPECT_EQ(IpAddress::Parse("2001:db8:1:2:3::4")->Group(),
            "2001:db8:1:2::/64");
  EXPECT_EQ(IpAddress::Parse("192.0.2.7")->Group(), "192.0.2.7");
  EXPECT_EQ(IpAddress::Parse("::ffff:192.0.2.7")->Group(), "192.0.2.7");
}

TEST(NetworkListTest, KnowsWords) {
  EXPECT_TRUE(Has("loopback", "127.8.9.1"));
  EXPECT_TRUE(Has("loopback", "::1"));
  EXPECT_FALSE(Has("loopback", "10.0.0.1"));
  EXPECT_TRUE(Has("loopback, private", "172.31.0.1"));
  EXPECT_FALSE(Has("loopback, private", "172.32.0.1"));
  EXPECT_TRUE(Has("private", "fe80::1"));
  EXPECT_TRUE(Has("all", "203.0.113.9"));
  EXPECT_TRUE(Has("all", "2001:db8::1"));
  EXPECT_FALSE(Has("none", "127.0.0.1"));
  EXPECT_FALSE(Has("", "127.0.0.1"));
  EXPECT_TRUE(Has("none,203.0.113.0/24", "203.0.113.9"));
  EXPECT_FALSE(Has("all", "local")) << "no address at all";
  EXPECT_FALSE(NetworkList::Parse("loopback,elsewhere"));
}

}  // namespace
}  // namespace chat77::wire
