// A store as the last chat77 of schema 3 left it when it was killed. Its people
// are in tests/testdata/store_v3.sql.
#pragma once

#include <fstream>
#include <gtest/gtest.h>
#include <string>

#include "store/sqlite/database.h"
#include "tests/support/golden.h"
#include "tests/support/temp_folder.h"

namespace chat77::test {

// Makes it at `path`, where nothing may be.
inline void MakeStoreV3(const std::string& path) {
  using store::sqlite::Database;
  std::ofstream(path).close();
  MakePrivate(path);
  const std::string sql =
      support::ReadFile(CHAT77_SOURCE_DIR "/tests/testdata/store_v3.sql");
  ASSERT_FALSE(sql.empty());
  auto database = Database::Open(path, Database::Mode::kWrite);
  ASSERT_TRUE(database.ok()) << database.status();
  const absl::Status status = (*database)->Execute(sql);
  ASSERT_TRUE(status.ok()) << status;
}

}  // namespace chat77::test
