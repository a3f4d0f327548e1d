#include "server/net/code_counts.h"

#include <gtest/gtest.h>

namespace chat77::server {
namespace {

namespace pb = ::chat77::v1;

TEST(CodeCountsTest, CountsTrespassersNotMistakes) {
  CodeCounts counts;
  counts.Note(pb::BAD_CREDENTIALS);
  counts.Note(pb::BAD_CREDENTIALS);
  counts.Note(pb::NOT_ONLINE);
  counts.Report();
  counts.Note(pb::BAD_CREDENTIALS);
  EXPECT_EQ(counts.count(pb::BAD_CREDENTIALS), 3u)
      << "a report forgets nothing";
  EXPECT_EQ(counts.count(pb::NOT_ONLINE), 0u);
}

}  // namespace
}  // namespace chat77::server
