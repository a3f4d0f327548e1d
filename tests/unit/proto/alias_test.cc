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

// RFC 8265, 3.3.2, rule 1.
TEST(AliasTest, WidthDoesNotCount) {
  const struct {
    const char* typed;
    const char* kept;
    const char* key;
  } vectors[] = {{"ＡＬＩＣＥ", "ALICE", "alice"},
                 {"Ａlice", "Alice", "alice"},
                 {"ｂｏｂ７", "bob7", "bob7"},
                 {"ａ＿ｂ－ｃ．ｄ", "a_b-c.d", "a_b-c.d"},
                 {"ｱｲｳ", "アイウ", "アイウ"},
                 {"ｶﾞｷﾞ", "ガギ", "ガギ"},  // composes with what follows
                 {"ﾊﾟｰ", "パー", "パー"},
                 {"ﾡﾢ", "", ""},  // maps to letters in pieces
                 {"ﾠ", "", ""}};  // maps to what is not seen
  for (const auto& [typed, kept, key] : vectors) {
    SCOPED_TRACE(typed);
    EXPECT_EQ(NormalizeAlias(typed).value_or(""), kept);
    if (*key != '\0') {
      EXPECT_EQ(AliasKey(typed), key);
    }
  }
}

// RFC 8264: HasCompat, PrecisIgnorableProperties, OldHangulJamo, Exceptions.
TEST(AliasTest, RefusesWhatPrecisRefuses) {
  for (const char* alias :
       {"𝓪𝓵𝓲𝓬𝓮", "ﬁna", "ªnn", "ŉa", "Ǆ", "ſam", "ⅿ", "ㅤ", "aㅤb", "a͏b",
        "a\uFE0F", "ᅟ", "가\u1160", "عـلي", "〱", "〻", "ﷺ", "ﻉ"}) {
    EXPECT_FALSE(NormalizeAlias(alias).ok()) << alias;
  }
}

TEST(AliasTest, AllowsTheVowelOfThaiAndLao) {
  EXPECT_EQ(NormalizeAlias("คำ").value_or(""), "คำ");
  EXPECT_EQ(NormalizeAlias("ຄຳ").value_or(""), "ຄຳ");
}

TEST(AliasTest, AllowsSeveralScripts) {
  for (const char* alias : {"Ivan_Петров", "李雷_Lee", "Ωmega", "ゴジラ2"}) {
    EXPECT_TRUE(NormalizeAlias(alias).ok()) << alias;
  }
}

// RFC 5893, 2: its six conditions, in order.
TEST(AliasTest, BidiRule) {
  for (const char* alias :
       {"דוד", "علي", "דוד7", "علي٣", "דוד_לוי", "ד.ו-ד", "עִבְ", "ޔޫސުފް"}) {
    EXPECT_TRUE(NormalizeAlias(alias).ok())
        << alias << NormalizeAlias(alias).status();
  }
  for (const char* alias : {"7דוד", "٣علي", "_דוד",    // 1: the first one
                            "דודa", "דaוד", "عليbob",  // 2: no letters of left
                            "דוד_", "علي-", "דוד.",    // 3: the last one
                            "דוד7٣", "ع٣7",  // 4: not two kinds of digits
                            "annדוד", "aعb", "ann٣",  // 5: none of right
                            "bobא_"}) {               // 6
    const auto normal = NormalizeAlias(alias);
    ASSERT_FALSE(normal.ok()) << alias;
    EXPECT_TRUE(std::string(normal.status().message())
                    .starts_with("An alias written from right to left"))
        << normal.status();
  }
  // Without a character from right to left there is no such rule.
  for (const char* alias : {"7ann", "_ann_", "ann.", "7", "-", "7й"}) {
    EXPECT_TRUE(NormalizeAlias(alias).ok()) << alias;
  }
}

TEST(AliasTest, KeepsToOneKindOfArabicDigits) {
  EXPECT_TRUE(NormalizeAlias("ع٣").ok());
  EXPECT_TRUE(NormalizeAlias("ع۳").ok());
  EXPECT_FALSE(NormalizeAlias("ع٣۳").ok());
}

TEST(AliasTest, KeyIsItsOwnKey) {
  for (const char* alias :
       {"Alice", "STRASSE", "straße", "ＡＬＩＣＥ", "ǰ", "ΐ", "ᾳͅ", "x\u0345",
        "ϓ", "ẞ", "İ", "ꭰ", "Ꭰ", "ﬃ", "\u0345\u0301a"}) {
    EXPECT_EQ(AliasKey(AliasKey(alias)), AliasKey(alias)) << alias;
  }
}

TEST(AliasTest, KeyOfNonsenseIsItself) {
  EXPECT_EQ(AliasKey("\xff\xfe"), "\xff\xfe");
  EXPECT_EQ(AliasKey(Repeat("A", 4096)), Repeat("A", 4096));
}

TEST(AliasTest, ReservesWordsInAnyCase) {
  EXPECT_TRUE(IsReservedAlias(AliasKey("Server")));
  EXPECT_TRUE(IsReservedAlias(AliasKey("EXIT")));
  EXPECT_TRUE(IsReservedAlias(AliasKey("NickServ")));
  EXPECT_TRUE(IsReservedAlias(AliasKey("ＡＤＭＩＮ")));
  EXPECT_FALSE(IsReservedAlias(AliasKey("serverin")));
}

TEST(AliasTest, ReservedWordsAreKeys) {
  for (const std::string_view word : ReservedAliases()) {
    EXPECT_EQ(AliasKey(word), word);
    EXPECT_TRUE(NormalizeAlias(word).ok()) << word;
  }
}

}  // namespace
}  // namespace chat77::wire
