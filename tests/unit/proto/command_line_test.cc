#include "proto/command_line.h"

#include <cstdint>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/flags/flag.h"

ABSL_FLAG(uint32_t, check_number, 1, "");
ABSL_FLAG(bool, check_switch, false, "");

namespace chat77::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Check(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "chat77");
  auto checked = CheckFlags(arguments);
  if (!checked.ok()) return {std::string(checked.status().message())};
  checked->erase(checked->begin());
  return *checked;
}

TEST(CommandLineTest, TakesGoodFlags) {
  EXPECT_THAT(Check({"--check-number=7", "send", "--check_switch", "-"}),
              ElementsAre("--check_number=7", "send", "--check_switch", "-"));
  EXPECT_THAT(Check({"--check_number", "7", "--nocheck_switch"}),
              ElementsAre("--check_number", "7", "--nocheck_switch"));
}

TEST(CommandLineTest, KeepsValuesAsTheyAre) {
  EXPECT_THAT(Check({"--check_number=-x=y"}),
              ElementsAre(HasSubstr("cannot be \"-x=y\"")));
}

TEST(CommandLineTest, RefusesTheRest) {
  EXPECT_THAT(Check({"--bogus"}), ElementsAre(HasSubstr("--bogus is no flag")));
  EXPECT_THAT(Check({"--check_number"}),
              ElementsAre(HasSubstr("needs a value")));
  EXPECT_THAT(Check({"--check_number=many"}),
              ElementsAre(HasSubstr("cannot be \"many\"")));
  EXPECT_THAT(Check({"--nocheck_number"}), ElementsAre(HasSubstr("no flag")));
}

TEST(CommandLineTest, NothingIsAFlagAfterTwoDashes) {
  EXPECT_THAT(Check({"send", "--", "--bogus"}),
              ElementsAre("send", "--", "--bogus"));
}

}  // namespace
}  // namespace chat77::wire
