// A store that real clients and the last server of schema 3 made is taken over:
// backed up, migrated, and everything in it goes on.
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <vector>

#include "absl/strings/escaping.h"

#include "store/audit.h"
#include "store/code.h"
#include "store/device_token.h"
#include "store/maintenance.h"
#include "store/password.h"
#include "store/sqlite/database.h"
#include "store/sqlite/file_lock.h"
#include "store/sqlite/statement.h"
#include "store/store.h"
#include "tests/support/full_disk.h"
#include "tests/support/golden.h"
#include "tests/support/store_v3.h"
#include "tests/support/temp_folder.h"

namespace chat77::store {
namespace {

using sqlite::Database;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Accounts, in order of registration: boss is 1, fred 7, Zoe 8.
constexpr AccountId kAnn = 2, kBob = 3, kZofie = 4, kDave = 5, kEve = 6;
// Each has a connection of the same number.
constexpr ConnectionId ConnectionOf(AccountId account) {
  return ConnectionId::Of(account.value());
}
// When the server was killed, about.
const absl::Time kThen = absl::FromUnixMillis(1795929029317);
// Ann's device.
constexpr char kToken[] =
    "de0f44d8ee7926cec25ee8de2b495f35cc80db705ca996ef40deab7ecf4fcc8f";
constexpr char kInvitation[] = "CGDET-C8TBR-PV61K-X9T9K";
constexpr char kAuditEnd[] =
    "6:e9ff16c53a698f60b365c5886c782a4449856d93211e846dee9e207d0665f0b4";

class UpgradeTest : public testing::Test {
 protected:
  UpgradeTest() {
    test::MakeStoreV3(path_);
    test::MakeStoreV3(original_);
  }

  absl::StatusOr<std::unique_ptr<Store>> TryOpen() {
    return OpenStore(path_, kStoreCacheBytes, [this](const Migration& one) {
      migrations_.push_back(one);
      EXPECT_EQ(SchemaOf(path_), one.from) << "not yet";
      EXPECT_TRUE(Exists(one.backup)) << "already";
    });
  }
  void Open() {
    auto store = TryOpen();
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  static bool Exists(const std::string& path) {
    return std::filesystem::exists(path);
  }
  static int64_t Ask(const std::string& path, const std::string& sql) {
    auto database = Database::Open(path, Database::Mode::kRead);
    EXPECT_TRUE(database.ok()) << database.status();
    if (!database.ok()) return -1;
    const auto answer = sqlite::QueryInt(**database, sql);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.value_or(-1);
  }
  static int64_t SchemaOf(const std::string& path) {
    return Ask(path, "PRAGMA user_version");
  }
  void RunSql(const std::string& sql) {
    auto database = Database::Open(path_, Database::Mode::kWrite);
    const absl::Status status = (*database)->Execute(sql);
    ASSERT_TRUE(status.ok()) << status;
  }

  // What a table has of the columns of schema 3: those that differ, if any.
  static std::vector<std::string> TablesThatDiffer(const std::string& from,
                                                   const std::string& path) {
    auto database = Database::Open(path, Database::Mode::kRead);
    EXPECT_TRUE((*database)->Execute("ATTACH '" + from + "' AS v3").ok());
    std::vector<std::string> differ;
    auto tables = sqlite::Statement::Prepare(
        **database,
        "SELECT t.name, (SELECT group_concat('\"' || c.name || '\"') FROM "
        "pragma_table_info(t.name, 'v3') AS c) FROM v3.sqlite_schema AS t "
        "WHERE t.type = 'table'");
    EXPECT_TRUE(tables.ok()) << tables.status();
    sqlite::Rows rows = tables->Query();
    while (rows.Next()) {
      const auto select = [&rows](const std::string& schema) {
        return "SELECT " + rows.Text(1) + " FROM " + schema + "." +
               rows.Text(0);
      };
      const auto less = [&](const std::string& one, const std::string& other) {
        return sqlite::QueryInt(**database, "SELECT count(*) FROM (" +
                                                select(one) + " EXCEPT " +
                                                select(other) + ")")
            .value_or(-1);
      };
      if (less("main", "v3") != 0 || less("v3", "main") != 0) {
        differ.push_back(rows.Text(0));
      }
    }
    EXPECT_TRUE(rows.status().ok()) << rows.status();
    return differ;
  }

  WriteResult Commit(const Write& write) {
    auto results = store_->Commit({write});
    EXPECT_TRUE(results.ok()) << results.status();
    return results.ok() ? results->at(0) : results.status();
  }

  test::TempFolder folder_;
  const std::string path_ = folder_ / "chat77.db";
  const std::string backup_ = path_ + ".v3.backup";
  const std::string original_ = folder_ / "original.db";
  std::vector<Migration> migrations_;
  std::unique_ptr<Store> store_;
};

TEST_F(UpgradeTest, StoreIsBackedUpBeforeItIsMigrated) {
  const mode_t before = umask(0);
  Open();
  umask(before);
  ASSERT_EQ(migrations_.size(), 1u);
  EXPECT_EQ(migrations_[0].path, path_);
  EXPECT_EQ(migrations_[0].from, 3);
  EXPECT_EQ(migrations_[0].to, 6);
  EXPECT_EQ(migrations_[0].backup, backup_);
  EXPECT_EQ(SchemaOf(path_), 6);
  EXPECT_EQ(SchemaOf(backup_), 3);
  EXPECT_THAT(TablesThatDiffer(original_, backup_), IsEmpty());
  EXPECT_EQ(*CheckStore(backup_), *CheckStore(original_));
  struct stat info{};
  ASSERT_EQ(stat(backup_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(UpgradeTest, StoreOfTodayIsNotBackedUp) {
  Open();
  store_ = nullptr;
  std::filesystem::remove(backup_);
  Open();
  EXPECT_EQ(migrations_.size(), 1u);
  EXPECT_FALSE(Exists(backup_));
}

// But for pairs, which are gone, and the room of two that were linked.
TEST_F(UpgradeTest, EveryColumnStaysAsItWas) {
  Open();
  EXPECT_THAT(TablesThatDiffer(original_, path_),
              ElementsAre("rooms", "pairs"));
  EXPECT_EQ(Ask(path_, "SELECT count(*) FROM rooms"), 2);
  EXPECT_EQ(Ask(path_, "SELECT epoch FROM rooms WHERE id = 1"),
            Ask(original_, "SELECT epoch FROM rooms"));
  StoreCounts counts = *CheckStore(path_);
  EXPECT_EQ(counts.links, 2);
  counts.links = 0;
  EXPECT_EQ(counts, *CheckStore(original_));
  EXPECT_EQ(*CheckStore(path_), (StoreCounts{.accounts = 8,
                                             .connections = 8,
                                             .devices = 5,
                                             .messages = 7,
                                             .requests = 7,
                                             .links = 2,
                                             .blocks = 1,
                                             .sanctions = 3,
                                             .invitations = 1,
                                             .audit_records = 6}));
}

TEST_F(UpgradeTest, MessagesGetTheirAuthors) {
  Open();
  std::vector<AccountId> authors;
  const auto page =
      store_->ReadHistory({.room = kLobby, .limit = 99, .bytes = 9999});
  ASSERT_TRUE(page.ok()) << page.status();
  for (const Message& message : page->messages) {
    authors.push_back(message.account);
  }
  EXPECT_THAT(authors,
              ElementsAre(kAnn, kBob, kZofie, kDave, kEve, kAnn, kBob));
  EXPECT_EQ(page->messages[2].alias, "Žofie");
  EXPECT_EQ(page->messages[2].text, "two\nlines, žluťoučký 😀");
}

TEST_F(UpgradeTest, PeopleAreKnown) {
  Open();
  EXPECT_EQ(store_->AllAccounts()->size(), 8u);
  EXPECT_TRUE(store_->HasAdmin().value());
  EXPECT_TRUE(store_->FindAccount("boss")->admin);
  const auto ann = store_->FindAccount("ann");
  ASSERT_TRUE(ann.ok()) << ann.status();
  EXPECT_EQ(ann->id, kAnn);
  EXPECT_TRUE(VerifyPassword(ann->password_hash, "secret of Ann"));
  EXPECT_THAT(store_->FindStanding(kAnn)->blocked,
              ElementsAre(BlockedAccount{kEve, "eve"}));
  const auto device =
      store_->FindDevice(HashOfToken(absl::HexStringToBytes(kToken)), kThen);
  ASSERT_TRUE(device.ok()) << device.status();
  EXPECT_EQ(device->account, kAnn);
}

TEST_F(UpgradeTest, StaysAndLinksAreThereForTheStart) {
  Open();
  const std::vector<Stay> stays = store_->OpenStays().value();
  std::vector<std::string> aliases;
  for (const Stay& stay : stays) {
    EXPECT_EQ(stay.connection, ConnectionOf(stay.account));
    aliases.push_back(stay.alias);
  }
  EXPECT_THAT(aliases, ElementsAre("boss", "Ann", "Žofie", "dave"));
  // Bob had asked as well, but has no device.
  EXPECT_EQ(store_->CloseOpenConnections(kThen, "server stopped").value(), 1);
  const KnownLink linked{{.first = kAnn,
                          .second = kZofie,
                          .state = LinkState::kLinked,
                          .hidden = false,
                          .bound = false,
                          .asked_at = {},
                          .room = 2},
                         "Ann",
                         "Žofie",
                         0};
  KnownLink asked{{.first = kDave,
                   .second = kAnn,
                   .state = LinkState::kAsked,
                   .hidden = false,
                   .bound = false,
                   .asked_at = absl::FromUnixMillis(1795929029305),
                   .room = {}},
                  "dave",
                  "Ann",
                  0};
  EXPECT_THAT(store_->RoomsOf(kAnn)->links, ElementsAre(linked, asked));
  EXPECT_THAT(store_->RoomsOf(kZofie)->links, ElementsAre(linked));
  EXPECT_THAT(store_->RoomsOf(kDave)->links, ElementsAre(asked));
  EXPECT_THAT(store_->RoomsOf(kBob)->links, IsEmpty());
}

TEST_F(UpgradeTest, WhatAdminsDidHolds) {
  Open();
  const std::vector<Sanction> sanctions = store_->Sanctions(kThen).value();
  std::vector<std::string> lines;
  for (const Sanction& one : sanctions) {
    lines.push_back(one.target + " " + one.reason + " by " + one.by);
  }
  EXPECT_THAT(lines, ElementsAre("dave too loud by boss", "eve spam by boss",
                                 "192.0.2.0/24 and its network by boss"));
  const auto end = VerifyAudit(*store_);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(FormatAuditMark(*end), kAuditEnd);
}

TEST_F(UpgradeTest, RequestsAreRemembered) {
  Open();
  EXPECT_EQ(store_->FindRequest({kAnn, 102})->seq, 6u);
  EXPECT_FALSE(store_->FindRequest({kZofie, 302})->answer.empty());
  const Message hello{kLobby, 1, kThen, "Ann", "hello", kAnn};
  const WriteResult again = Commit(AppendMessage{hello, 101});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->seq, 1);
  EXPECT_EQ(store_->Tidy(kThen).value(), 0);
  EXPECT_TRUE(store_->FindRequest({kAnn, 102}).ok());
}

TEST_F(UpgradeTest, LifeGoesOn) {
  Open();
  EXPECT_EQ(store_->OpenLobby()->last_seq, 7u);
  const Message news{kLobby, 8, kThen, "Ann", "an upgrade?", kAnn};
  EXPECT_EQ(Commit(AppendMessage{news, 199})->seq, 8);
  const auto device =
      store_->FindDevice(HashOfToken(absl::HexStringToBytes(kToken)), kThen);
  RecordLogin back{"Ann", "::1", 7, kThen, kAnn, device->number};
  EXPECT_EQ(Commit(back)->connection, ConnectionId(9));
  EXPECT_EQ(store_->LastRoom().value(), RoomId(2));
  const Message welcome{2, 1, kThen, "Žofie", "and here?", kZofie};
  EXPECT_EQ(Commit(AppendMessage{welcome})->seq, 1);
  const SetLink link{.link = {.first = kDave,
                              .second = kAnn,
                              .state = LinkState::kLinked,
                              .hidden = false,
                              .bound = false,
                              .asked_at = {},
                              .room = 3}};
  EXPECT_TRUE(Commit(link).ok());
  EXPECT_EQ(store_->RoomsOf(kAnn)->links.size(), 2u);
  const Account gil{
      .alias = "gil", .key = "gil", .password_hash = "h", .created_at = kThen};
  EXPECT_TRUE(Commit(CreateAccount{gil, HashOfCode(kInvitation)}).ok());
  EXPECT_EQ(store_->FindAccount("gil")->id, AccountId(9));
  EXPECT_TRUE(Commit(LiftSanction{1, "boss", kThen}).ok());
  EXPECT_EQ(store_->Sanctions(kThen)->size(), 2u);
  store_ = nullptr;
  const auto counts = CheckStore(path_);
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->messages, 9);
  EXPECT_EQ(counts->invitations, 0);
}

TEST_F(UpgradeTest, RestoreOfTheBackupIsTheWayBack) {
  Open();
  const Message news{kLobby, 8, kThen, "Ann", "an upgrade?", kAnn};
  EXPECT_EQ(Commit(AppendMessage{news})->seq, 8);
  store_ = nullptr;
  const auto restored = RestoreStore(backup_, path_);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(SchemaOf(path_), 3);
  // Its lobby has a new epoch.
  EXPECT_THAT(TablesThatDiffer(original_, path_), ElementsAre("rooms"));
  EXPECT_EQ(SchemaOf(restored->kept), 6);
  EXPECT_EQ(CheckStore(restored->kept)->messages, 8);
}

TEST_F(UpgradeTest, WhatIsInTheLogOnlyIsBackedUpToo) {
  const std::string killed = folder_ / "killed.db";
  {
    auto database = Database::Open(path_, Database::Mode::kWrite);
    ASSERT_TRUE((*database)
                    ->Execute("PRAGMA journal_mode = WAL; "
                              "UPDATE rooms SET epoch = 4711")
                    .ok());
    std::filesystem::copy_file(path_, killed);
    std::filesystem::copy_file(path_ + "-wal", killed + "-wal");
  }
  ASSERT_TRUE(OpenStore(killed).ok());
  EXPECT_EQ(Ask(killed + ".v3.backup", "SELECT epoch FROM rooms"), 4711);
}

TEST_F(UpgradeTest, NoFileIsReplaced) {
  std::ofstream(backup_) << "precious";
  Open();
  EXPECT_EQ(support::ReadFile(backup_), "precious");
  EXPECT_EQ(migrations_.at(0).backup, backup_ + "-2");
  EXPECT_EQ(SchemaOf(backup_ + "-2"), 3);
}

// Somebody went back, and tries again.
TEST_F(UpgradeTest, SameStoreIsBackedUpOnce) {
  const std::string sound = support::ReadFile(path_);
  Open();
  store_ = nullptr;
  ASSERT_TRUE(RestoreStore(backup_, path_).ok());
  Open();
  EXPECT_EQ(migrations_.at(1).backup, backup_ + "-2") << "its epochs are new";
  store_ = nullptr;
  support::WriteFile(path_, sound);
  Open();
  EXPECT_EQ(migrations_.at(2).backup, backup_);
  EXPECT_FALSE(Exists(backup_ + "-3"));
}

TEST_F(UpgradeTest, WithoutABackupThereIsNoMigration) {
  {
    const test::FullDisk full(64 * 1024);
    const absl::Status status = TryOpen().status();
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
    EXPECT_THAT(std::string(status.message()), HasSubstr("was not migrated"));
  }
  EXPECT_THAT(migrations_, IsEmpty());
  EXPECT_EQ(SchemaOf(path_), 3);
  EXPECT_THAT(TablesThatDiffer(original_, path_), IsEmpty());
  for (const auto& file : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_THAT(file.path().filename(), testing::Not(HasSubstr("backup")));
  }
  Open();
  EXPECT_EQ(SchemaOf(path_), 6);
}

TEST_F(UpgradeTest, MigrationThatFailsMakesOneBackup) {
  RunSql("ALTER TABLE messages ADD COLUMN account INTEGER");
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(absl::IsDataLoss(TryOpen().status())) << TryOpen().status();
    ASSERT_FALSE(migrations_.empty());
    EXPECT_EQ(migrations_.back().backup, backup_);
    EXPECT_EQ(SchemaOf(path_), 3);
  }
  EXPECT_FALSE(Exists(backup_ + "-2"));
}

TEST_F(UpgradeTest, ReadersMigrateToo) {
  std::string backup;
  const auto store = OpenStoreForReading(
      path_, [&backup](const Migration& one) { backup = one.backup; });
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(backup, backup_);
}

TEST_F(UpgradeTest, ReadersLeaveTheStoreOfAServerAlone) {
  const auto server = sqlite::FileLock::Take(path_);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_TRUE(IsStoreInUse(OpenStoreForReading(path_).status()));
  EXPECT_EQ(SchemaOf(path_), 3);
  EXPECT_FALSE(Exists(backup_));
}

}  // namespace
}  // namespace chat77::store
