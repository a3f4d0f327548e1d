#include "store/skeleton.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/alias.h"

namespace chat77::store {
namespace {

using testing::ElementsAre;

// What the store asks: whether the two could not both be registered.
bool LookAlike(std::string_view one, std::string_view other) {
  const auto a = SkeletonsOf(one);
  const auto b = SkeletonsOf(other);
  return std::any_of(a.begin(), a.end(), [&b](const std::string& skeleton) {
    return std::find(b.begin(), b.end(), skeleton) != b.end();
  });
}

struct Pair {
  const char* real;
  const char* fake;
};

// Pairs of Unicode's confusables.txt, in names; each side is a legal alias.
constexpr Pair kConfusables[] = {
    {"paypal", "раураl"},  // Cyrillic er a u er a, Latin l
    {"paypal", "pаypal"},  // one Cyrillic a
    {"alice", "аlice"},    // Cyrillic a
    {"alice", "ɑlice"},    // Latin alpha
    {"alice", "АLICE"},    // Cyrillic capital A
    {"scope", "ѕсоре"},    // all Cyrillic
    {"oscar", "οscar"},    // Greek omicron
    {"oscar", "օscar"},    // Armenian oh
    {"oscar", "ഠscar"},    // Malayalam ttha
    {"hans", "һans"},      // Cyrillic shha
    {"jim", "јim"},        // Cyrillic je
    {"ivan", "іvan"},      // Ukrainian i
    {"ivan", "ıvan"},      // dotless i
    {"sam", "ѕam"},        // Cyrillic dze
    {"xena", "хena"},      // Cyrillic ha
    {"Xena", "Χena"},      // Greek capital chi
    {"cora", "ⲥora"},      // Coptic sima
    {"cora", "сora"},      // Cyrillic es
    {"ernie", "еrnie"},    // Cyrillic ie
    {"david", "ԁavid"},    // Cyrillic komi de
    {"quinn", "ԛuinn"},    // Cyrillic qa
    {"wanda", "ԝanda"},    // Cyrillic we
    {"una", "սna"},        // Armenian seh
    {"nora", "ոora"},      // Armenian vo
    {"vera", "νera"},      // Greek nu
    {"vera", "ѵera"},      // Cyrillic izhitsa
    {"yves", "уves"},      // Cyrillic u
    {"yves", "γves"},      // Greek gamma
    {"gina", "ɡina"},      // Latin script g
    {"pia", "ρia"},        // Greek rho
    {"BEAT", "ВЕАТ"},      // Cyrillic capitals
    {"HAKON", "ΗΑΚΟΝ"},    // Greek capitals
    {"TOM", "ТОМ"},        // Cyrillic capitals
    {"zoe", "ᴢoe"},        // Latin small capital z
    {"kim", "Кim"},        // Cyrillic capital ka
    {"ina", "ӏna"},        // Cyrillic small palochka
    {"lea", "ǀea"},        // Latin dental click
    {"soso", "ѕoѕo"},      // twice
    {"o7", "ഠ7"},          // Malayalam
    {"דוד", "דןד"},        // Hebrew vav and final nun
    {"一郎", "ー郎"},      // Han one, and the mark of a long vowel
    {"ロボ", "口ボ"},      // Katakana ro, Han mouth
    {"カル", "力ル"},      // Katakana ka, Han strength
};

TEST(SkeletonTest, UnicodesConfusablesLookAlike) {
  for (const auto& [real, fake] : kConfusables) {
    SCOPED_TRACE(std::string(real) + " and " + fake);
    EXPECT_TRUE(wire::NormalizeAlias(fake).ok())
        << wire::NormalizeAlias(fake).status();
    EXPECT_NE(wire::AliasKey(real), wire::AliasKey(fake));
    EXPECT_TRUE(LookAlike(real, fake));
    EXPECT_TRUE(LookAlike(fake, real));
  }
}

// What the servers this one learns from were bypassed with: a table with one
// of ASCII's entries taken out, and skeletons of the folded name only.
TEST(SkeletonTest, PeersBugs) {
  EXPECT_TRUE(LookAlike("m", "rn"));
  EXPECT_TRUE(LookAlike("modern", "modem"));
  EXPECT_TRUE(LookAlike("Emma", "Ernrna"));
  EXPECT_TRUE(LookAlike("Ian", "lan"));
  EXPECT_TRUE(LookAlike("lan", "Ian"));
  EXPECT_TRUE(LookAlike("АLICE", "alice"));
  EXPECT_TRUE(LookAlike("dog", "d0g"));
}

TEST(SkeletonTest, DigitsThatAreLetters) {
  EXPECT_TRUE(LookAlike("bill", "bi11"));
  EXPECT_TRUE(LookAlike("bill", "BIll"));
  EXPECT_TRUE(LookAlike("bill", "bіІІ"));
  EXPECT_TRUE(LookAlike("bob", "b0b"));
  EXPECT_TRUE(LookAlike("BOB", "B0B"));
  EXPECT_TRUE(LookAlike("user1", "userl"));
  EXPECT_TRUE(LookAlike("ann7", "ann𝟕"));  // also no legal alias
}

TEST(SkeletonTest, NotEverythingIsAlike) {
  constexpr Pair kApart[] = {
      {"ann", "anne"},
      {"ann", "anna"},
      {"user1", "user2"},
      {"ann1", "ann7"},
      {"ian", "lan"},
      {"jan", "ian"},
      {"мария", "maria"},
      {"иван", "ivan"},
      {"李", "季"},
      {"žofie", "zofie"},
      {"émile", "emile"},
      {"zoë", "zoe"},
      {"5am", "sam"},
      {"a_b", "a-b"},
      {"a.b", "ab"},
      // Beyond Unicode's table: a reader of small print may still be fooled.
      {"vv", "w"},
      {"cl", "d"}};
  for (const auto& [one, other] : kApart) {
    EXPECT_FALSE(LookAlike(one, other)) << one << " and " << other;
  }
}

TEST(SkeletonTest, CaseIsNotLooks) {
  EXPECT_THAT(SkeletonsOf("BOB"), ElementsAre("bob"));
  EXPECT_THAT(SkeletonsOf("alice"), ElementsAre("alice"));
  EXPECT_THAT(SkeletonsOf("Alice"), ElementsAre("alice"));
  EXPECT_THAT(SkeletonsOf("Ida"), ElementsAre("ida", "lda"));
}

TEST(SkeletonTest, NonsenseHasASkeleton) {
  EXPECT_FALSE(SkeletonsOf("").empty());
  EXPECT_FALSE(SkeletonsOf("\xff\xfe").empty());
  EXPECT_FALSE(SkeletonsOf(std::string(1 << 16, 'm')).empty());
}

TEST(SkeletonTest, ReservedNamesAndWhatLooksLikeThem) {
  for (const char* alias :
       {"admin", "Admin", "аdmin", "adrnin", "ADMlN", "r00t", "rооt",
        "NickServ", "ΝickServ", "chan5erv_", "everyone", "SuppОrt", "0fficial",
        "аbuse", "adm1n"}) {
    const bool expected = std::string_view(alias) != "chan5erv_";
    EXPECT_EQ(LooksReserved(alias), expected) << alias;
  }
  EXPECT_FALSE(LooksReserved("ann"));
  EXPECT_FALSE(LooksReserved("administratorin"));
}

}  // namespace
}  // namespace chat77::store
