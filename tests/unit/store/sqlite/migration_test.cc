// Stores of older versions, made here with the SQL of their time.
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/maintenance.h"
#include "store/sqlite/database.h"
#include "store/sqlite/statement.h"
#include "store/store.h"
#include "tests/support/temp_folder.h"

namespace chat77::store {
namespace {

using sqlite::Database;
using testing::ElementsAre;

constexpr char kVersion1[] = R"sql(
CREATE TABLE rooms (
  id    INTEGER PRIMARY KEY,
  name  TEXT NOT NULL UNIQUE,
  epoch INTEGER NOT NULL
) STRICT;

CREATE TABLE messages (
  room    INTEGER NOT NULL REFERENCES rooms (id),
  seq     INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  alias   TEXT NOT NULL,
  text    TEXT NOT NULL,
  PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
  id            INTEGER PRIMARY KEY,
  key           TEXT NOT NULL UNIQUE,
  alias         TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  created_ms    INTEGER NOT NULL
) STRICT;

CREATE TABLE connections (
  id        INTEGER PRIMARY KEY,
  alias     TEXT NOT NULL,
  address   TEXT NOT NULL,
  port      INTEGER NOT NULL,
  login_ms  INTEGER NOT NULL,
  logout_ms INTEGER,
  reason    TEXT NOT NULL
) STRICT;

CREATE INDEX open_connections ON connections (id) WHERE logout_ms IS NULL;

INSERT INTO rooms VALUES (1, 'lobby', -4611686018427387905);
INSERT INTO rooms VALUES (2, 'other', 7);
INSERT INTO messages VALUES (1, 1, 1700000000123, 'Ann', 'hello');
INSERT INTO messages VALUES (1, 2, 1700000000124, 'bob', '');
INSERT INTO messages VALUES (2, 1, 5, 'bob', 'line' || char(10) || 'line');
INSERT INTO accounts VALUES (3, 'ann', 'Ann', '$argon2id$x', 1000);
INSERT INTO accounts VALUES (5, 'bob', 'bob', '$argon2id$y', 2000);
INSERT INTO connections VALUES (1, 'Ann', '::1', 1, 10, 20, 'exit');
INSERT INTO connections VALUES (4, 'bob', '127.0.0.1', 65535, 30, NULL, '');
PRAGMA application_id = 0x63683737;
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
)sql";

class MigrationTest : public testing::Test {
 protected:
  MigrationTest() {
    std::ofstream(path_).close();
    test::MakePrivate(path_);
    Execute(kVersion1);
  }

  void Execute(const std::string& sql) {
    auto database = Database::Open(path_, Database::Mode::kWrite);
    EXPECT_TRUE(database.ok()) << database.status();
    const absl::Status status = (*database)->Execute(sql);
    EXPECT_TRUE(status.ok()) << status;
  }

  static absl::Time At(int64_t ms) { return absl::FromUnixMillis(ms); }

  std::vector<Message> All(RoomId room) {
    return store_->ReadHistory({.room = room, .limit = 9, .bytes = 999})
        ->messages;
  }

  void Open() {
    auto store = OpenStore(path_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  test::TempFolder folder_;
  const std::string path_ = folder_ / "chat77.db";
  std::unique_ptr<Store> store_;
};

TEST_F(MigrationTest, KeepsEveryRow) {
  Open();
  EXPECT_EQ(*store_->OpenLobby(),
            (LobbyState{static_cast<uint64_t>(-4611686018427387905), 2}));
  EXPECT_EQ(*store_->LastRoom(), RoomId(2));
  EXPECT_THAT(
      All(kLobby),
      ElementsAre(Message{kLobby, 1, At(1700000000123), "Ann", "hello", 3},
                  Message{kLobby, 2, At(1700000000124), "bob", "", 5}));
  EXPECT_THAT(All(2),
              ElementsAre(Message{2, 1, At(5), "bob", "line\nline", 5}));
  const Account ann{3, "Ann", "ann", "$argon2id$x", At(1000), false};
  const Account bob{5, "bob", "bob", "$argon2id$y", At(2000), false};
  EXPECT_THAT(*store_->AllAccounts(), ElementsAre(ann, bob));
  EXPECT_EQ(*store_->FindAccount("bob"), bob);
  EXPECT_THAT(
      *store_->AllConnections(),
      ElementsAre(
          Connection{1, "Ann", "::1", 1, At(10), At(20), "exit"},
          Connection{4, "bob", "127.0.0.1", 65535, At(30), std::nullopt, ""}));
}

TEST_F(MigrationTest, OldAndNewLiveTogether) {
  Open();
  const auto results =
      store_->Commit({AppendMessage{{kLobby, 3, At(1), "Ann", "new", 3}, 77},
                      RecordLogin{"Ann", "::1", 1, At(1), 3, 0, "hash", "test"},
                      RecordLogout{4, At(40), "server stopped"}});
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_EQ(results->at(0)->seq, 3);
  EXPECT_EQ(results->at(1)->connection, ConnectionId(5));
  EXPECT_TRUE(results->at(2).ok());
  EXPECT_EQ(All(kLobby).size(), 3u);
  store_ = nullptr;
  EXPECT_EQ(*CheckStore(path_), (StoreCounts{.accounts = 2,
                                             .connections = 3,
                                             .devices = 1,
                                             .messages = 4,
                                             .without_checksum = 3,
                                             .requests = 1}));
}

// An alias as shown: another case of it is nobody's.
TEST_F(MigrationTest, MessagesOfNoAccountHaveNoAuthor) {
  Execute(
      "INSERT INTO messages VALUES (2, 2, 6, 'zoe', 'gone'), "
      "(2, 3, 7, 'ann', 'not Ann')");
  Open();
  EXPECT_THAT(All(2), ElementsAre(Message{2, 1, At(5), "bob", "line\nline", 5},
                                  Message{2, 2, At(6), "zoe", "gone", 0},
                                  Message{2, 3, At(7), "ann", "not Ann", 0}));
}

TEST_F(MigrationTest, CheckTakesItAsItIs) {
  EXPECT_EQ(*CheckStore(path_), (StoreCounts{.accounts = 2,
                                             .connections = 2,
                                             .messages = 3,
                                             .without_checksum = 3}));
  auto database = Database::Open(path_, Database::Mode::kRead);
  EXPECT_EQ(*sqlite::QueryInt(**database, "PRAGMA user_version"), 1);
}

// A flipped bit in the file's header, say.
TEST_F(MigrationTest, FileThatIsNotWhatItsNumberSays) {
  Open();
  store_ = nullptr;
  for (const char* number : {"0", "1"}) {
    Execute(std::string("PRAGMA user_version = ") + number);
    EXPECT_TRUE(absl::IsDataLoss(OpenStore(path_).status()))
        << OpenStore(path_).status();
  }
}

}  // namespace
}  // namespace chat77::store
