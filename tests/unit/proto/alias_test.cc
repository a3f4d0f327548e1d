#include "proto/alias.h"

#include <gtest/gtest.h>
#include <string>

#include "proto/limits.h"

namespace chat77::wire {
namespace {

std::string Repeat(std::string_view piece, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += piece;
  return all;
}

TEST(AliasTest, AllowsLettersDigitsAndThreeMarks) {
  for (const char* alias :
       {"ann", "Bob", "x", "7", "a_b-c.d", "Žofie", "李雷", "мария", "नमस्ते"}) {
    SCOPED_TRACE(alias);
    ASSERT_TRUE(NormalizeAlias(alias).ok());
    EXPECT_EQ(*NormalizeAlias(alias), alias);
  }
}

TEST(AliasTest, RefusesEverythingElse) {
  for (const char* alias :
       {"", "a b", "a,b", "a:b", "a|b", "a]b", "a\tb", "a\x01",
        "\u202E"
        "abc",
        "a\u200Db", "😀", "\u0301a", "\xff\xfe", "a\xc3"}) {
    SCOPED_TRACE(alias);
    const auto normal = NormalizeAlias(alias);
    ASSERT_FALSE(normal.ok());
    EXPECT_FALSE(normal.status().message().empty());
  }
}

TEST(AliasTest, NamesTheCharacterThatIsNotAllowed) {
  const auto sentence = [](std::string_view alias) {
    return std::string(NormalizeAlias(alias).status().message());
  };
  EXPECT_TRUE(sentence("a b").ends_with("but not a space.")) << sentence("a b");
  EXPECT_TRUE(sentence("a:b").ends_with("but not :.")) << sentence("a:b");
  EXPECT_TRUE(sentence("a\nb").ends_with("but not U+000A."));
}

TEST(AliasTest, CountsCharactersNotBytes) {
  EXPECT_TRUE(NormalizeAlias(Repeat("李", kAliasCharacters)).ok());
  EXPECT_FALSE(NormalizeAlias(Repeat("李", kAliasCharacters + 1)).ok());
  EXPECT_FALSE(NormalizeAlias(Repeat("a", 1 << 20)).ok());
}

TEST(AliasTest, ComposesToNfc) {
  EXPECT_EQ(*NormalizeAlias("e\u0301ric"), "\u00e9ric");
  EXPECT_EQ(AliasKey("E\u0301RIC"), AliasKey("\u00e9ric"));
}

TEST(AliasTest, KeyIgnoresCase) {
  EXPECT_EQ(AliasKey("Alice"), "alice");
  EXPECT_EQ(AliasKey("STRASSE"), AliasKey("straße"));
  EXPECT_EQ(AliasKey("ΣΊΣΥΦΟΣ"), AliasKey("σίσυφος"));
  EXPECT_NE(AliasKey("ann"), AliasKey("anne"));
}

TEST(AliasTest, KeyOfNonsenseIsItself) {
  EXPECT_EQ(AliasKey("\xff\xfe"), "\xff\xfe");
  EXPECT_EQ(AliasKey(Repeat("A", 4096)), Repeat("A", 4096));
}

TEST(AliasTest, ReservesWordsInAnyCase) {
  EXPECT_TRUE(IsReservedAlias(AliasKey("Server")));
  EXPECT_TRUE(IsReservedAlias(AliasKey("EXIT")));
  EXPECT_FALSE(IsReservedAlias(AliasKey("serverin")));
}

}  // namespace
}  // namespace chat77::wire
