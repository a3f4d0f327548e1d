#include "store/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

namespace chat77::store {
namespace {

using testing::HasSubstr;

AuditRecord Record(int64_t number) {
  return {.number = number,
          .time = absl::FromUnixMillis(1000 * number),
          .actor = "Ann",
          .action = "kick",
          .target = "Bob",
          .detail = "noise",
          .hash = ""};
}

std::vector<AuditRecord> Chain(int64_t count) {
  std::vector<AuditRecord> all;
  std::string hash(kAuditHashBytes, '\0');
  for (int64_t number = 1; number <= count; ++number) {
    all.push_back(Record(number));
    hash = all.back().hash = AuditHash(hash, all.back());
  }
  return all;
}

// What is said of the first record that is wrong.
std::string Fault(const std::vector<AuditRecord>& records) {
  AuditChain chain;
  for (const AuditRecord& record : records) {
    const absl::Status status = chain.Add(record);
    if (status.ok()) continue;
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    return std::string(status.message());
  }
  return "";
}

TEST(AuditTest, SoundChain) {
  EXPECT_EQ(Fault(Chain(5)), "");
  AuditChain chain;
  EXPECT_EQ(chain.end(), AuditMark{});
  const auto all = Chain(2);
  ASSERT_TRUE(chain.Add(all[0]).ok());
  EXPECT_EQ(chain.end(), (AuditMark{1, all[0].hash}));
}

TEST(AuditTest, HashIsOfAllThatIsSaid) {
  const std::string previous(kAuditHashBytes, '\0');
  std::set<std::string> hashes = {AuditHash(previous, Record(1))};
  const auto differs = [&](auto change) {
    AuditRecord record = Record(1);
    change(record);
    EXPECT_TRUE(hashes.insert(AuditHash(previous, record)).second);
  };
  differs([](AuditRecord& one) { one.number = 2; });
  differs([](AuditRecord& one) { one.time += absl::Milliseconds(1); });
  differs([](AuditRecord& one) { one.actor = "Anna"; });
  differs([](AuditRecord& one) { one.action = "mute"; });
  differs([](AuditRecord& one) { one.target = ""; });
  differs([](AuditRecord& one) { one.detail += '\0'; });
  // Nothing passes from one text to the next.
  differs([](AuditRecord& one) {
    one.actor = "An";
    one.action = "nkick";
  });
  EXPECT_TRUE(
      hashes.insert(AuditHash(std::string(32, '\1'), Record(1))).second);
  EXPECT_EQ(hashes.begin()->size(), kAuditHashBytes);
}

TEST(AuditTest, NamesTheFirstThatIsWrong) {
  auto changed = Chain(5);
  changed[2].detail = "nothing";
  EXPECT_THAT(Fault(changed), HasSubstr("Record 3 of the audit log is not"));
  auto removed = Chain(5);
  removed.erase(removed.begin() + 1);
  EXPECT_THAT(Fault(removed),
              HasSubstr("Record 2 of the audit log is missing"));
  auto renumbered = Chain(5);
  renumbered.erase(renumbered.begin() + 1);
  renumbered[1].number = 2;
  EXPECT_THAT(Fault(renumbered), HasSubstr("Record 2 of the audit log is not"));
  auto swapped = Chain(5);
  std::swap(swapped[3], swapped[4]);
  EXPECT_THAT(Fault(swapped),
              HasSubstr("Record 4 of the audit log is missing"));
  auto rehashed = Chain(5);
  rehashed[1].detail = "nothing";
  rehashed[1].hash = AuditHash(rehashed[0].hash, rehashed[1]);
  EXPECT_THAT(Fault(rehashed), HasSubstr("Record 3 of the audit log is not"));
}

TEST(AuditTest, MarksAreWrittenAndRead) {
  const AuditMark mark{12, Chain(1)[0].hash};
  const std::string text = FormatAuditMark(mark);
  EXPECT_EQ(text.size(), 3 + 64u);
  EXPECT_EQ(ParseAuditMark(text).value(), mark);
  for (const std::string& wrong :
       {std::string(), std::string("12"), text + "0", text.substr(1),
        "-1" + text.substr(2), "12:" + std::string(64, 'g')}) {
    if (wrong == text.substr(1)) continue;  // "2:..." is one, of another number
    EXPECT_TRUE(absl::IsInvalidArgument(ParseAuditMark(wrong).status()))
        << wrong;
  }
}

}  // namespace
}  // namespace chat77::store
