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
  void Open(std::chrono::seconds patience = LegacyMirror::kPatience) {
    mirror_ = std::make_unique<LegacyMirror>(
        path_,
        [this] {
          ++asked_;
          if (answers_) Give("ann" + std::to_string(asked_.load()));
        },
        patience);
  }
  void Give(const std::string& alias) {
    mirror_->Take({store::Account{1, alias, alias, "hash", absl::UnixEpoch()}},
                  {});
  }
  std::string File() const {
    return store::ReadWholeFile(path_, 1 << 20).value_or("");
  }
  bool Await(const std::string& word) const {
    return AwaitThe([&] { return word; });
  }
  // The snapshot that was asked for last, whichever that is by then.
  bool AwaitNewest() const {
    return AwaitThe([this] { return "ann" + std::to_string(asked_.load()); });
  }

  template <class Word>
  bool AwaitThe(Word word) const {
    const auto until = steady_clock::now() + std::chrono::seconds(30);
    while (File().find(word()) == std::string::npos) {
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
  do {
    mirror_->Touch();
    std::this_thread::sleep_for(milliseconds(1));
  } while (asked_ < 2 || steady_clock::now() < start + milliseconds(1500));
  const int asked = asked_;
  EXPECT_LE(asked, 1 + (steady_clock::now() - start) / std::chrono::seconds(1));
  EXPECT_TRUE(AwaitNewest());
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
  Open(std::chrono::hours(1));  // one that waits does not end, nor the test
  mirror_->Touch();
  while (asked_ == 0) std::this_thread::sleep_for(milliseconds(1));
  mirror_.reset();
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
