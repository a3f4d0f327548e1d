// Timeline of a direct room.
#include "tests/unit/client/core/timeline_fixture.h"

namespace chat77::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class DirectTimelineTest : public TimelineTest {
 protected:
  DirectTimelineTest() { room_ = Timeline(7, "Bob"); }

  static pb::FetchHistoryReply PageOf(const std::vector<pb::Said>& entries,
                                      bool more = false) {
    pb::FetchHistoryReply page;
    for (const pb::Said& said : entries) *page.add_messages() = said;
    page.set_more(more);
    return page;
  }
  static pb::Said Link(uint64_t seq, pb::EntryKind kind) {
    pb::Said said = Said(seq);
    said.set_kind(kind);
    return said;
  }
  std::optional<uint64_t> FetchRest() { return After(room_.FetchRest()); }
};

TEST_F(DirectTimelineTest, BeginsWhereTheAccountHasRead) {
  EXPECT_EQ(Login(1, 7, 4), 4);
  Hear(8);
  EXPECT_EQ(Turn(Page({5, 6, 7})), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("5 late", "6 late", "7 late", "8"));
}

TEST_F(DirectTimelineTest, NothingWaits) {
  EXPECT_EQ(Login(1, 7, 7), std::nullopt);
  EXPECT_EQ(Hear(8), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("8"));
}

TEST_F(DirectTimelineTest, LaterLoginsGoOnWhereItStood) {
  Login(1, 7, 7);
  Hear(8);
  EXPECT_EQ(Login(1, 10, 7), 8);
  Turn(Page({9, 10}));
  EXPECT_THAT(Told(), ElementsAre("8", "9 late", "10 late"));
}

TEST_F(DirectTimelineTest, AnotherEpochBeginsWhereTheAccountHasRead) {
  Login(1, 7, 7);
  EXPECT_EQ(Login(2, 3, 1), 1);
  Turn(Page({2, 3}));
  EXPECT_THAT(Told(), ElementsAre("2 late", "3 late"));
}

TEST_F(DirectTimelineTest, BeginsWithTheEntryThatMadeItKnown) {
  room_.OnEntry(Link(5, pb::LINKED), 1, "ann", events_);
  EXPECT_EQ(room_.seq(), 5u);
  Hear(6);
  EXPECT_THAT(Told(), ElementsAre("6"));
}

TEST_F(DirectTimelineTest, LinksTakeAPlaceAndShowNothing) {
  Login(1, 0);
  EXPECT_EQ(Hear(2), 0);
  EXPECT_EQ(Turn(PageOf({Link(1, pb::LINKED), Said(2)})), std::nullopt);
  room_.OnEntry(Link(3, pb::ENDED), 1, "ann", events_);
  EXPECT_EQ(Hear(4), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("2", "4"));
}

TEST_F(DirectTimelineTest, ReplyShowsAnOwnText) {
  Login(1, 0);
  room_.OnSaySent();
  EXPECT_EQ(Hear(2), std::nullopt);
  Own(1);
  EXPECT_EQ(room_.seq(), 2u);
  EXPECT_THAT(Told(), ElementsAre("2"));
}

TEST_F(DirectTimelineTest, OwnTextsOfOtherSessionsAreTold) {
  Login(1, 2, 0);
  Turn(PageOf({Said(1, "ann"), Said(2)}));
  EXPECT_THAT(Told(), ElementsAre("1 own late", "2 late"));
}

// The text was carried out before the connection broke; its reply, to the
// request sent again, comes behind the page.
TEST_F(DirectTimelineTest, OwnTextInAPageWaitsForItsReply) {
  Login(1, 0);
  room_.OnSaySent();
  EXPECT_EQ(Login(1, 3), 0);
  EXPECT_EQ(Turn(PageOf({Said(1), Said(2, "ann")}, true)), std::nullopt)
      << "not before the reply";
  EXPECT_THAT(Told(), ElementsAre("1 late"));
  EXPECT_EQ(Own(2), 2);
  Turn(Page({3}));
  EXPECT_THAT(Told(), ElementsAre("3 late"));
}

TEST_F(DirectTimelineTest, OwnTextThatItsReplyToldIsNotToldAfterABreak) {
  Login(1, 0);
  room_.OnSaySent();
  room_.OnSaySent();
  Own(2);
  room_.OnClosed();
  EXPECT_EQ(Login(1, 2), 0) << "1 is ours or the other's";
  Turn(PageOf({Said(1), Said(2, "ann")}));
  EXPECT_EQ(room_.seq(), 2u);
  EXPECT_THAT(Told(), ElementsAre("1 late"));
}

TEST_F(DirectTimelineTest, OwnTextInAPageMayBeAnotherOne) {
  Login(1, 0);
  room_.OnSaySent();
  Login(1, 2);
  Turn(PageOf({Said(1, "ann"), Said(2)}));
  EXPECT_THAT(Told(), IsEmpty());
  EXPECT_EQ(Own(3), std::nullopt);
  EXPECT_EQ(room_.seq(), 3u);
  EXPECT_THAT(Told(), ElementsAre("1 own late", "2 late"));
}

TEST_F(DirectTimelineTest, OwnTextInAPageIsToldIfTheRequestFails) {
  Login(1, 0);
  room_.OnSaySent();
  Login(1, 2);
  Turn(PageOf({Said(1, "ann"), Said(2)}));
  EXPECT_EQ(Refuse(), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("1 own late", "2 late"));
}

TEST_F(DirectTimelineTest, EndedWhileAwayIsFetchedToItsEnd) {
  Login(1, 2, 2);
  EXPECT_EQ(FetchRest(), 2);
  EXPECT_EQ(Turn(Page({3, 4}, true)), 4);
  EXPECT_EQ(Turn(PageOf({Said(5), Link(6, pb::ENDED)})), std::nullopt);
  EXPECT_EQ(room_.seq(), 6u);
  EXPECT_THAT(Told(), ElementsAre("3 late", "4 late", "5 late"));
}

TEST_F(DirectTimelineTest, EndedWhileAwayIsFetchedAgainAfterABreak) {
  Login(1, 2, 2);
  EXPECT_EQ(FetchRest(), 2);
  Turn(Page({3}, true));
  room_.OnClosed();
  EXPECT_EQ(FetchRest(), 3);
  EXPECT_EQ(After(room_.OnPageFailed(events_)), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("3 late"));
}

TEST_F(DirectTimelineTest, WhatWasNeverKnownIsNotFetched) {
  room_.OnSaySent();
  EXPECT_EQ(FetchRest(), std::nullopt);
}

}  // namespace
}  // namespace chat77::client
