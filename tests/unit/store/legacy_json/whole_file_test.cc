#include "store/legacy_json/whole_file.h"

#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "store/legacy_json/replaceable.h"
#include "tests/support/temp_folder.h"

namespace chat77::store {
namespace {

class WholeFileTest : public testing::Test {
 protected:
  void Put(const std::string& content) {
    const absl::Status status = WriteFileAtomically(path_, content);
    EXPECT_TRUE(status.ok()) << status;
  }
  std::string Get() { return ReadWholeFile(path_, 1 << 20).value_or("none"); }

  size_t FilesInFolder() const {
    const auto entries = std::filesystem::directory_iterator(folder_.path());
    return static_cast<size_t>(std::distance(begin(entries), end(entries)));
  }

  test::TempFolder folder_;
  const std::string path_ = folder_ / "users.json";
};

TEST_F(WholeFileTest, ReplacesTheFile) {
  Put("first");
  Put(std::string(200'000, 'x') + "second");
  EXPECT_EQ(Get(), std::string(200'000, 'x') + "second");
  EXPECT_EQ(FilesInFolder(), 1u);
}

TEST_F(WholeFileTest, KeepsPermissions) {
  Put("first");
  chmod(path_.c_str(), 0640);
  Put("second");
  struct stat info{};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
}

TEST_F(WholeFileTest, WritesThroughALink) {
  Put("first");
  std::filesystem::create_symlink(path_, folder_ / "link");
  EXPECT_TRUE(WriteFileAtomically(folder_ / "link", "second").ok());
  EXPECT_EQ(Get(), "second");
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link"));
}

TEST_F(WholeFileTest, FailureLeavesTheOldFile) {
  std::filesystem::create_directory(path_);
  EXPECT_TRUE(absl::IsUnavailable(WriteFileAtomically(path_, "x")));
  EXPECT_TRUE(
      absl::IsUnavailable(WriteFileAtomically(folder_ / "none/x", "x")));
  EXPECT_EQ(FilesInFolder(), 1u);
}

TEST_F(WholeFileTest, ReadLimits) {
  EXPECT_TRUE(absl::IsNotFound(ReadWholeFile(path_, 9).status()));
  Put("123456789");
  EXPECT_TRUE(ReadWholeFile(path_, 9).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(ReadWholeFile(path_, 8).status()));
  EXPECT_TRUE(absl::IsUnavailable(ReadWholeFile(folder_.path(), 9).status()));
}

TEST_F(WholeFileTest, ReplaceableHoldsNothingToLose) {
  EXPECT_TRUE(CheckReplaceable(path_).ok());
  for (const char* fine :
       {"", "{\"users\": [{\"aliase\": \"a\", \"password\": \"\"}]}"}) {
    Put(fine);
    EXPECT_TRUE(CheckReplaceable(path_).ok()) << fine;
  }
  for (const char* precious :
       {"my diary", "{\"users\": [{\"aliase\": \"a\", \"password\": \"p\"}]}",
        "{\"users\": [{\"password\": \"p\"}]}"}) {
    Put(precious);
    EXPECT_TRUE(absl::IsFailedPrecondition(CheckReplaceable(path_)))
        << precious;
  }
}

}  // namespace
}  // namespace chat77::store
