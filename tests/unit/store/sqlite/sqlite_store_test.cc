#include "store/sqlite/sqlite_store.h"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <sstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/sqlite/database.h"
#include "store/sqlite/schema.h"
#include "tests/support/full_disk.h"
#include "tests/support/temp_folder.h"

namespace chat77::store {
namespace {

using test::FullDisk;
using test::TempFolder;
using testing::HasSubstr;

class SqliteStoreTest : public testing::Test {
 protected:
  static Write Say(uint64_t seq, const std::string& text) {
    return AppendMessage{{.room = kLobby,
                          .seq = seq,
                          .time = absl::FromUnixMillis(1),
                          .alias = "ann",
                          .text = text}};
  }

  std::unique_ptr<Store> Open() {
    auto store = OpenStore(path_);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }

  absl::Status OpenError() { return OpenStore(path_).status(); }

  // The store with some messages, closed.
  void MakeStoreWithMessages(int count) {
    const auto store = Open();
    EXPECT_TRUE(store->OpenLobby().ok());
    for (int seq = 1; seq <= count; ++seq) {
      EXPECT_TRUE(
          store
              ->Commit({Say(static_cast<uint64_t>(seq), std::string(500, 'x'))})
              .ok());
    }
  }

  void RunSql(const std::string& sql) {
    auto database =
        sqlite::Database::Open(path_, sqlite::Database::Mode::kWrite);
    ASSERT_TRUE(database.ok()) << database.status();
    const absl::Status status = (*database)->Execute(sql);
    ASSERT_TRUE(status.ok()) << status;
  }

  static std::string ReadFile(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    return all.str();
  }

  void WriteFile(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
    test::MakePrivate(path_);
  }

  // Every file of the store with its content; not the lock, nor SQLite's
  // shared memory, which holds no data.
  std::map<std::string, std::string> Files() {
    std::map<std::string, std::string> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(folder_.path())) {
      const std::string name = entry.path().filename();
      if (name.ends_with("-lock") || name.ends_with("-shm")) continue;
      files[name] = ReadFile(entry.path());
    }
    return files;
  }

  // The store must refuse to open with such a sentence and change nothing.
  void ExpectRefusal(absl::StatusCode code, const std::string& words) {
    const auto before = Files();
    for (int i = 0; i < 2; ++i) {
      const absl::Status status = OpenError();
      EXPECT_EQ(status.code(), code) << status;
      EXPECT_THAT(std::string(status.message()), HasSubstr(words));
      EXPECT_THAT(std::string(status.message()), HasSubstr("chat77.db"));
    }
    EXPECT_EQ(Files(), before);
  }

  // What a kill -9 in the middle of the work leaves.
  void LeaveUnclosed() {
    const pid_t child = fork();
    if (child == 0) {
      auto store = OpenStore(path_);
      const auto lobby = (*store)->OpenLobby();
      const uint64_t next = lobby.value_or(LobbyState{}).last_seq + 1;
      if (!(*store)->Commit({Say(next, "before the kill")}).ok()) _exit(1);
      raise(SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_GT(std::filesystem::file_size(path_ + "-wal"), 0u);
  }

  TempFolder folder_;
  const std::string path_ = folder_ / "chat77.db";
};

TEST_F(SqliteStoreTest, FileIsPrivate) {
  const mode_t before = umask(0);
  {
    const auto store = Open();
  }
  umask(before);
  struct stat info{};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(SqliteStoreTest, CloseLeavesOneFile) {
  MakeStoreWithMessages(3);
  const auto entries = std::filesystem::directory_iterator(folder_.path());
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

// The one who may write closes last, and tidies the log away.
TEST_F(SqliteStoreTest, CloseWithAReaderLeavesOneFile) {
  {
    const auto store = Open();
    ASSERT_TRUE(store->OpenLobby().ok());
    Reader& reader = *store->OpenReader(1 << 20).value();
    ASSERT_TRUE(store->Commit({Say(1, "one")}).ok());
    EXPECT_TRUE(reader.AllAccounts().ok());
    EXPECT_TRUE(IsStoreInUse(OpenError()));
  }
  EXPECT_EQ(Files().size(), 1u);
}

TEST_F(SqliteStoreTest, SecondOpenIsRefused) {
  const auto store = Open();
  const absl::Status status = OpenError();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_TRUE(IsStoreInUse(status));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("by process " + std::to_string(getpid())));
}

TEST_F(SqliteStoreTest, RefusedOpenLeavesTheLock) {
  auto store = Open();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(IsStoreInUse(OpenError()));
  store = nullptr;
  EXPECT_TRUE(OpenError().ok());
}

TEST_F(SqliteStoreTest, TakesARelativePath) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder_.path());
  EXPECT_TRUE(OpenStore("chat77.db").ok());
  std::filesystem::current_path(before);
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(SqliteStoreTest, LinkIsTheSameStore) {
  const auto store = Open();
  std::filesystem::create_symlink(path_, folder_ / "link.db");
  EXPECT_TRUE(IsStoreInUse(OpenStore(folder_ / "link.db").status()));
}

TEST_F(SqliteStoreTest, ReadsBesideAWriter) {
  const auto store = Open();
  ASSERT_TRUE(store->OpenLobby().ok());
  ASSERT_TRUE(store->Commit({Say(1, "one")}).ok());
  const auto reader = OpenStoreForReading(path_);
  ASSERT_TRUE(reader.ok()) << reader.status();
  ASSERT_TRUE(store->Commit({Say(2, "two")}).ok());
  EXPECT_EQ((*reader)
                ->ReadHistory({.room = kLobby, .limit = 9, .bytes = 999})
                ->messages.size(),
            2u);
}

TEST_F(SqliteStoreTest, ReadingMakesNothing) {
  EXPECT_TRUE(absl::IsNotFound(OpenStoreForReading(path_).status()));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(SqliteStoreTest, ReadingAloneWritesNothing) {
  MakeStoreWithMessages(1);
  const auto before = Files();
  {
    const auto reader = OpenStoreForReading(path_);
    ASSERT_TRUE(reader.ok()) << reader.status();
    EXPECT_TRUE((*reader)->AllAccounts().ok());
  }
  EXPECT_EQ(Files(), before);
}

TEST_F(SqliteStoreTest, SurvivesKill) {
  LeaveUnclosed();
  const auto store = Open();
  const auto page =
      store->ReadHistory({.room = kLobby, .limit = 1, .bytes = 99});
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->messages.at(0).text, "before the kill");
}

TEST_F(SqliteStoreTest, RefusesAnEmptyFile) {
  WriteFile("");
  ExpectRefusal(absl::StatusCode::kDataLoss, "is an empty file");
}

TEST_F(SqliteStoreTest, EveryByteOfTheHeader) {
  MakeStoreWithMessages(3);
  const std::string sound = ReadFile(path_);
  for (size_t byte = 0; byte < 100; ++byte) {
    std::string bytes = sound;
    bytes[byte] ^= static_cast<char>(1 << (byte * 5 % 8));
    WriteFile(bytes);
    const auto store = OpenStore(path_);
    if (!store.ok()) {
      const bool clear = absl::IsDataLoss(store.status()) ||
                         absl::IsFailedPrecondition(store.status());
      EXPECT_TRUE(clear) << byte << ": " << store.status();
      continue;
    }
    const auto page =
        (*store)->ReadHistory({.room = kLobby, .limit = 9, .bytes = 9999});
    ASSERT_TRUE(page.ok()) << byte << ": " << page.status();
    EXPECT_EQ(page->messages.size(), 3u) << byte;
  }
}

TEST_F(SqliteStoreTest, InterruptedMakingLeavesNoTrace) {
  std::ofstream(folder_ / "chat77.db-new") << "half a database";
  {
    const auto store = Open();
  }
  EXPECT_EQ(Files().size(), 1u);
}

TEST_F(SqliteStoreTest, RefusesWhatIsNoDatabase) {
  WriteFile("{\"users\": []}\n" + std::string(5000, ' '));
  ExpectRefusal(absl::StatusCode::kDataLoss, "not a database");
  WriteFile("x");
  ExpectRefusal(absl::StatusCode::kDataLoss, "damaged");
}

TEST_F(SqliteStoreTest, RefusesForeignDatabase) {
  WriteFile("");
  RunSql("CREATE TABLE t (x)");
  ExpectRefusal(absl::StatusCode::kFailedPrecondition, "another program");
  EXPECT_FALSE(IsStoreInUse(OpenError()));
}

TEST_F(SqliteStoreTest, RefusesNewerSchema) {
  MakeStoreWithMessages(1);
  RunSql("PRAGMA user_version = 1000");
  ExpectRefusal(absl::StatusCode::kFailedPrecondition, "newer chat77");
  EXPECT_FALSE(IsStoreInUse(OpenError()));
}

TEST_F(SqliteStoreTest, RefusesTruncatedFile) {
  MakeStoreWithMessages(100);
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) / 2);
  ExpectRefusal(absl::StatusCode::kDataLoss, "damaged");
  std::filesystem::resize_file(path_, 200);
  ExpectRefusal(absl::StatusCode::kDataLoss, "damaged");
}

TEST_F(SqliteStoreTest, RefusesDamagedPage) {
  MakeStoreWithMessages(100);
  std::string bytes = ReadFile(path_);
  ASSERT_GT(bytes.size(), 8u * 4096);
  bytes.replace(bytes.size() - 2 * 4096, 4096, std::string(4096, '\x5a'));
  WriteFile(bytes);
  ExpectRefusal(absl::StatusCode::kDataLoss, "damaged");
}

TEST_F(SqliteStoreTest, RefusesDamageAfterKill) {
  MakeStoreWithMessages(100);
  LeaveUnclosed();
  std::string bytes = ReadFile(path_);
  bytes.replace(bytes.size() - 2 * 4096, 4096, std::string(4096, '\x5a'));
  WriteFile(bytes);
  ExpectRefusal(absl::StatusCode::kDataLoss, "damaged");
}

TEST_F(SqliteStoreTest, RefusesMissingTable) {
  MakeStoreWithMessages(1);
  RunSql("DROP TABLE accounts");
  ExpectRefusal(absl::StatusCode::kDataLoss, "accounts");
}

TEST_F(SqliteStoreTest, RefusesLogWithoutDatabase) {
  LeaveUnclosed();
  WriteFile("");
  ExpectRefusal(absl::StatusCode::kDataLoss, "-wal is there");
  std::filesystem::remove(path_);
  ExpectRefusal(absl::StatusCode::kDataLoss, "-wal is there");
}

TEST_F(SqliteStoreTest, RefusesFileCutToAnyLength) {
  MakeStoreWithMessages(100);
  const auto size = std::filesystem::file_size(path_);
  for (const auto left :
       {size - 1, size - 4096, size / 3, uintmax_t{4096}, uintmax_t{4095},
        uintmax_t{512}, uintmax_t{100}, uintmax_t{1}, uintmax_t{0}}) {
    std::filesystem::resize_file(path_, left);
    EXPECT_TRUE(absl::IsDataLoss(OpenError())) << left << ": " << OpenError();
  }
}

TEST_F(SqliteStoreTest, RefusesFolder) {
  std::filesystem::create_directory(path_);
  EXPECT_TRUE(absl::IsUnavailable(OpenError()));
  EXPECT_TRUE(
      absl::IsUnavailable(OpenStore(folder_ / "none/chat77.db").status()));
}

TEST_F(SqliteStoreTest, FullDiskKeepsNothing) {
  const auto store = Open();
  ASSERT_TRUE(store->OpenLobby().ok());
  ASSERT_EQ(store->Commit({Say(1, "one")})->at(0)->seq, 1);
  const Account ann{.alias = "ann",
                    .key = "ann",
                    .password_hash = "h",
                    .created_at = absl::FromUnixMillis(1)};
  {
    const FullDisk full(std::filesystem::file_size(path_ + "-wal") + 5000);
    const auto results = store->Commit(
        {CreateAccount{ann}, Say(2, "lost"), Say(3, std::string(50000, 'x'))});
    EXPECT_TRUE(absl::IsUnavailable(results.status())) << results.status();
    EXPECT_EQ(store->OpenLobby()->last_seq, 1u);
  }
  EXPECT_TRUE(absl::IsNotFound(store->FindAccount("ann").status()));
  EXPECT_EQ(store->Commit({Say(2, "two")})->at(0)->seq, 2);
  const auto page =
      store->ReadHistory({.room = kLobby, .limit = 9, .bytes = 99});
  ASSERT_EQ(page->messages.size(), 2u);
  EXPECT_EQ(page->messages[1].text, "two");
}

TEST_F(SqliteStoreTest, FullDiskAtOpening) {
  {
    const FullDisk full(8192);
    EXPECT_TRUE(absl::IsUnavailable(OpenError())) << OpenError();
  }
  EXPECT_TRUE(Files().empty());
  EXPECT_TRUE(OpenError().ok());
}

TEST_F(SqliteStoreTest, FlippedBitInATextIsRefused) {
  MakeStoreWithMessages(3);
  std::string bytes = ReadFile(path_);
  const size_t at = bytes.find(std::string(500, 'x'));
  ASSERT_NE(at, std::string::npos);
  bytes[at + 77] ^= 0x04;
  WriteFile(bytes);
  ExpectRefusal(absl::StatusCode::kDataLoss,
                "of room 1 is not what was written");
}

// As where the file is too large to be read through at a start.
TEST_F(SqliteStoreTest, FlippedBitIsNoticedWhenItIsRead) {
  MakeStoreWithMessages(3);
  const auto store = Open();
  RunSql("UPDATE messages SET text = 'forged' WHERE seq = 2");
  const auto page =
      store->ReadHistory({.room = kLobby, .limit = 9, .bytes = 9999});
  EXPECT_TRUE(absl::IsDataLoss(page.status())) << page.status();
  EXPECT_TRUE(
      store
          ->ReadHistory(
              {.room = kLobby, .after_seq = 2, .limit = 9, .bytes = 9999})
          .ok());
}

// Somebody writes to the file while the server counts on.
TEST_F(SqliteStoreTest, WhatAnotherProgramWroteFailsTheCommit) {
  MakeStoreWithMessages(1);
  const auto store = Open();
  ASSERT_TRUE(store->OpenLobby().ok());
  RunSql("INSERT INTO messages VALUES (1, 2, 1, 'eve', 'hi', NULL, NULL, 0)");
  EXPECT_TRUE(absl::IsDataLoss(store->Commit({Say(2, "two")}).status()));
  EXPECT_EQ(store->OpenLobby()->last_seq, 2u);
  EXPECT_TRUE(store->Commit({Say(3, "three")}).ok());
}

// A kind of entry, or a state of a link, that only a damaged file has.
TEST_F(SqliteStoreTest, UnknownNumbersAreNoticed) {
  const auto store = Open();
  ASSERT_TRUE(store->OpenLobby().ok());
  const Account ann{.alias = "ann",
                    .key = "ann",
                    .password_hash = "h",
                    .created_at = absl::UnixEpoch()};
  Account bob = ann;
  bob.alias = bob.key = "bob";
  const SetLink ask{
      .link = {.first = 1, .second = 2, .state = LinkState::kAsked}};
  ASSERT_TRUE(
      store
          ->Commit({Say(1, "one"), CreateAccount{ann}, CreateAccount{bob}, ask})
          .ok());
  RunSql("UPDATE messages SET kind = 3; UPDATE links SET state = 4");
  EXPECT_TRUE(absl::IsDataLoss(store->RoomsOf(1).status()));
  const HistoryQuery all{.room = kLobby, .limit = 9, .bytes = 99};
  EXPECT_TRUE(absl::IsDataLoss(store->ReadHistory(all).status()));
  RunSql("UPDATE messages SET kind = 1");
  EXPECT_TRUE(absl::IsDataLoss(store->ReadHistory(all).status())) << "forged";
}

TEST_F(SqliteStoreTest, ForgedPasswordHashIsNoticed) {
  const auto store = Open();
  ASSERT_TRUE(store
                  ->Commit({CreateAccount{{.alias = "ann",
                                           .key = "ann",
                                           .password_hash = "h",
                                           .created_at = absl::UnixEpoch()}}})
                  .ok());
  RunSql("UPDATE accounts SET password_hash = 'i'");
  EXPECT_TRUE(absl::IsDataLoss(store->FindAccount("ann").status()));
}

}  // namespace
}  // namespace chat77::store
