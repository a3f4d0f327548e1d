#include "server/storage/legacy_mirror.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <thread>

#include "store/legacy_json/whole_file.h"
#include "tests/support/temp_folder.h"

namespace chat77::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class LegacyMirrorTest : public testing::Test {
 protected:
  // A mirror that is given a snapshot with `alias_` whenever it asks.
  void Open() {
    mirror_ = std::make_unique<LegacyMirror>(path_, [this] {
      ++asked_;
      if (answers_) Give("ann" + std::to_string(asked_.load()));
    });
  }
  void Give(const std::string& alias) {
    mirror_->Take({store::Account{1, alias, alias, "hash", absl::UnixEpoch()}},
                  {});
  }
  std::string File() const {
    return store::ReadWholeFile(path_, 1 << 20).value_or("");
  }
  bool Await(const std::string& word) const {
    const auto until = steady_clock::now() + std::chrono::seconds(10);
    while (File().find(word) == std::string::npos) {
      if (steady_clock::now() > until) return false;
      std::this_thread::sleep_for(milliseconds(5));
    }
    return true;
  }

  test::TempFolder folder_;
  std::string path_ = folder_ / "client_connections.json";
  std::atomic<int> asked_ = 0;
  std::atomic<bool> answers_ = true;
  std::unique_ptr<LegacyMirror> mirror_;
};

TEST_F(LegacyMirrorTest, WritesWhenTouched) {
  Open();
  EXPECT_FALSE(std::filesystem::exists(path_));
  mirror_->Touch();
  EXPECT_TRUE(Await("ann1"));
  EXPECT_EQ(File().find("hash"), std::string::npos);
}

TEST_F(LegacyMirrorTest, AtMostOnceASecond) {
  Open();
  const auto start = steady_clock::now();
  while (steady_clock::now() < start + milliseconds(1500)) {
    mirror_->Touch();
    std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_LE(asked_, 2);
  EXPECT_TRUE(Await("ann2"));
}

TEST_F(LegacyMirrorTest, EndWritesTheLastSnapshot) {
  Open();
  mirror_->Touch();
  ASSERT_TRUE(Await("ann1"));
  Give("last");
  mirror_.reset();
  EXPECT_NE(File().find("last"), std::string::npos);
}

TEST_F(LegacyMirrorTest, EndDoesNotWaitForASnapshotThatNeverComes) {
  answers_ = false;
  Open();
  mirror_->Touch();
  while (asked_ == 0) std::this_thread::sleep_for(milliseconds(1));
  const auto start = steady_clock::now();
  mirror_.reset();
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(2));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

// The folder is away for a moment: the file is written when it is back, though
// nothing has changed since.
TEST_F(LegacyMirrorTest, AFailedWriteIsTriedAgain) {
  const std::string away = folder_ / "away";
  path_ = away + "/client_connections.json";
  Open();
  mirror_->Touch();
  while (asked_ == 0) std::this_thread::sleep_for(milliseconds(1));
  std::this_thread::sleep_for(milliseconds(100));
  std::filesystem::create_directory(away);
  EXPECT_TRUE(Await("ann"));
}

}  // namespace
}  // namespace chat77::server
