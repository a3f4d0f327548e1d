#include "server/core/text_rules.h"

#include <gtest/gtest.h>
#include <string>

#include "proto/limits.h"

namespace chat77::server {
namespace {

namespace pb = ::chat77::v1;

std::string LinesOf(size_t count) {
  std::string text = "x";
  for (size_t i = 1; i < count; ++i) text += "\nx";
  return text;
}

struct Case {
  const char* what;
  std::string text;
  pb::Code code;
};

TEST(TextRulesTest, JudgesTexts) {
  const Case cases[] = {
      {"a letter", "x", pb::CODE_UNSPECIFIED},
      {"space around", "  x\r\n", pb::CODE_UNSPECIFIED},
      {"any script", "李雷 🙂", pb::CODE_UNSPECIFIED},
      {"nothing", "", pb::TEXT_EMPTY},
      {"blanks", " \t\r\n", pb::TEXT_EMPTY},
      {"rarer blanks", "\v\f\u00a0\u2003\u2028\u3000", pb::TEXT_EMPTY},
      {"blanks with a letter", "\u00a0\u00e9", pb::CODE_UNSPECIFIED},
      {"many blanks", std::string(wire::kTextBytes + 1, ' '), pb::TEXT_EMPTY},
      {"all the bytes", std::string(wire::kTextBytes, 'x'),
       pb::CODE_UNSPECIFIED},
      {"a byte more", std::string(wire::kTextBytes + 1, 'x'),
       pb::TEXT_TOO_LONG},
      {"all the lines", LinesOf(wire::kTextLines), pb::CODE_UNSPECIFIED},
      {"all the lines, the last ended", LinesOf(wire::kTextLines) + "\n",
       pb::CODE_UNSPECIFIED},
      {"a line more", LinesOf(wire::kTextLines + 1), pb::TEXT_TOO_LONG},
      {"an empty line more", LinesOf(wire::kTextLines) + "\n\n",
       pb::TEXT_TOO_LONG},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const TextVerdict verdict = JudgeText(c.text);
    EXPECT_EQ(verdict.code, c.code);
    EXPECT_EQ(verdict.ok(), verdict.sentence.empty());
  }
}

TEST(TextRulesTest, SentenceNamesBothNumbers) {
  const std::string sentence =
      JudgeText(LinesOf(wire::kTextLines + 1)).sentence;
  EXPECT_NE(sentence.find("200"), std::string::npos) << sentence;
  EXPECT_NE(sentence.find("201"), std::string::npos) << sentence;
  EXPECT_EQ(JudgeText(LinesOf(wire::kTextLines + 1) + "\n").sentence, sentence);
}

TEST(CleanTextTest, PlainTextsStayAsTheyAre) {
  for (const char* text : {"", "hi", "two\nlines", "na\u00efve \u4f60\u597d"}) {
    EXPECT_EQ(CleanText(text), text);
  }
}

TEST(CleanTextTest, WhatHarmsDoesNotStay) {
  EXPECT_EQ(CleanText("a\x1b[2Jb").find('\x1b'), std::string::npos);
  EXPECT_EQ(CleanText("a\rb").find('\r'), std::string::npos);
  EXPECT_EQ(CleanText("a\u202eb").find("\u202e"), std::string::npos);
}

TEST(CleanLineTest, IsOneLine) {
  EXPECT_EQ(CleanLine("a\nb\rc", 100).find_first_of("\r\n"), std::string::npos);
}

TEST(CleanLineTest, IsCutBetweenCharacters) {
  EXPECT_EQ(CleanLine("abcdef", 3), "abc");
  EXPECT_EQ(CleanLine("ab\u00e4", 3), "ab");
  EXPECT_EQ(CleanLine("\u00e4", 1), "");
  EXPECT_EQ(CleanLine("\u00e4", 2), "\u00e4");
}

}  // namespace
}  // namespace chat77::server
