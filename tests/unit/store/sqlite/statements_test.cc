// How SQLite finds what each statement looks for: by a key, never by reading a
// table that grows.
#include "store/sqlite/statements.h"

#include <gtest/gtest.h>

#include "store/store.h"
#include "tests/support/temp_folder.h"

namespace chat77::store::sqlite {
namespace {

class StatementsTest : public testing::Test {
 protected:
  StatementsTest() {
    EXPECT_TRUE(OpenStore(path_).ok());
    auto opened = Database::Open(path_, Database::Mode::kRead);
    EXPECT_TRUE(opened.ok()) << opened.status();
    database_ = *std::move(opened);
  }

  std::string Plan(const std::string& sql) {
    auto statement =
        Statement::Prepare(*database_, "EXPLAIN QUERY PLAN " + sql);
    EXPECT_TRUE(statement.ok()) << statement.status();
    std::string all;
    Rows rows = statement->Query();
    while (rows.Next()) all += rows.Text(3) + "; ";
    return all;
  }

  test::TempFolder folder_;
  const std::string path_ = folder_ / "chat77.db";
  std::unique_ptr<Database> database_;
};

TEST_F(StatementsTest, MessagesAndAccounts) {
  EXPECT_EQ(Plan(kHistoryAfter),
            "SEARCH messages USING PRIMARY KEY (room=? AND seq>?); ");
  EXPECT_EQ(Plan(kHistoryBefore),
            "SEARCH messages USING PRIMARY KEY (room=? AND seq<?); ");
  EXPECT_EQ(Plan(kFindRoom),
            "SEARCH rooms USING INTEGER PRIMARY KEY (rowid=?); "
            "CORRELATED SCALAR SUBQUERY 1; "
            "SEARCH messages USING PRIMARY KEY (room=?); ");
  EXPECT_EQ(Plan(kFindAccount),
            "SEARCH accounts USING INDEX sqlite_autoindex_accounts_1 "
            "(key=?); ");
}

// open_connections holds only those who are there.
TEST_F(StatementsTest, Connections) {
  EXPECT_EQ(Plan(kEndConnection),
            "SEARCH connections USING INTEGER PRIMARY KEY (rowid=?); ");
  EXPECT_EQ(Plan(kEndOpenConnections),
            "SCAN connections USING INDEX open_connections; ");
  EXPECT_EQ(Plan(kOpenStays),
            "SCAN c USING INDEX open_connections; "
            "SEARCH d USING INTEGER PRIMARY KEY (rowid=?); ");
}

TEST_F(StatementsTest, Devices) {
  const std::string by_number =
      "SEARCH devices USING INTEGER PRIMARY KEY (rowid=?); ";
  EXPECT_EQ(Plan(kFindDevice),
            "SEARCH d USING INDEX sqlite_autoindex_devices_1 (token_hash=?); "
            "SEARCH a USING INTEGER PRIMARY KEY (rowid=?); ");
  EXPECT_EQ(Plan(kDevicesOfAccount),
            "SEARCH a USING INTEGER PRIMARY KEY (rowid=?); "
            "SEARCH d USING INDEX devices_of_account (account=?); ");
  EXPECT_EQ(Plan(kAddDevice),
            "SEARCH accounts USING INTEGER PRIMARY KEY (rowid=?); ");
  EXPECT_EQ(Plan(kUseDevice), by_number);
  EXPECT_EQ(Plan(kDropDevice), by_number);
  EXPECT_EQ(Plan(kDropDeviceOfAccount), by_number);
  // At most one more than an account may have.
  EXPECT_EQ(Plan(kSurplusDevices),
            "SEARCH devices USING INDEX devices_of_account (account=?); "
            "USE TEMP B-TREE FOR ORDER BY; ");
  EXPECT_EQ(Plan(kExpiredDevices),
            "SEARCH devices USING COVERING INDEX devices_by_use (used_ms<?); ");
  // Only those of who is online.
  EXPECT_EQ(Plan(kUseOpenDevices),
            "SEARCH devices USING INTEGER PRIMARY KEY (rowid=?); "
            "LIST SUBQUERY 1; "
            "SEARCH c USING INDEX resumable_connections (device>?); "
            "SEARCH d USING INTEGER PRIMARY KEY (rowid=?); ");
  EXPECT_EQ(Plan(kForgetDevice),
            "SEARCH connections USING INDEX resumable_connections "
            "(device=?); ");
}

TEST_F(StatementsTest, Names) {
  EXPECT_EQ(Plan(kFindAccountById),
            "SEARCH accounts USING INTEGER PRIMARY KEY (rowid=?); ");
  EXPECT_EQ(Plan(kChangeAccount),
            "SEARCH accounts USING INTEGER PRIMARY KEY (rowid=?); ");
  EXPECT_EQ(Plan(kIsNameTaken),
            "SEARCH names USING PRIMARY KEY (skeleton=?); ");
  // admins holds only those.
  EXPECT_EQ(Plan(kHasAdmin), "SCAN accounts USING INDEX admins; ");
}

TEST_F(StatementsTest, Invitations) {
  EXPECT_EQ(Plan(kFindInvitation),
            "SEARCH invitations USING PRIMARY KEY (code_hash=?); ");
  EXPECT_EQ(Plan(kDropInvitation),
            "SEARCH invitations USING PRIMARY KEY (code_hash=?); ");
  EXPECT_EQ(Plan(kDropExpiredInvitations),
            "SEARCH invitations USING PRIMARY KEY (code_hash=?); "
            "LIST SUBQUERY 1; SEARCH invitations USING COVERING INDEX "
            "invitations_by_expiry (expires_ms<?); ");
}

TEST_F(StatementsTest, Moderation) {
  // At most wire::kBlockedPerUser.
  EXPECT_EQ(Plan(kBlockedBy),
            "SEARCH b USING PRIMARY KEY (account=?); "
            "SEARCH a USING INTEGER PRIMARY KEY (rowid=?); "
            "USE TEMP B-TREE FOR ORDER BY; ");
  EXPECT_EQ(Plan(kCountBlocked),
            "SEARCH blocks USING PRIMARY KEY (account=?); ");
  EXPECT_EQ(Plan(kDropBlock),
            "SEARCH blocks USING PRIMARY KEY (account=? AND blocked=?); ");
  EXPECT_EQ(Plan(kSanctionsInForce), "SCAN sanctions; ");
  EXPECT_EQ(Plan(kLiftSanction),
            "SEARCH sanctions USING INTEGER PRIMARY KEY (rowid=?); ");
  EXPECT_EQ(Plan(kDropExpiredSanctions),
            "SEARCH sanctions USING INTEGER PRIMARY KEY (rowid=?); "
            "LIST SUBQUERY 1; SEARCH sanctions USING COVERING INDEX "
            "sanctions_by_expiry (expires_ms>? AND expires_ms<?); ");
  EXPECT_EQ(Plan(kAuditRecords),
            "SEARCH audit USING INTEGER PRIMARY KEY (rowid>?); ");
  EXPECT_EQ(Plan(kAuditEnd), "SCAN audit; ");  // its LIMIT ends it
}

TEST_F(StatementsTest, Requests) {
  EXPECT_EQ(Plan(kFindRequest),
            "SEARCH requests USING INDEX sqlite_autoindex_requests_1 "
            "(account=? AND message_id=?); ");
  const std::string of_account =
      "SEARCH requests USING COVERING INDEX sqlite_autoindex_requests_1 ";
  EXPECT_EQ(Plan(kHighestRequest),
            "SCAN CONSTANT ROW; SCALAR SUBQUERY 1; " + of_account +
                "(account=? AND message_id<?); SCALAR SUBQUERY 2; " +
                of_account + "(account=?); ");
  // The scan ends at its LIMIT.
  EXPECT_EQ(Plan(kForgetRequests),
            "SEARCH requests USING INTEGER PRIMARY KEY (rowid=?); "
            "LIST SUBQUERY 1; SCAN requests; ");
  EXPECT_EQ(Plan(kNewestRequest), "SCAN requests; ");
  EXPECT_EQ(Plan(kNewestUse),
            "SCAN devices USING COVERING INDEX devices_by_use; ");
}

// Each room of an account costs a look or two, however many there are of
// others.
TEST_F(StatementsTest, Rooms) {
  EXPECT_EQ(Plan(kHasRoom),
            "SEARCH rooms USING INTEGER PRIMARY KEY (rowid=?); ");
  EXPECT_EQ(Plan(kLastRoom), "SEARCH rooms; ");
  const std::string of_two =
      "SEARCH links USING PRIMARY KEY (first=? AND second=?); ";
  EXPECT_EQ(Plan(kFindDirectRoom), of_two);
  EXPECT_EQ(Plan(kDropLink), of_two);
  const std::string of_a_link =
      "SEARCH a USING INTEGER PRIMARY KEY (rowid=?); "
      "SEARCH b USING INTEGER PRIMARY KEY (rowid=?); "
      "CORRELATED SCALAR SUBQUERY ";
  const std::string newest = "SEARCH messages USING PRIMARY KEY (room=?); ";
  EXPECT_EQ(Plan(kLinksOf),
            "COMPOUND QUERY; LEFT-MOST SUBQUERY; "
            "SEARCH l USING PRIMARY KEY (first=?); " +
                of_a_link + "1; " + newest +
                "UNION ALL; SEARCH l USING INDEX links_by_second (second=?); " +
                of_a_link + "3; " + newest);
  // bound_links holds only those.
  EXPECT_EQ(Plan(kDropBoundLinks),
            "SEARCH links USING INDEX bound_links (bound=?); ");
  EXPECT_EQ(Plan(kEndBoundLinks),
            "SEARCH links USING COVERING INDEX bound_links (bound=?); ");
  EXPECT_EQ(Plan(kReadBy),
            "SEARCH read_markers USING PRIMARY KEY (account=?); ");
  EXPECT_EQ(Plan(kMarkRead), "");
}

}  // namespace
}  // namespace chat77::store::sqlite
