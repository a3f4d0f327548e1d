#include "store/maintenance.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "store/sqlite/check.h"
#include "store/sqlite/database.h"
#include "store/store.h"
#include "tests/support/temp_folder.h"

namespace chat77::store {
namespace {

using testing::HasSubstr;

class MaintenanceTest : public testing::Test {
 protected:
  static Write Say(uint64_t seq, const std::string& text) {
    return AppendMessage{{kLobby, seq, absl::FromUnixMillis(1), "ann", text, 1},
                         ++id_};
  }

  std::unique_ptr<Store> Open(const std::string& path) {
    auto store = OpenStore(path);
    EXPECT_TRUE(store.ok()) << store.status();
    EXPECT_TRUE((*store)->OpenLobby().ok());
    return *std::move(store);
  }

  // Says so many things in a store of that name.
  void Make(const std::string& path, int messages) {
    const auto store = Open(path);
    uint64_t seq = store->OpenLobby()->last_seq;
    for (int i = 0; i < messages; ++i) {
      EXPECT_TRUE(store->Commit({Say(++seq, "something")}).ok());
    }
  }

  // Two who are linked, and have said something in their room, which is 2.
  void MakeRoom() {
    const Account ann{
        .alias = "ann", .key = "ann", .password_hash = "h", .created_at = {}};
    const Account bob{
        .alias = "bob", .key = "bob", .password_hash = "h", .created_at = {}};
    const SetLink link{
        .link = {.first = 1,
                 .second = 2,
                 .state = LinkState::kLinked,
                 .room = 2},
        .entry = Message{2, 1, {}, "ann", "", 1, EntryKind::kLinked}};
    const AppendMessage say{{2, 2, {}, "ann", "hi", 1}};
    ASSERT_TRUE(
        Open(path_)
            ->Commit({CreateAccount{ann}, CreateAccount{bob}, link, say})
            .ok());
  }

  void RunSql(const std::string& sql) {
    auto database =
        sqlite::Database::Open(path_, sqlite::Database::Mode::kWrite);
    ASSERT_TRUE(database.ok()) << database.status();
    const absl::Status status = (*database)->Execute(sql);
    ASSERT_TRUE(status.ok()) << status;
  }

  void ExpectFault(const std::string& words) {
    const absl::Status status = CheckStore(path_).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(words));
    EXPECT_TRUE(absl::IsDataLoss(BackUpStore(path_, backup_).status()));
    EXPECT_TRUE(
        absl::IsDataLoss(RestoreStore(path_, folder_ / "another.db").status()));
    EXPECT_FALSE(std::filesystem::exists(backup_));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "another.db"));
  }

  int64_t FilesIn() {
    return std::distance(std::filesystem::directory_iterator(folder_.path()),
                         std::filesystem::directory_iterator());
  }

  test::TempFolder folder_;
  const std::string path_ = folder_ / "chat77.db";
  const std::string backup_ = folder_ / "backup.db";
  static inline uint64_t id_ = 0;
};

TEST_F(MaintenanceTest, CheckCounts) {
  Make(path_, 3);
  EXPECT_EQ(CheckStore(path_).value(),
            (StoreCounts{.messages = 3, .requests = 3}));
  EXPECT_EQ(FilesIn(), 1);
  EXPECT_TRUE(absl::IsNotFound(CheckStore(backup_).status()));
}

TEST_F(MaintenanceTest, CheckFollowsTheAuditLog) {
  const RecordKick kick{"ann", "bob", "noise", absl::UnixEpoch()};
  ASSERT_TRUE(Open(path_)->Commit({kick, kick, kick}).ok());
  EXPECT_EQ(CheckStore(path_).value(), (StoreCounts{.audit_records = 3}));
  EXPECT_EQ(BackUpStore(path_, folder_ / "sound.db")->audit_records, 3);
  RunSql("UPDATE audit SET detail = 'nothing' WHERE id = 2");
  ExpectFault("Record 2 of the audit log is not what was written");
  RunSql("DELETE FROM audit WHERE id = 1");
  ExpectFault("Record 1 of the audit log is missing");
}

TEST_F(MaintenanceTest, CheckCountsWhatModerationKeeps) {
  const Account ann{
      .alias = "ann", .key = "ann", .password_hash = "h", .created_at = {}};
  const Account bob{
      .alias = "bob", .key = "bob", .password_hash = "h", .created_at = {}};
  ASSERT_TRUE(Open(path_)
                  ->Commit({CreateAccount{ann}, CreateAccount{bob},
                            SetBlocked{1, 2, true},
                            AddSanction{{.account = 2, .target = "bob"}},
                            AddInvitation{.code_hash = "h"}})
                  .ok());
  EXPECT_EQ(CheckStore(path_).value(), (StoreCounts{.accounts = 2,
                                                    .blocks = 1,
                                                    .sanctions = 1,
                                                    .invitations = 1,
                                                    .audit_records = 2}));
  EXPECT_EQ(RestoreStore(path_, folder_ / "another.db")->counts.blocks, 1);
}

TEST_F(MaintenanceTest, CheckFindsForgedText) {
  Make(path_, 3);
  RunSql("UPDATE messages SET text = 'Something' WHERE seq = 2");
  ExpectFault("message 2 of room 1 is not what was written");
}

TEST_F(MaintenanceTest, CheckFindsForgedAuthor) {
  for (const char* author : {"2", "NULL"}) {
    Make(path_, 3);
    RunSql(std::string("UPDATE messages SET account = ") + author +
           " WHERE seq = 2");
    ExpectFault("message 2 of room 1 is not what was written");
    RunSql("UPDATE messages SET account = 1");
  }
}

TEST_F(MaintenanceTest, CheckFindsGaps) {
  Make(path_, 4);
  RunSql("DELETE FROM messages WHERE seq = 2");
  ExpectFault("message 2 of room 1 is missing");
}

TEST_F(MaintenanceTest, CheckFindsMissingBeginning) {
  Make(path_, 4);
  RunSql("DELETE FROM messages WHERE seq < 3");
  ExpectFault("message 1 of room 1 is missing");
}

TEST_F(MaintenanceTest, CheckFindsDanglingReference) {
  Make(path_, 1);
  RunSql("INSERT INTO devices VALUES (1, 77, x'00', 's', 1, 1)");
  ExpectFault("a row of devices points at nothing in accounts");
}

TEST_F(MaintenanceTest, CheckFollowsLinks) {
  MakeRoom();
  EXPECT_EQ(CheckStore(path_).value(),
            (StoreCounts{.accounts = 2, .messages = 2, .links = 1}));
  for (const auto& [change, back] :
       std::vector<std::pair<std::string, std::string>>{
           {"state = 4", "state = 3"},
           {"room = NULL", "room = 2"},
           {"room = 1", "room = 2"},
           {"state = 1", "state = 3"},
           {"state = 0, room = NULL", "state = 3, room = 2"},
           {"asked_ms = 1", "asked_ms = NULL"}}) {
    RunSql("UPDATE links SET " + change);
    ExpectFault("the link of the accounts 1 and 2 is not what was written");
    RunSql("UPDATE links SET " + back);
  }
  RunSql("UPDATE rooms SET epoch = epoch + 1 WHERE id = 2");
  ExpectFault("a direct room has another epoch than the lobby");
  RunSql("UPDATE rooms SET epoch = epoch - 1 WHERE id = 2");
  EXPECT_TRUE(CheckStore(path_).ok());
  RunSql("DELETE FROM links");
  ExpectFault("a direct room belongs to nobody");
}

TEST_F(MaintenanceTest, CheckCountsEachRoomByItself) {
  MakeRoom();
  RunSql("DELETE FROM messages WHERE room = 2 AND seq = 1");
  ExpectFault("message 1 of room 2 is missing");
}

// What there is time for in a large store.
TEST_F(MaintenanceTest, CheckOfTheNewestLooksAtDirectRooms) {
  MakeRoom();
  for (const auto check : {sqlite::CheckPages, sqlite::CheckNewest}) {
    auto database =
        sqlite::Database::Open(path_, sqlite::Database::Mode::kRead);
    EXPECT_TRUE(check(**database).ok()) << check(**database);
    RunSql("UPDATE messages SET text = 'ho' WHERE seq = 2");
    EXPECT_TRUE(absl::IsDataLoss(check(**database))) << check(**database);
    RunSql("UPDATE messages SET text = 'hi' WHERE seq = 2");
  }
}

TEST_F(MaintenanceTest, RestoreKeepsOneEpochForAllRooms) {
  MakeRoom();
  ASSERT_TRUE(BackUpStore(path_, backup_).ok());
  ASSERT_TRUE(RestoreStore(backup_, path_).ok());
  EXPECT_TRUE(CheckStore(path_).ok()) << CheckStore(path_).status();
  EXPECT_NE(Open(path_)->OpenLobby()->epoch, Open(backup_)->OpenLobby()->epoch);
}

TEST_F(MaintenanceTest, BackupBesideAWriter) {
  const auto store = Open(path_);
  ASSERT_TRUE(store->Commit({Say(1, "one"), Say(2, "two")}).ok());
  const mode_t before = umask(0);
  EXPECT_EQ(BackUpStore(path_, backup_)->messages, 2);
  umask(before);
  struct stat info{};
  ASSERT_EQ(stat(backup_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_TRUE(store->Commit({Say(3, "three")}).ok());
  EXPECT_EQ(CheckStore(path_)->messages, 3);
  EXPECT_EQ(CheckStore(backup_)->messages, 2);
  EXPECT_EQ(Open(backup_)->OpenLobby()->last_seq, 2u);
}

TEST_F(MaintenanceTest, BackupReplacesNothing) {
  Make(path_, 1);
  std::ofstream(backup_) << "precious";
  EXPECT_TRUE(absl::IsAlreadyExists(BackUpStore(path_, backup_).status()));
  EXPECT_EQ(std::filesystem::file_size(backup_), 8u);
  EXPECT_EQ(FilesIn(), 2);
  EXPECT_TRUE(absl::IsUnavailable(
      BackUpStore(path_, folder_ / "none/backup.db").status()));
}

TEST_F(MaintenanceTest, RestoreKeepsTheFormerStore) {
  Make(path_, 2);
  const uint64_t epoch = Open(path_)->OpenLobby()->epoch;
  ASSERT_TRUE(BackUpStore(path_, backup_).ok());
  Make(path_, 3);
  for (const char* kept : {"-before-restore", "-before-restore-2"}) {
    const auto restored = RestoreStore(backup_, path_);
    ASSERT_TRUE(restored.ok()) << restored.status();
    EXPECT_EQ(restored->counts.messages, 2);
    EXPECT_THAT(restored->kept, HasSubstr(path_ + kept));
    EXPECT_EQ(Open(path_)->OpenLobby()->last_seq, 2u);
  }
  EXPECT_EQ(CheckStore(path_ + "-before-restore")->messages, 5);
  // Clients must not take the new third message for the one they have.
  EXPECT_NE(Open(path_)->OpenLobby()->epoch, epoch);
  EXPECT_EQ(Open(backup_)->OpenLobby()->epoch, epoch);
}

TEST_F(MaintenanceTest, RestoreWhereNothingIs) {
  Make(path_, 2);
  const auto restored = RestoreStore(path_, backup_);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->kept, "");
  EXPECT_EQ(FilesIn(), 2);
}

TEST_F(MaintenanceTest, RestoreKeepsTheLogWithItsStore) {
  Make(backup_, 1);
  {
    // What a kill leaves: the log has what the file has not.
    const auto store = Open(path_);
    ASSERT_TRUE(store->Commit({Say(1, "in the log only")}).ok());
    std::filesystem::copy_file(path_, folder_ / "killed.db");
    std::filesystem::copy_file(path_ + "-wal", folder_ / "killed.db-wal");
  }
  const auto restored = RestoreStore(backup_, folder_ / "killed.db");
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(Open(folder_ / "killed.db")->OpenLobby()->last_seq, 1u);
  const auto page =
      Open(restored->kept)
          ->ReadHistory({.room = kLobby, .limit = 9, .bytes = 99});
  ASSERT_EQ(page->messages.size(), 1u);
  EXPECT_EQ(page->messages[0].text, "in the log only");
}

TEST_F(MaintenanceTest, RestoreTakesNoStoreInUse) {
  Make(backup_, 1);
  const auto store = Open(path_);
  EXPECT_TRUE(IsStoreInUse(RestoreStore(backup_, path_).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(RestoreStore(path_, path_).status()));
  EXPECT_EQ(store->Commit({Say(1, "one")})->at(0)->seq, 1);
}

}  // namespace
}  // namespace chat77::store
