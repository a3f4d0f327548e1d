// The server and its tools on a store of schema 3.
#include <csignal>
#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "store/sqlite/database.h"
#include "store/sqlite/statement.h"
#include "tests/support/golden.h"
#include "tests/support/native_client.h"
#include "tests/support/server_process.h"
#include "tests/support/store_v3.h"
#include "tests/support/temp_folder.h"

namespace chat77::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class UpgradeTest : public testing::Test {
 protected:
  UpgradeTest() { MakeStoreV3(path_); }

  // Runs chat77-store; its exit code.
  int Tool(const std::string& arguments) {
    return std::system(("cd '" + folder_.path().string() +
                        "' && " CHAT77_STORE_TOOL " " + arguments +
                        " >out.txt 2>err.txt")
                           .c_str());
  }
  int64_t Schema() {
    using store::sqlite::Database;
    auto database = Database::Open(path_, Database::Mode::kRead);
    return store::sqlite::QueryInt(**database, "PRAGMA user_version")
        .value_or(-1);
  }

  TempFolder folder_;
  const std::string path_ = folder_ / "chat77.db";
  const std::string flag_ = "--store=" + path_;
  const std::string backup_ = path_ + ".v3.backup";
};

TEST_F(UpgradeTest, ServerSaysWhereTheBackupIsAndServes) {
  {
    ServerProcess server({flag_});
    ASSERT_TRUE(server.ready()) << server.Log();
    EXPECT_THAT(server.Log(), HasSubstr("backup=\"" + backup_ + "\""));
    NativeClient fred(server.port(), pb::PRESENCE_NONE);
    EXPECT_TRUE(fred.Login("fred", "secret of fred").has_login());
    EXPECT_EQ(fred.Say("back again").say().seq(), 8u);
    const pb::FetchHistoryReply page = fred.History();
    ASSERT_EQ(page.messages_size(), 8);
    EXPECT_EQ(page.messages(0).alias(), "Ann");
    EXPECT_EQ(page.messages(0).text(), "hello");
    NativeClient eve(server.port(), pb::PRESENCE_NONE);
    eve.Login("eve", "secret of eve");
    EXPECT_EQ(eve.Hear().goodbye().code(), pb::BANNED);
    server.Signal(SIGTERM);
    EXPECT_EQ(server.Wait(), 0);
  }
  ServerProcess again({flag_});
  ASSERT_TRUE(again.ready()) << again.Log();
  EXPECT_THAT(again.Log(), Not(HasSubstr("backup=")));
}

TEST_F(UpgradeTest, ToolSaysWhereTheBackupIs) {
  EXPECT_EQ(Tool("check"), 0);
  EXPECT_EQ(Tool("backup copy.db"), 0);
  EXPECT_EQ(Schema(), 3);
  EXPECT_EQ(Tool("invite"), 0);
  EXPECT_THAT(support::ReadFile(folder_ / "err.txt"), HasSubstr(backup_));
  EXPECT_THAT(support::ReadFile(folder_ / "out.txt"), Not(HasSubstr(backup_)));
  EXPECT_EQ(Schema(), 6);
  EXPECT_EQ(Tool("restore chat77.db.v3.backup"), 0);
  EXPECT_EQ(Schema(), 3);
}

}  // namespace
}  // namespace chat77::test
