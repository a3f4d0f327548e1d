// A store of version 2, whose names follow other rules, made with its SQL.
#include "store/sqlite/names.h"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/alias.h"
#include "store/audit.h"
#include "store/maintenance.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/statement.h"
#include "store/store.h"
#include "tests/support/temp_folder.h"

namespace chat77::store::sqlite {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// CRC-32 of version 2's rows, as an older chat77 wrote them.
constexpr char kAccounts[] = R"sql(
INSERT INTO accounts (id, key, alias, password_hash, created_ms, crc32) VALUES
  (1, 'alice', 'Alice', 'h', 1000, NULL),
  (2, 'ａｌｉｃｅ', 'ＡＬＩＣＥ', 'h', 2000, NULL),
  (3, 'ｂｏｂ', 'ｂｏｂ', 'h', 3000, NULL),
  (4, 'paypal', 'paypal', 'h', 4000, NULL),
  (5, 'раураl', 'раураl', 'h', 5000, NULL),
  (6, 'staff', 'Staff', 'h', 6000, NULL),
  (7, 'ann', 'Ann', 'hash', 1000, 2112413766);
INSERT INTO rooms VALUES (1, 'lobby', 7);
INSERT INTO messages VALUES (1, 1, 1, 'ＡＬＩＣＥ', 'hi', NULL);
)sql";

class NamesTest : public testing::Test {
 protected:
  NamesTest() {
    std::ofstream(path_).close();
    test::MakePrivate(path_);
    auto database = Database::Open(path_, Database::Mode::kWrite);
    EXPECT_TRUE(database.ok()) << database.status();
    EXPECT_TRUE(Migrate(**database, Migrations().subspan(0, 2)).ok());
    const absl::Status status = (*database)->Execute(kAccounts);
    EXPECT_TRUE(status.ok()) << status;
  }

  std::unique_ptr<Store> Open() {
    auto store = OpenStore(path_);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }

  static std::vector<std::string> Aliases(Store& store) {
    std::vector<std::string> aliases;
    auto accounts = store.AllAccounts().value();
    std::sort(accounts.begin(), accounts.end(),
              [](const Account& a, const Account& b) { return a.id < b.id; });
    for (const Account& account : accounts) {
      aliases.push_back(account.alias);
      // Who logs in is found by this.
      EXPECT_EQ(account.key, wire::AliasKey(account.alias));
    }
    return aliases;
  }

  void RunSql(const std::string& sql) {
    auto database = Database::Open(path_, Database::Mode::kWrite);
    const absl::Status status = (*database)->Execute(sql);
    ASSERT_TRUE(status.ok()) << status;
  }

  static WriteResult Register(Store& store, const std::string& alias) {
    return store
        .Commit({CreateAccount{.account = {.alias = alias,
                                           .key = wire::AliasKey(alias),
                                           .password_hash = "h",
                                           .created_at = absl::UnixEpoch()}}})
        ->front();
  }

  test::TempFolder folder_;
  const std::string path_ = folder_ / "chat77.db";
};

TEST_F(NamesTest, EverybodyKeepsAnAccount) {
  const auto store = Open();
  EXPECT_THAT(Aliases(*store), ElementsAre("Alice", "ALICE_2", "ｂｏｂ",
                                           "paypal", "раураl", "Staff", "Ann"));
}

TEST_F(NamesTest, RenamedAuthorsKeepTheirMessages) {
  const auto page =
      Open()->ReadHistory({.room = kLobby, .limit = 9, .bytes = 99});
  EXPECT_THAT(page->messages,
              ElementsAre(Message{kLobby, 1, absl::FromUnixMillis(1),
                                  "ＡＬＩＣＥ", "hi", 2}));
}

TEST_F(NamesTest, RenamingIsOnRecord) {
  {
    const auto store = Open();
    const auto records = store->AuditRecords(0, 10).value();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].action, "rename");
    EXPECT_EQ(records[0].target, "ＡＬＩＣＥ");
    EXPECT_THAT(records[0].detail, HasSubstr("_2"));
    EXPECT_TRUE(VerifyAudit(*store).ok());
  }
  EXPECT_EQ(CheckStore(path_)->audit_records, 1);
}

TEST_F(NamesTest, NewNamesAreHeldAgainstThem) {
  const auto store = Open();
  for (const char* alias : {"pаypal", "аlice", "b0b", "rаураl"}) {
    const bool alike = std::string_view(alias) != "rаураl";
    EXPECT_EQ(absl::IsAlreadyExists(Register(*store, alias).status()), alike)
        << alias;
  }
}

// It writes when something is to be done, and only then.
TEST_F(NamesTest, IsDoneOnce) {
  Open();
  RunSql("DELETE FROM names");
  EXPECT_TRUE(Register(*Open(), "pаypal").ok());
  RunSql("UPDATE name_rules SET rules = 'of another version'");
  EXPECT_TRUE(absl::IsAlreadyExists(Register(*Open(), "paypaІ").status()));
  auto database = Database::Open(path_, Database::Mode::kRead);
  EXPECT_EQ(*QueryInt(**database, "SELECT count(*) FROM name_rules"), 1);
  EXPECT_EQ(*QueryInt(**database, "SELECT count(DISTINCT account) FROM names"),
            8);
}

TEST_F(NamesTest, OldChecksumsStayValid) {
  const auto store = Open();
  EXPECT_EQ(store->FindAccount("ann")->password_hash, "hash");
  ASSERT_TRUE(
      store->Commit({SetAdmin{7, true, "tool", absl::UnixEpoch()}}).ok());
  EXPECT_TRUE(store->FindAccount("ann")->admin);
}

// Who can flip a bit in the file is no admin for it.
TEST_F(NamesTest, ForgedAdminIsNoticed) {
  const auto store = Open();
  RunSql("UPDATE accounts SET admin = 1 WHERE id = 7");
  EXPECT_TRUE(absl::IsDataLoss(store->FindAccount("ann").status()));
}

}  // namespace
}  // namespace chat77::store::sqlite
