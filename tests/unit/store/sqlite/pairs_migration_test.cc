// What becomes of the pairs of connections that schema 5 had: links of
// accounts.
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/maintenance.h"
#include "store/sqlite/database.h"
#include "store/sqlite/schema.h"
#include "store/store.h"
#include "tests/support/temp_folder.h"

namespace chat77::store::sqlite {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Accounts 1 to 4, each with two devices: its number and that plus 10. A
// connection of each device, of the same number: made at 100 times it.
constexpr char kPeople[] = R"sql(
INSERT INTO rooms VALUES (1, 'lobby', 7);
INSERT INTO accounts (id, key, alias, password_hash, created_ms) VALUES
  (1, 'ann', 'Ann', 'h', 1), (2, 'bob', 'Bob', 'h', 1),
  (3, 'cid', 'Cid', 'h', 1), (4, 'dan', 'Dan', 'h', 1);
INSERT INTO devices (id, account, token_hash, software, created_ms, used_ms)
  SELECT id, id, CAST(id AS BLOB), 's', 1, 1 FROM accounts;
INSERT INTO devices (id, account, token_hash, software, created_ms, used_ms)
  SELECT 10 + id, id, CAST(10 + id AS BLOB), 's', 1, 1 FROM accounts;
INSERT INTO connections (id, alias, address, port, login_ms, reason, device)
  SELECT devices.id, alias, '::1', 1, 100 * devices.id, '', devices.id
  FROM devices JOIN accounts ON accounts.id = account;
INSERT INTO connections (id, alias, address, port, login_ms, reason)
  VALUES (20, 'Ann', '::1', 1, 2000, '');
)sql";

class PairsMigrationTest : public testing::Test {
 protected:
  // A store with those pairs of connections; `more`: what else there is.
  void Make(const std::string& pairs, const std::string& more = "") {
    std::ofstream(path_).close();
    test::MakePrivate(path_);
    auto database = Database::Open(path_, Database::Mode::kWrite);
    ASSERT_TRUE(database.ok()) << database.status();
    ASSERT_TRUE(Migrate(**database, Migrations().subspan(0, 5)).ok());
    const absl::Status status = (*database)->Execute(
        kPeople + more + "; INSERT INTO pairs VALUES " + pairs);
    ASSERT_TRUE(status.ok()) << status;
  }
  void Migrated(const std::string& pairs, const std::string& more = "") {
    Make(pairs, more);
    auto store = OpenStore(path_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  std::vector<Link> LinksOf(AccountId account) {
    std::vector<Link> links;
    const AccountRooms rooms = store_->RoomsOf(account).value();
    for (const KnownLink& known : rooms.links) {
      links.push_back(known.link);
    }
    return links;
  }

  static Link Asked(AccountId first, AccountId second, int64_t ms) {
    return {.first = first,
            .second = second,
            .state = LinkState::kAsked,
            .hidden = false,
            .bound = false,
            .asked_at = absl::FromUnixMillis(ms),
            .room = {}};
  }
  static Link Linked(AccountId first, AccountId second, RoomId room) {
    return {.first = first,
            .second = second,
            .state = LinkState::kLinked,
            .hidden = false,
            .bound = false,
            .asked_at = {},
            .room = room};
  }

  test::TempFolder folder_;
  const std::string path_ = folder_ / "chat77.db";
  std::unique_ptr<Store> store_;
};

TEST_F(PairsMigrationTest, RequestsAreOfTheirAccounts) {
  Migrated("(1, 2, 1), (3, 1, 1), (14, 13, 1)");
  EXPECT_THAT(LinksOf(1), ElementsAre(Asked(1, 2, 100), Asked(3, 1, 300)));
  EXPECT_THAT(LinksOf(3), ElementsAre(Asked(3, 1, 300), Asked(4, 3, 1400)));
  EXPECT_EQ(store_->LastRoom().value(), kLobby);
}

TEST_F(PairsMigrationTest, WhoIsLinkedHasARoom) {
  Migrated("(4, 1, 2), (12, 3, 2)");
  EXPECT_THAT(LinksOf(1), ElementsAre(Linked(1, 4, 2)));
  EXPECT_THAT(LinksOf(2), ElementsAre(Linked(2, 3, 3)));
  EXPECT_EQ(store_->LastRoom().value(), RoomId(3));
  const HistoryQuery query{.room = 3, .limit = 9, .bytes = 99};
  EXPECT_THAT(store_->ReadHistory(query)->messages, IsEmpty());
  const Message hello{3, 1, absl::UnixEpoch(), "Cid", "hello", 3};
  EXPECT_TRUE(store_->Commit({AppendMessage{hello}})->front().ok());
  store_ = nullptr;
  const auto counts = CheckStore(path_);
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->links, 2);
}

// 20 has no device, and of 3 it is gone, the connection of 4 has ended.
TEST_F(PairsMigrationTest, WhoCannotResumeKeepsNothing) {
  Migrated("(20, 2, 2), (2, 20, 1), (1, 3, 2), (4, 1, 1), (2, 1, 1)",
           "DELETE FROM devices WHERE id = 3;"
           "UPDATE connections SET logout_ms = 9 WHERE id = 4");
  EXPECT_THAT(LinksOf(1), ElementsAre(Asked(2, 1, 200)));
  EXPECT_THAT(LinksOf(3), IsEmpty());
  EXPECT_THAT(LinksOf(4), IsEmpty());
  EXPECT_EQ(store_->LastRoom().value(), kLobby);
}

TEST_F(PairsMigrationTest, OfTwoPairsOfTwoAccountsTheStrongestStays) {
  Migrated(
      "(1, 2, 1), (2, 11, 2), (12, 11, 1), (3, 4, 1), (14, 3, 1), (3, 14, 1)");
  EXPECT_THAT(LinksOf(1), ElementsAre(Linked(1, 2, 2)));
  EXPECT_THAT(LinksOf(3), ElementsAre(Asked(4, 3, 1400)));
}

TEST_F(PairsMigrationTest, NobodyIsLinkedWithOneself) {
  Migrated("(1, 11, 2), (11, 1, 1)");
  EXPECT_THAT(LinksOf(1), IsEmpty());
}

TEST_F(PairsMigrationTest, WhoIsBlockedAskedUnseen) {
  Migrated("(1, 2, 1), (3, 1, 1)", "INSERT INTO blocks VALUES (2, 1), (3, 1)");
  Link hidden = Asked(1, 2, 100);
  hidden.hidden = true;
  EXPECT_THAT(LinksOf(1), ElementsAre(hidden, Asked(3, 1, 300)));
}

}  // namespace
}  // namespace chat77::store::sqlite
