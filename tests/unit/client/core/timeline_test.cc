#include "client/core/timeline.h"

#include "tests/unit/client/core/timeline_fixture.h"

namespace chat77::client {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(TimelineTest, FirstLoginFetchesNothing) {
  EXPECT_EQ(Login(1, 7), std::nullopt);
  EXPECT_EQ(Hear(8), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("8"));
}

TEST_F(TimelineTest, FirstLoginFetchesTheNewest) {
  room_ = Timeline(3);
  EXPECT_EQ(Login(1, 7), 4);
  Hear(8);
  EXPECT_THAT(Told(), IsEmpty()) << "live messages wait for history";
  EXPECT_EQ(Turn(Page({5, 6, 7, 8})), std::nullopt);
  EXPECT_THAT(Told(),
              ElementsAre("5 late", "6 late", "7 late", "caught up 3", "8"));
}

TEST_F(TimelineTest, NewestIsCutToWhatThereIs) {
  room_ = Timeline(30);
  EXPECT_EQ(Login(1, 2), 0);
  EXPECT_EQ(Turn(Page({1, 2})), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("1 late", "2 late", "caught up 2"));
}

TEST_F(TimelineTest, ReloginFetchesWhatWasMissed) {
  Login(1, 7);
  Hear(8);
  EXPECT_EQ(Login(1, 11), 8);
  Hear(12);
  EXPECT_EQ(Turn(Page({9, 10}, true)), 10);
  Hear(13);
  EXPECT_EQ(Turn(Page({11, 12})), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("8", "9 late", "10 late", "11 late",
                                  "caught up 3", "12", "13"));
}

TEST_F(TimelineTest, ReloginThatMissedNothingSaysSo) {
  Login(1, 7);
  EXPECT_EQ(Login(1, 7), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("caught up 0"));
}

TEST_F(TimelineTest, DropsWhatWasSeen) {
  Login(1, 7);
  Hear(8);
  Hear(8);
  Hear(5);
  EXPECT_THAT(Told(), ElementsAre("8"));
}

TEST_F(TimelineTest, OwnTextFillsItsPlace) {
  Login(1, 0);
  room_.OnSaySent();
  EXPECT_EQ(Hear(2), std::nullopt) << "1 is ours, its reply comes later";
  EXPECT_THAT(Told(), IsEmpty());
  Own(1);
  EXPECT_EQ(room_.seq(), 2u);
  Hear(1);
  EXPECT_THAT(Told(), ElementsAre("1 own", "2"));
}

TEST_F(TimelineTest, UnexplainedHoleIsFetched) {
  Login(1, 0);
  EXPECT_EQ(Hear(3), 0);
  EXPECT_EQ(Hear(4), std::nullopt) << "one request at a time";
  EXPECT_EQ(Turn(Page({1, 2, 3, 4})), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("1 late", "2 late", "3", "4"));
}

TEST_F(TimelineTest, RefusedTextExplainsNoHole) {
  Login(1, 0);
  room_.OnSaySent();
  EXPECT_EQ(Hear(2), std::nullopt);
  EXPECT_EQ(Refuse(), 0);
  Turn(Page({1, 2}));
  EXPECT_THAT(Told(), ElementsAre("1 late", "2"));
}

TEST_F(TimelineTest, OwnTextWaitsForHistoryToo) {
  Login(1, 0);
  Login(1, 2);
  room_.OnSaySent();
  Own(3);
  EXPECT_THAT(Told(), IsEmpty());
  Turn(Page({1, 2}));
  EXPECT_THAT(Told(), ElementsAre("1 late", "2 late", "caught up 2", "3 own"));
}

TEST_F(TimelineTest, UnconfirmedTextComesFromHistory) {
  Login(1, 3);
  EXPECT_EQ(Login(1, 4), 3);
  pb::FetchHistoryReply page;
  *page.add_messages() = Said(4, "ann");
  Turn(page);
  EXPECT_THAT(Told(), ElementsAre("4 own late", "caught up 0"));
}

TEST_F(TimelineTest, NewEpochStartsOver) {
  Login(1, 7);
  EXPECT_EQ(Login(2, 2), 0);
  Turn(Page({1, 2}));
  EXPECT_THAT(Told(),
              ElementsAre("restarted", "1 late", "2 late", "caught up 2"));
}

TEST_F(TimelineTest, LongAbsenceLeavesAGap) {
  Login(1, 0);
  const uint64_t most = Timeline::kMaxCatchUp;
  EXPECT_EQ(Login(1, most + 500), 500);
  EXPECT_THAT(Told(), ElementsAre("gap 1-500"));
}

TEST_F(TimelineTest, DayAwayComesPageByPage) {
  constexpr uint64_t kPageSize = 200, kDay = 50'000;
  Login(1, 0);
  std::optional<uint64_t> after = Login(1, kDay);
  uint64_t seq = 0;
  while (after) {
    ASSERT_EQ(*after, seq);
    pb::FetchHistoryReply page;
    for (uint64_t i = 0; i < kPageSize; ++i) *page.add_messages() = Said(++seq);
    page.set_more(seq < kDay);
    after = Turn(page);
    if (seq < kDay) {
      ASSERT_EQ(std::exchange(events_, {}).size(), kPageSize) << "told at once";
    }
  }
  EXPECT_EQ(seq, kDay);
  EXPECT_THAT(Told(), Contains("caught up 50000"));
}

TEST_F(TimelineTest, NoHistoryLeavesAGap) {
  Login(1, 2);
  EXPECT_EQ(Login(1, 5), 2);
  Hear(6);
  Turn(Page({}));
  EXPECT_THAT(Told(), ElementsAre("gap 3-5", "caught up 0", "6"));
}

TEST_F(TimelineTest, FailedPageLeavesAGap) {
  Login(1, 2);
  Login(1, 5);
  Hear(6);
  EXPECT_EQ(After(room_.OnPageFailed(events_)), std::nullopt);
  Hear(7);
  EXPECT_THAT(Told(), ElementsAre("gap 3-5", "caught up 0", "6", "7"));
}

TEST_F(TimelineTest, MissedIsFetched) {
  Login(1, 0);
  Hear(1);
  EXPECT_EQ(Miss(2, 4), 1);
  Hear(5);
  EXPECT_EQ(Turn(Page({2, 3, 4})), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("1", "2 late", "3 late", "4 late", "5"));
}

TEST_F(TimelineTest, MissedNoticesNeedNoHistory) {
  Login(1, 4);
  EXPECT_EQ(Miss(5, 4), std::nullopt);
}

TEST_F(TimelineTest, MissedWhileCatchingUp) {
  Login(1, 0);
  EXPECT_EQ(Miss(1, 2), 0);
  EXPECT_EQ(Miss(3, 4), std::nullopt);
  EXPECT_EQ(Turn(Page({1, 2}, true)), 2);
  EXPECT_EQ(Turn(Page({3, 4})), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("1 late", "2 late", "3 late", "4 late"));
}

// The page was read before 3 and 4 were said: it says nothing about them.
TEST_F(TimelineTest, OlderPageMakesNoGap) {
  Login(1, 0);
  EXPECT_EQ(Miss(1, 2), 0);
  EXPECT_EQ(Miss(3, 4), std::nullopt);
  EXPECT_EQ(Turn(Page({1, 2})), 2);
  EXPECT_EQ(Turn(Page({3, 4})), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("1 late", "2 late", "3 late", "4 late"));
}

TEST_F(TimelineTest, ManyLiveMessagesAreLeftToHistory) {
  Login(1, 0);
  std::optional<uint64_t> after = Miss(1, 1);
  EXPECT_EQ(after, 0);
  for (uint64_t seq = 2; seq <= 1500; ++seq) Hear(seq);
  while (after) {
    std::vector<uint64_t> seqs;
    for (uint64_t seq = *after + 1;
         seq <= std::min<uint64_t>(*after + 200, 1500); ++seq) {
      seqs.push_back(seq);
    }
    after = Turn(Page(seqs, seqs.back() < 1500));
  }
  const std::vector<std::string> told = Told();
  ASSERT_EQ(told.size(), 1500u);
  EXPECT_EQ(told.front(), "1 late");
  EXPECT_EQ(told.back(), "1500 late");
}

// A server that says "more" for ever but gives nothing does not keep us.
TEST_F(TimelineTest, EmptyPageWithMoreEndsIt) {
  Login(1, 0);
  Login(1, 5);
  EXPECT_EQ(Turn(Page({}, true)), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("gap 1-5", "caught up 0"));
}

TEST_F(TimelineTest, ResumeFetchesNothing) {
  Login(1, 3);
  Hear(4);
  EXPECT_EQ(Resume(1, 6), std::nullopt);
  EXPECT_EQ(Hear(5), std::nullopt);
  room_.OnEntry(Said(6, "ann"), 1, "ann", events_);
  Hear(7);
  EXPECT_THAT(Told(),
              ElementsAre("4", "5 late", "6 own late", "caught up 1", "7"));
}

TEST_F(TimelineTest, ResumeThatMissedNothingSaysSo) {
  Login(1, 3);
  EXPECT_EQ(Resume(1, 3), std::nullopt);
  EXPECT_THAT(Told(), ElementsAre("caught up 0"));
}

TEST_F(TimelineTest, ReplyOvertakesTheReplay) {
  Login(1, 3);
  room_.OnSaySent();
  Resume(1, 5);
  EXPECT_EQ(Own(5), std::nullopt) << "the replay brings 4";
  Hear(4);
  Hear(5);
  EXPECT_THAT(Told(), ElementsAre("4 late", "5 own", "caught up 1"));
}

TEST_F(TimelineTest, ResumeFetchesWhatIsMissed) {
  Login(1, 3);
  Resume(1, 8);
  EXPECT_EQ(Miss(4, 6), 3);
  Hear(7);
  Hear(8);
  Hear(9);
  Turn(Page({4, 5, 6, 7}));
  EXPECT_THAT(Told(), ElementsAre("4 late", "5 late", "6 late", "7 late",
                                  "8 late", "caught up 5", "9"));
}

TEST_F(TimelineTest, ResumeInANewEpochStartsOver) {
  Login(1, 7);
  EXPECT_EQ(Resume(2, 2), 0);
  Turn(Page({1, 2}));
  EXPECT_THAT(Told(),
              ElementsAre("restarted", "1 late", "2 late", "caught up 2"));
}

TEST_F(TimelineTest, BreakBehindAHoleLosesNothing) {
  Login(1, 0);
  room_.OnSaySent();
  Hear(2);
  room_.OnClosed();
  EXPECT_EQ(room_.seq(), 0u);
  Resume(1, 2);
  Own(1);
  Hear(2);
  EXPECT_THAT(Told(), ElementsAre("1 own", "2 late", "caught up 1"));
}

TEST_F(TimelineTest, BreakWhileCatchingUpCountsOn) {
  Login(1, 0);
  Resume(1, 3);
  Hear(1);
  room_.OnClosed();
  Resume(1, 4);
  for (uint64_t seq = 2; seq <= 4; ++seq) Hear(seq);
  EXPECT_THAT(Told(), ElementsAre("1 late", "2 late", "3 late", "4 late",
                                  "caught up 4"));
}

}  // namespace
}  // namespace chat77::client
