#include "store/sqlite/schema.h"

#include <fstream>
#include <gtest/gtest.h>

#include "store/sqlite/statement.h"
#include "tests/support/temp_folder.h"

namespace chat77::store::sqlite {
namespace {

class SchemaTest : public testing::Test {
 protected:
  SchemaTest() {
    std::ofstream(folder_ / "file.db").close();
    auto opened = Database::Open(folder_ / "file.db", Database::Mode::kWrite);
    EXPECT_TRUE(opened.ok()) << opened.status();
    database_ = *std::move(opened);
  }

  int64_t Ask(const std::string& sql) {
    return QueryInt(*database_, sql).value_or(-1);
  }

  test::TempFolder folder_;
  std::unique_ptr<Database> database_;
};

constexpr const char* kFirst = "CREATE TABLE t (x INTEGER) STRICT";
constexpr const char* kSecond = "INSERT INTO t VALUES (7)";
constexpr const char* kBroken = "INSERT INTO t VALUES (8); nonsense";

TEST_F(SchemaTest, TakesOnlyTheMissingSteps) {
  ASSERT_TRUE(Migrate(*database_, {kFirst}).ok());
  EXPECT_EQ(Ask("PRAGMA user_version"), 1);
  EXPECT_EQ(Ask("PRAGMA application_id"), kApplicationId);
  ASSERT_TRUE(Migrate(*database_, {kFirst, kSecond}).ok());
  ASSERT_TRUE(Migrate(*database_, {kFirst, kSecond}).ok());
  EXPECT_EQ(Ask("PRAGMA user_version"), 2);
  EXPECT_EQ(Ask("SELECT count(*) FROM t"), 1);
}

TEST_F(SchemaTest, BrokenStepTakesAllBack) {
  ASSERT_TRUE(Migrate(*database_, {kFirst}).ok());
  EXPECT_FALSE(Migrate(*database_, {kFirst, kSecond, kBroken}).ok());
  EXPECT_EQ(Ask("PRAGMA user_version"), 1);
  EXPECT_EQ(Ask("SELECT count(*) FROM t"), 0);
  EXPECT_TRUE(Migrate(*database_, {kFirst, kSecond}).ok());
}

TEST_F(SchemaTest, NewerFileIsRefused) {
  ASSERT_TRUE(Migrate(*database_, {kFirst, kSecond}).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Migrate(*database_, {kFirst})));
  EXPECT_EQ(Ask("PRAGMA user_version"), 2);
}

TEST_F(SchemaTest, CurrentSchemaIsVersionSix) {
  ASSERT_TRUE(Migrate(*database_).ok());
  EXPECT_EQ(Ask("PRAGMA user_version"), 6);
  // SQLite's own counter of numbers makes the fifteenth.
  EXPECT_EQ(Ask("SELECT count(*) FROM sqlite_schema WHERE type = 'table'"), 15);
}

}  // namespace
}  // namespace chat77::store::sqlite
