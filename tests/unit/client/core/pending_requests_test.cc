#include "client/core/pending_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/message_ids.h"

namespace chat77::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PendingRequestsTest : public ::testing::Test {
 protected:
  static pb::ClientFrame Say(uint64_t id, const std::string& text = "hi") {
    pb::ClientFrame frame;
    frame.set_request_id(id);
    frame.mutable_say()->set_text(text);
    return frame;
  }
  std::vector<uint64_t> Unsent() {
    std::vector<uint64_t> ids;
    for (const auto& frame : pending_.TakeUnsent()) {
      ids.push_back(frame.request_id());
    }
    return ids;
  }

  PendingRequests pending_;
};

TEST_F(PendingRequestsTest, SendsEachOnceOnAConnection) {
  pending_.Add(Say(2));
  pending_.Add(Say(3));
  EXPECT_THAT(Unsent(), ElementsAre(2, 3));
  EXPECT_THAT(Unsent(), IsEmpty());
  pending_.Add(Say(4));
  EXPECT_THAT(Unsent(), ElementsAre(4));
  EXPECT_TRUE(pending_.Remove(3));
  EXPECT_FALSE(pending_.Remove(3));
  pending_.Rewind();
  EXPECT_THAT(Unsent(), ElementsAre(2, 4)) << "in the order of old";
}

// "Not now" says nothing of what came of it on the connection before.
TEST_F(PendingRequestsTest, AsksAgainWhatIsNotKnown) {
  pending_.Add(Say(2));
  Unsent();
  EXPECT_FALSE(pending_.AskAgain(2, absl::UnixEpoch())) << "asked once";
  pending_.Rewind();
  EXPECT_THAT(Unsent(), ElementsAre(2));
  EXPECT_TRUE(pending_.AskAgain(2, absl::UnixEpoch()));
  const auto due = pending_.TakeDue(absl::UnixEpoch());
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].request_id(), 2u);
}

TEST_F(PendingRequestsTest, TellsWhatWasSent) {
  pending_.Add(Say(2));
  Unsent();
  pending_.Add(Say(3));
  const auto removed =
      pending_.RemoveIf([](const auto& request) { return request.sent; });
  ASSERT_EQ(removed.size(), 1u);
  EXPECT_EQ(removed[0].frame.request_id(), 2u);
  EXPECT_EQ(pending_.size(), 1u);
}

TEST_F(PendingRequestsTest, IsBoundedByCount) {
  for (size_t i = 0; i < PendingRequests::kWaiting; ++i) {
    EXPECT_TRUE(pending_.HasRoomFor(Say(i + 2)));
    pending_.Add(Say(i + 2));
  }
  EXPECT_FALSE(pending_.HasRoomFor(Say(1000)));
  pending_.Remove(2);
  EXPECT_TRUE(pending_.HasRoomFor(Say(1000)));
}

TEST_F(PendingRequestsTest, IsBoundedByBytes) {
  const std::string half(PendingRequests::kWaitingBytes / 2, 'x');
  pending_.Add(Say(2, half));
  EXPECT_FALSE(pending_.HasRoomFor(Say(3, half)));
  pending_.RemoveIf([](const auto&) { return true; });
  EXPECT_TRUE(pending_.HasRoomFor(Say(3, half)));
}

TEST(MessageIdsTest, AscendWhateverTheClockDoes) {
  MessageIds ids;
  const absl::Time wall = absl::FromUnixMillis(1'700'000'000'000);
  const uint64_t first = ids.Next(wall, 0.5);
  EXPECT_EQ(first >> 20, 1'700'000'000'000u);
  EXPECT_EQ(first & 0xfffff, 0x80000u);
  EXPECT_EQ(ids.Next(wall, 0.1), first + 1);
  EXPECT_EQ(ids.Next(wall - absl::Hours(1), 0.9), first + 2);
  EXPECT_EQ(ids.Next(wall + absl::Milliseconds(1), 0) >> 20,
            1'700'000'000'001u);
  EXPECT_NE(MessageIds().Next(absl::UnixEpoch(), 0), 0u);
}

}  // namespace
}  // namespace chat77::client
