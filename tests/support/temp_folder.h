// A folder of a test's own, gone with the object.
#pragma once

#include <filesystem>
#include <gtest/gtest.h>
#include <random>
#include <string>

namespace chat77::test {

// A file like one the store made: for its owner only. Without it a store is
// refused.
inline void MakePrivate(const std::string& path) {
  std::filesystem::permissions(path, std::filesystem::perms::owner_read |
                                         std::filesystem::perms::owner_write);
}

class TempFolder {
 public:
  TempFolder() {
    std::random_device random;
    path_ = std::filesystem::path(::testing::TempDir()) /
            ("chat77-" + std::to_string(random()) + std::to_string(random()));
    std::filesystem::create_directory(path_);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code error;  // a test's failure should not become an abort
    std::filesystem::remove_all(path_, error);
  }

  std::string operator/(const std::string& name) const {
    return (path_ / name).string();
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace chat77::test
