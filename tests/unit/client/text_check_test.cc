#include "client/text_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chat77::client {
namespace {

using ::testing::HasSubstr;

std::string Sentence(const std::string& text) {
  return std::string(CheckText(text).message());
}

TEST(TextCheckTest, TakesOrdinaryText) {
  EXPECT_TRUE(CheckText("hello").ok());
  EXPECT_TRUE(CheckText("gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x98\x80").ok());
  EXPECT_TRUE(CheckText(std::string(8192, 'x')).ok());
}

TEST(TextCheckTest, RefusesNothing) {
  EXPECT_THAT(Sentence(" \n\t"), HasSubstr("no text"));
}

TEST(TextCheckTest, RefusesALongLine) {
  const std::string sentence = Sentence(std::string(100 * 1024, 'x'));
  EXPECT_THAT(sentence, HasSubstr("102400 bytes"));
  EXPECT_THAT(sentence, HasSubstr("8192"));
}

TEST(TextCheckTest, CountsLines) {
  std::string text;
  for (int i = 0; i < 199; ++i) text += "x\n";
  EXPECT_TRUE(CheckText(text + "x").ok());
  EXPECT_THAT(Sentence(text + "x\nx"), HasSubstr("201 lines"));
}

TEST(TextCheckTest, RefusesWhatIsNotUtf8) {
  for (const char* text : {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\xaf"}) {
    EXPECT_THAT(Sentence(text), HasSubstr("UTF-8")) << text;
  }
}

}  // namespace
}  // namespace chat77::client
