#include "store/code.h"

#include <gtest/gtest.h>
#include <set>

namespace chat77::store {
namespace {

TEST(CodeTest, NewCodesDiffer) {
  std::set<std::string> codes;
  for (int i = 0; i < 1000; ++i) codes.insert(NewCode());
  EXPECT_EQ(codes.size(), 1000u);
  for (const std::string& code : codes) {
    EXPECT_EQ(code.size(), 4 * 5 + 3u);
    EXPECT_EQ(code.find_first_of("ILOU"), std::string::npos);
    EXPECT_EQ(NormalizeCode(code), code);
  }
}

TEST(CodeTest, EveryCharacterComesUp) {
  std::set<char> seen;
  for (int i = 0; i < 200; ++i) {
    for (const char c : NewCode()) seen.insert(c);
  }
  EXPECT_EQ(seen.size(), 33u);  // and the dash
}

TEST(CodeTest, TakesWhatPeopleType) {
  const std::string code = "01ABC-DEFGH-JKMNP-QRSTV";
  for (const char* typed :
       {"01abc-defgh-jkmnp-qrstv", "01ABCDEFGHJKMNPQRSTV",
        " 01abc defgh jkmnp qrstv ", "oiabc-defgh-jkmnp-qrstv",
        "OLABC--DEFGH-JKMNP-QRSTV-"}) {
    EXPECT_EQ(NormalizeCode(typed), code) << typed;
    EXPECT_EQ(HashOfCode(typed), HashOfCode(code)) << typed;
  }
}

TEST(CodeTest, RefusesTheRest) {
  for (const char* typed :
       {"", "01ABC-DEFGH-JKMNP-QRST", "01ABC-DEFGH-JKMNP-QRSTVW",
        "U1ABC-DEFGH-JKMNP-QRSTV", "01ABC_DEFGH_JKMNP_QRSTV", "\xff"}) {
    EXPECT_EQ(NormalizeCode(typed), "") << typed;
    EXPECT_EQ(HashOfCode(typed).size(), 32u);
    EXPECT_NE(HashOfCode(typed), HashOfCode(NewCode()));
  }
  EXPECT_EQ(NormalizeCode(std::string(1 << 20, ' ') + NewCode()), "");
  EXPECT_EQ(HashOfCode(std::string(1 << 20, 'x')).size(), 32u);
}

TEST(CodeTest, ComparesWhole) {
  EXPECT_TRUE(SameSecret("", ""));
  EXPECT_TRUE(SameSecret(std::string("a\0b", 3), std::string("a\0b", 3)));
  EXPECT_FALSE(SameSecret(std::string("a\0b", 3), std::string("a\0c", 3)));
  EXPECT_FALSE(SameSecret("abc", "abcd"));
}

}  // namespace
}  // namespace chat77::store
