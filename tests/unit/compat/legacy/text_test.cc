#include "compat/legacy/text.h"

#include <gtest/gtest.h>

namespace chat77::compat::legacy {
namespace {

TEST(TextTest, DropsBadUtf8AndNul) {
  EXPECT_EQ(DropBadUtf8("plain \xE2\x82\xAC \xF0\x9F\x98\x80"),
            "plain \xE2\x82\xAC \xF0\x9F\x98\x80");
  EXPECT_EQ(DropBadUtf8("a\xFF\xC3(b\xC3"), "a(b");
  EXPECT_EQ(DropBadUtf8("\xC0\xAF\xED\xA0\x80\xF4\x90\x80\x80x"), "x");
  EXPECT_EQ(DropBadUtf8(std::string("a\0b", 3)), "ab");
}

TEST(TextTest, OneLineHoldsNoControlCharacter) {
  EXPECT_EQ(OneLine("a\r\nb\nc\n\n\nd"), "a b c d");
  EXPECT_EQ(OneLine("a\tb\x1B[31m\x7F\x01"), "a\tb[31m");
  EXPECT_EQ(OneLine("a\xC2\x9B"
                    "b\xC2\xA9"),
            "ab\xC2\xA9");
}

TEST(TextTest, StripsAsTheOriginalDoes) {
  EXPECT_EQ(Strip(" \t\r\n\x0B\x0C\x1C x y \x1F"), "x y");
  EXPECT_EQ(Strip(" \n "), "");
}

TEST(TextTest, CutsBetweenCharacters) {
  EXPECT_EQ(CutPrefix("abc", 8), "abc");
  EXPECT_EQ(CutPrefix("a\xE2\x82\xAC", 3), "a");
  EXPECT_EQ(CutPrefix("a\xE2\x82\xAC", 4), "a\xE2\x82\xAC");
}

}  // namespace
}  // namespace chat77::compat::legacy
