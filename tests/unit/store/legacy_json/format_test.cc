#include "store/legacy_json/format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chat77::store {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Format(const std::string& alias) {
  return FormatLegacyJson({{.alias = alias,
                            .key = "key",
                            .password_hash = "$argon2id$hash",
                            .created_at = absl::UnixEpoch()}},
                          {}, absl::UTCTimeZone());
}

TEST(LegacyFormatTest, EmptyStoreIsEmptyLists) {
  EXPECT_EQ(FormatLegacyJson({}, {}, absl::UTCTimeZone()),
            "{\n    \"users\": [],\n    \"connections\": []\n}");
}

TEST(LegacyFormatTest, EscapesAsPythonDoes) {
  EXPECT_THAT(Format("Ž"), HasSubstr("\"aliase\": \"\\u017d\""));
  EXPECT_THAT(Format("李"), HasSubstr("\"\\u674e\""));
  EXPECT_THAT(Format("😀"), HasSubstr("\"\\ud83d\\ude00\""));
  EXPECT_THAT(Format("\"\\/\n\r\t\f\b\x01\x7f"),
              HasSubstr("\"\\\"\\\\/\\n\\r\\t\\f\\b\\u0001\x7f\""));
}

TEST(LegacyFormatTest, BadBytesAreReplaced) {
  EXPECT_THAT(Format("a\xff z"), HasSubstr("\"a\\ufffd z\""));
  EXPECT_THAT(Format("\xe6\x9d"), HasSubstr("\"\\ufffd\\ufffd\""));
  EXPECT_THAT(Format("\xed\xa0\x80"), HasSubstr("\"\\ufffd\""));
}

TEST(LegacyFormatTest, HoldsNoHash) {
  EXPECT_THAT(Format("ann"), Not(HasSubstr("argon2id")));
  EXPECT_THAT(Format("ann"), HasSubstr("\"password\": \"\""));
}

TEST(LegacyFormatTest, OpenConnectionHasNull) {
  EXPECT_THAT(FormatLegacyJson({},
                               {{.id = 1,
                                 .alias = "ann",
                                 .address = "::1",
                                 .port = 7,
                                 .login_time = absl::UnixEpoch(),
                                 .logout_time = std::nullopt,
                                 .reason = ""}},
                               absl::UTCTimeZone()),
              HasSubstr("\"login_time\": \"1970-01-01 00:00:00\",\n"
                        "            \"logout_time\": null\n"));
}

}  // namespace
}  // namespace chat77::store
