#include "store/legacy_json/legacy_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chat77::store {
namespace {

TEST(LegacyFileTest, RefusesWhatIsNoSuchFile) {
  for (const std::string& json :
       {std::string(), std::string("{"), std::string("{\"users\": ["),
        std::string("[]"), std::string("null"), std::string("\"users\""),
        std::string("{\"users\": {}}"), std::string("{\"connections\": 1}"),
        std::string("{} {}"), std::string("{\"users\": [\"\xff\"]}"),
        std::string(1000, '[')}) {
    const auto file = ParseLegacyJson(json);
    EXPECT_TRUE(absl::IsInvalidArgument(file.status())) << json;
    EXPECT_THAT(std::string(file.status().message()),
                testing::HasSubstr("legacy file is damaged"));
  }
}

TEST(LegacyFileTest, LimitsDepthAndSize) {
  const auto nested = [](int depth) {
    return "{\"x\": " + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(ParseLegacyJson(nested(6)).ok());
  EXPECT_FALSE(ParseLegacyJson(nested(9)).ok());
  const std::string large = "{}" + std::string(kLegacyFileBytes, ' ');
  EXPECT_FALSE(ParseLegacyJson(large).ok());
}

TEST(LegacyFileTest, EitherListMayBeMissing) {
  EXPECT_TRUE(ParseLegacyJson("{}").ok());
  EXPECT_TRUE(ParseLegacyJson("{\"users\": []}")->connections.empty());
}

TEST(LegacyFileTest, NamesUnusedFields) {
  const auto file = ParseLegacyJson(
      R"({"groups": 1, "users": [{"aliase": "a", "password": "p", "x": 1}]})");
  EXPECT_THAT(file->unused_fields, testing::ElementsAre("groups", "users.x"));
}

}  // namespace
}  // namespace chat77::store
