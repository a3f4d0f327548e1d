// What a store refuses to be beside.
#include "store/sqlite/file_mode.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "store/maintenance.h"
#include "store/store.h"
#include "tests/support/temp_folder.h"

namespace chat77::store {
namespace {

using testing::HasSubstr;

class FileModeTest : public testing::Test {
 protected:
  FileModeTest() { EXPECT_TRUE(OpenStore(path_).ok()); }

  static mode_t ModeOf(const std::string& path) {
    struct stat info{};
    EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 07777;
  }

  static void SetMode(const std::string& path, mode_t mode) {
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
  }

  void ExpectRefused(const std::string& command) {
    for (const absl::Status& status :
         {OpenStore(path_).status(), OpenStoreForReading(path_).status()}) {
      EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
      EXPECT_FALSE(IsStoreInUse(status));
      EXPECT_THAT(std::string(status.message()), HasSubstr("run " + command));
    }
  }

  test::TempFolder folder_;
  const std::string path_ = folder_ / "chat77.db";
};

TEST_F(FileModeTest, OpenToOthersIsRefused) {
  for (const mode_t mode : {0644, 0640, 0604, 0620, 0602, 0660, 0666}) {
    SetMode(path_, mode);
    ExpectRefused("chmod 600 " + path_ + " first.");
    EXPECT_EQ(ModeOf(path_), mode);  // whose business it is
  }
  for (const mode_t mode : {0600, 0700}) {
    SetMode(path_, mode);
    EXPECT_TRUE(OpenStore(path_).ok());
  }
}

TEST_F(FileModeTest, SideFilesToo) {
  for (const char* suffix : {"-wal", "-shm", "-lock"}) {
    const std::string side = path_ + suffix;
    std::ofstream(side).close();
    SetMode(side, 0644);
    ExpectRefused("chmod 600 " + side + " first.");
    std::filesystem::remove(side);
  }
  EXPECT_TRUE(OpenStore(path_).ok());
}

TEST_F(FileModeTest, FolderThatEverybodyMayWriteTo) {
  const std::string folder = folder_.path().string();
  SetMode(folder, 0777);
  ExpectRefused("chmod o-w " + folder + " first.");
  EXPECT_TRUE(
      absl::IsFailedPrecondition(OpenStore(folder_ / "another.db").status()));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "another.db"));
  for (const mode_t mode : {01777, 0775, 0755}) {
    SetMode(folder, mode);
    EXPECT_TRUE(OpenStore(path_).ok());
  }
}

TEST_F(FileModeTest, WhatIsMadeIsPrivate) {
  const mode_t before = umask(0);
  {
    const auto store = OpenStore(path_);
    ASSERT_TRUE((*store)->OpenLobby().ok());
    for (const char* suffix : {"", "-wal", "-shm", "-lock"}) {
      EXPECT_EQ(ModeOf(path_ + suffix), 0600u) << suffix;
    }
    EXPECT_TRUE(BackUpStore(path_, folder_ / "backup.db").ok());
  }
  SetMode(folder_ / "backup.db", 0644);  // a copy, say, from another disk
  EXPECT_TRUE(RestoreStore(folder_ / "backup.db", folder_ / "new.db").ok());
  EXPECT_TRUE(BackUpStore(path_, folder_ / "second.db").ok());
  umask(before);
  EXPECT_EQ(ModeOf(folder_ / "new.db"), 0600u);
  EXPECT_EQ(ModeOf(folder_ / "second.db"), 0600u);
}

// What is only copied may be looked at as it is: the copy is private.
TEST_F(FileModeTest, BackUpOfAnOpenOneIsTaken) {
  SetMode(path_, 0644);
  EXPECT_TRUE(CheckStore(path_).ok());
  EXPECT_TRUE(BackUpStore(path_, folder_ / "backup.db").ok());
  EXPECT_EQ(ModeOf(folder_ / "backup.db"), 0600u);
}

}  // namespace
}  // namespace chat77::store
