#include "client/terminal/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chat77::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<std::string> kNames = {"ann", "Anton", "bob", "\xc3\xa4nne",
                                         "\xc3\xa5ke"};

std::string Insert(const std::string& before) {
  return Complete(before, kNames).insert;
}

TEST(CompletionTest, CompletesCommands) {
  EXPECT_EQ(Insert("/con"), "nect ");
  EXPECT_EQ(Insert("/QUI"), "t ");
  EXPECT_EQ(Insert("bd"), "ct txt ");
}

TEST(CompletionTest, CompletesNamesAfterCommands) {
  EXPECT_EQ(Insert("/msg bo"), "b ");
  EXPECT_EQ(Insert("connect to b"), "ob ");
  EXPECT_EQ(Insert("private txt BO"), "b ");
}

TEST(CompletionTest, CompletesANameThatIsSpokenTo) {
  EXPECT_EQ(Insert("bo"), "b: ");
}

TEST(CompletionTest, GoesAsFarAsNamesAgree) {
  EXPECT_THAT(Complete("/msg an", kNames).candidates,
              ElementsAre("ann", "Anton"));
  EXPECT_EQ(Insert("/msg ann"), " ");
  EXPECT_EQ(Insert("/rej"), "ect ");
  EXPECT_EQ(Insert("/h"), "");
}

TEST(CompletionTest, DoesNotCutCharacters) {
  EXPECT_EQ(Insert("/msg \xc3"), "") << "the common first byte is no name";
}

TEST(CompletionTest, LeavesTextAlone) {
  EXPECT_EQ(Insert(""), "");
  EXPECT_EQ(Insert("hello bo"), "");
  EXPECT_EQ(Insert("/msg bob he"), "");
  EXPECT_THAT(Complete("zzz", kNames).candidates, IsEmpty());
}

}  // namespace
}  // namespace chat77::client
