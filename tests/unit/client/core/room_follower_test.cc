#include "client/core/room_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chat77::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

pb::RoomPosition At(uint64_t epoch, uint64_t seq) {
  pb::RoomPosition position;
  position.set_room("lobby");
  position.set_epoch(epoch);
  position.set_seq(seq);
  return position;
}

pb::Said Said(uint64_t seq, const std::string& alias = "bob") {
  pb::Said said;
  said.set_seq(seq);
  said.set_alias(alias);
  return said;
}

pb::FetchHistoryReply Page(std::vector<uint64_t> seqs, bool more = false) {
  pb::FetchHistoryReply page;
  for (uint64_t seq : seqs) *page.add_messages() = Said(seq);
  page.set_more(more);
  return page;
}

class RoomFollowerTest : public ::testing::Test {
 protected:
  std::optional<uint64_t> Login(uint64_t epoch, uint64_t seq) {
    return After(room_.OnLogin(At(epoch, seq), events_));
  }
  std::optional<uint64_t> Turn(const pb::FetchHistoryReply& page) {
    return After(room_.OnPage(page, "ann", events_));
  }
  std::optional<uint64_t> Miss(uint64_t from, uint64_t to) {
    pb::Missed missed;
    missed.set_from_seq(from);
    missed.set_to_seq(to);
    return After(room_.OnMissed(missed, events_));
  }
  void Hear(uint64_t seq) { room_.OnSaid(Said(seq), "ann", events_); }
  void Own(uint64_t seq) { room_.OnOwn(Said(seq, "ann"), events_); }

  // What was told since the last call: "7", "7 late", "gap 2-5", "restarted".
  std::vector<std::string> Told() {
    std::vector<std::string> told;
    for (const Event& event : std::exchange(events_, {})) {
      if (auto* said = std::get_if<RoomSaid>(&event)) {
        told.push_back(std::to_string(said->said.seq()) +
                       (said->own ? " own" : "") + (said->late ? " late" : ""));
      } else if (auto* gap = std::get_if<Gap>(&event)) {
        told.push_back("gap " + std::to_string(gap->from_seq) + "-" +
                       std::to_string(gap->to_seq));
      } else {
        told.push_back("restarted");
      }
    }
    return told;
  }

  RoomFollower room_{"lobby", 0};
  std::vector<Event> events_;

 private:
  // The position asked for.
  static std::optional<uint64_t> After(
      const std::optional<pb::FetchHistory>& fetch) {
    if (!fetch) return std::nullopt;
    EXPECT_EQ(fetch->room(), "lobby");
    return fetch->after_seq();
  }
};

TEST_F(RoomFollowerTest, FirstLoginFetchesNothing) {
  EXPECT_EQ(Login(1, 7), std::nullopt);
  Hear(8);
  EXPECT_THAT(Told(), ElementsAre("8"));
}

TEST_F(RoomFollowerTest, FirstLoginFetchesTheNewest) {
  room_ = RoomFollower("lobby", 3);
  EXPECT_EQ(Login(1, 7), 4);
  Hear(8);
  EXPECT_THAT(Told(), IsEmpty()) << "live messages wait for history";
  EXPECT_EQ(Turn(Page({5, 6, 7, 8})), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("5 late", "6 late", "7 late", "8 late"));
}

TEST_F(RoomFollowerTest, NewestIsCutToWhatThereIs) {
  room_ = RoomFollower("lobby", 30);
  EXPECT_EQ(Login(1, 2), 0);
  EXPECT_EQ(Turn(Page({1, 2})), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("1 late", "2 late"));
}

TEST_F(RoomFollowerTest, ReloginFetchesWhatWasMissed) {
  Login(1, 7);
  Hear(8);
  EXPECT_EQ(Login(1, 11), 8);
  Hear(12);
  EXPECT_EQ(Turn(Page({9, 10}, true)), 10);
  Hear(13);
  EXPECT_EQ(Turn(Page({11, 12})), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("8", "9 late", "10 late", "11 late",
                                  "12 late", "13"));
}

TEST_F(RoomFollowerTest, DropsWhatWasSeen) {
  Login(1, 7);
  Hear(8);
  Hear(8);
  Hear(5);
  EXPECT_THAT(Told(), ElementsAre("8"));
}

TEST_F(RoomFollowerTest, OwnTextFillsItsPlace) {
  Login(1, 0);
  Hear(2);  // 1 is ours, its reply comes later
  Own(1);
  EXPECT_EQ(room_.seq(), 2u);
  Hear(1);
  EXPECT_THAT(Told(), ElementsAre("2", "1 own"));
}

TEST_F(RoomFollowerTest, OwnTextWaitsForHistoryToo) {
  Login(1, 0);
  Login(1, 2);
  Own(3);
  EXPECT_THAT(Told(), IsEmpty());
  Turn(Page({1, 2}));
  EXPECT_THAT(Told(), ElementsAre("1 late", "2 late", "3 own"));
}

TEST_F(RoomFollowerTest, UnconfirmedTextComesFromHistory) {
  Login(1, 3);
  EXPECT_EQ(Login(1, 4), 3);
  pb::FetchHistoryReply page;
  *page.add_messages() = Said(4, "ann");
  Turn(page);
  EXPECT_THAT(Told(), ElementsAre("4 own late"));
}

TEST_F(RoomFollowerTest, NewEpochStartsOver) {
  Login(1, 7);
  EXPECT_EQ(Login(2, 2), 0);
  Turn(Page({1, 2}));
  EXPECT_THAT(Told(), ElementsAre("restarted", "1 late", "2 late"));
}

TEST_F(RoomFollowerTest, LongAbsenceLeavesAGap) {
  Login(1, 0);
  EXPECT_EQ(Login(1, 1500), 500);
  EXPECT_THAT(Told(), ElementsAre("gap 1-500"));
}

TEST_F(RoomFollowerTest, NoHistoryLeavesAGap) {
  Login(1, 2);
  EXPECT_EQ(Login(1, 5), 2);
  Hear(6);
  Turn(Page({}));
  EXPECT_THAT(Told(), ElementsAre("gap 3-5", "6"));
}

TEST_F(RoomFollowerTest, FailedPageLeavesAGap) {
  Login(1, 2);
  Login(1, 5);
  Hear(6);
  room_.OnPageFailed(events_);
  Hear(7);
  EXPECT_THAT(Told(), ElementsAre("gap 3-5", "6", "7"));
}

TEST_F(RoomFollowerTest, MissedIsFetched) {
  Login(1, 0);
  Hear(1);
  EXPECT_EQ(Miss(2, 4), 1);
  Hear(5);
  EXPECT_EQ(Turn(Page({2, 3, 4})), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("1", "2 late", "3 late", "4 late", "5"));
}

TEST_F(RoomFollowerTest, MissedNoticesNeedNoHistory) {
  Login(1, 4);
  EXPECT_EQ(Miss(5, 4), std::nullopt);
}

TEST_F(RoomFollowerTest, MissedWhileCatchingUp) {
  Login(1, 0);
  EXPECT_EQ(Miss(1, 2), 0);
  EXPECT_EQ(Miss(3, 4), std::nullopt);
  EXPECT_EQ(Turn(Page({1, 2}, true)), 2);
  EXPECT_EQ(Turn(Page({3, 4})), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("1 late", "2 late", "3 late", "4 late"));
}

TEST_F(RoomFollowerTest, ManyLiveMessagesAreLeftToHistory) {
  Login(1, 0);
  EXPECT_EQ(Miss(1, 1), 0);
  for (uint64_t seq = 2; seq <= 1500; ++seq) Hear(seq);
  std::vector<uint64_t> seqs;
  std::optional<uint64_t> after = 0;
  while (after) {
    seqs.clear();
    for (uint64_t seq = *after + 1;
         seq <= std::min<uint64_t>(*after + 200, 1500); ++seq) {
      seqs.push_back(seq);
    }
    after = Turn(Page(seqs, seqs.back() < 1500));
  }
  const std::vector<std::string> told = Told();
  EXPECT_EQ(told.size(), 1500u);
  EXPECT_EQ(told.front(), "1 late");
  EXPECT_EQ(told.back(), "1500 late");
}

// A server that says "more" for ever but gives nothing does not keep us.
TEST_F(RoomFollowerTest, EmptyPageWithMoreEndsIt) {
  Login(1, 0);
  Login(1, 5);
  EXPECT_EQ(Turn(Page({}, true)), std::nullopt);
  EXPECT_FALSE(room_.catching_up());
}

}  // namespace
}  // namespace chat77::client
