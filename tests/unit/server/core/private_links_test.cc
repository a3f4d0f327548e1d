#include "server/core/private_links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

#include "proto/limits.h"

namespace chat77::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr UserId kAnn{1};
constexpr UserId kBob{2};
constexpr UserId kCleo{3};

using enum PrivateState;

// Ann and Bob, with the state that Ann sees.
PrivateLinks AnnSees(PrivateState state) {
  PrivateLinks links;
  if (state == kAsking) links.Ask(kAnn, kBob);
  if (state == kAsked || state == kLinked) links.Ask(kBob, kAnn);
  if (state == kLinked) links.Accept(kAnn, kBob);
  return links;
}

PrivateState SeenByBob(PrivateState seen_by_ann) {
  if (seen_by_ann == kAsking) return kAsked;
  if (seen_by_ann == kAsked) return kAsking;
  return seen_by_ann;
}

void ExpectState(const PrivateLinks& links, PrivateState state) {
  EXPECT_EQ(links.Between(kAnn, kBob), state);
  EXPECT_EQ(links.Between(kBob, kAnn), SeenByBob(state));
}

// A row of the table in the header: what Ann does, in state `before`.
struct Row {
  PrivateState before;
  AskOutcome asked;
  PrivateState after_ask;
  bool accepts;
  PrivateState after_accept;
  bool rejects;
  PrivateState after_reject;
  bool ends;
  PrivateState after_end;
};

constexpr Row kTable[] = {
    {kNone, AskOutcome::kAsked, kAsking, false, kNone, false, kNone, false,
     kNone},
    {kAsking, AskOutcome::kAlreadyAsked, kAsking, false, kAsking, false,
     kAsking, false, kAsking},
    {kAsked, AskOutcome::kConnected, kLinked, true, kLinked, true, kNone, false,
     kAsked},
    {kLinked, AskOutcome::kAlreadyLinked, kLinked, false, kLinked, false,
     kLinked, true, kNone},
};

class PrivateLinksTest : public testing::TestWithParam<Row> {
 protected:
  PrivateLinks links_ = AnnSees(GetParam().before);
};

std::string NameOf(const testing::TestParamInfo<Row>& row) {
  constexpr const char* kNames[] = {"None", "Asking", "Asked", "Linked"};
  return kNames[static_cast<size_t>(row.param.before)];
}

INSTANTIATE_TEST_SUITE_P(Table, PrivateLinksTest, testing::ValuesIn(kTable),
                         NameOf);

TEST_P(PrivateLinksTest, Starts) { ExpectState(links_, GetParam().before); }

TEST_P(PrivateLinksTest, Ask) {
  EXPECT_EQ(links_.Ask(kAnn, kBob), GetParam().asked);
  ExpectState(links_, GetParam().after_ask);
}

TEST_P(PrivateLinksTest, Accept) {
  EXPECT_EQ(links_.Accept(kAnn, kBob), GetParam().accepts);
  ExpectState(links_, GetParam().after_accept);
}

TEST_P(PrivateLinksTest, Reject) {
  EXPECT_EQ(links_.Reject(kAnn, kBob), GetParam().rejects);
  ExpectState(links_, GetParam().after_reject);
}

TEST_P(PrivateLinksTest, End) {
  EXPECT_EQ(links_.End(kAnn, kBob), GetParam().ends);
  ExpectState(links_, GetParam().after_end);
}

TEST_P(PrivateLinksTest, LeaveOfEitherForgets) {
  PrivateLinks other = links_;
  const bool any = GetParam().before != kNone;
  EXPECT_EQ(links_.Leave(kAnn).size(), any ? 1 : 0);
  EXPECT_EQ(other.Leave(kBob).size(), any ? 1 : 0);
  for (const PrivateLinks& links : {links_, other}) {
    ExpectState(links, kNone);
    EXPECT_THAT(links.Peers(kAnn), IsEmpty());
    EXPECT_THAT(links.Peers(kBob), IsEmpty());
  }
}

TEST_P(PrivateLinksTest, OthersAreUntouched) {
  links_.Ask(kCleo, kAnn);
  links_.End(kAnn, kBob);
  links_.Leave(kBob);
  EXPECT_EQ(links_.Between(kCleo, kAnn), kAsking);
  EXPECT_THAT(links_.Peers(kAnn),
              ElementsAre(PrivateLinks::Peer{kCleo, {kAsked}}));
}

TEST_P(PrivateLinksTest, Restores) {
  if (GetParam().before == kNone) return;
  PrivateLinks restored;
  restored.Put(kAnn, kBob, {GetParam().before});
  ExpectState(restored, GetParam().before);
}

TEST(PrivateLinksOrderTest, PeersStandInOrderOfLogin) {
  PrivateLinks links;
  links.Ask(kBob, kCleo);
  links.Ask(kAnn, kBob);
  const auto states = [](const std::vector<PrivateLinks::Peer>& peers) {
    std::vector<std::pair<UserId, PrivateState>> all;
    for (const auto& [user, link] : peers) all.emplace_back(user, link.state);
    return all;
  };
  const auto expected = ElementsAre(Pair(kAnn, kAsked), Pair(kCleo, kAsking));
  EXPECT_THAT(states(links.Peers(kBob)), expected);
  EXPECT_THAT(states(links.Leave(kBob)), expected);
}

// As after a commit that failed.
TEST(PrivateLinksOrderTest, GoesBackToWhatWas) {
  PrivateLinks links;
  const auto ever = SteadyTime::AfterZero(absl::Seconds(7));
  links.Ask(kAnn, kBob, ever, true);
  const PrivateLinks::Link before = links.Find(kAnn, kBob);
  EXPECT_EQ(before, (PrivateLinks::Link{kAsking, true, ever}));
  links.Withdraw(kAnn, kBob);
  links.Put(kAnn, kBob, before);
  EXPECT_EQ(links.Find(kAnn, kBob), before);
  EXPECT_TRUE(links.HiddenFrom(kBob, kAnn));
  links.Put(kAnn, kBob, {});
  EXPECT_THAT(links.Peers(kAnn), IsEmpty());
  EXPECT_THAT(links.Peers(kBob), IsEmpty());
}

class PrivateLinksLimitTest : public testing::Test {
 protected:
  // Ann has as many chats and open requests as she may.
  PrivateLinksLimitTest() {
    for (size_t i = wire::kAsksOut; i < wire::kPrivatePerUser; ++i) {
      EXPECT_EQ(links_.Ask(kAnn, UserId{100 + i}), AskOutcome::kAsked);
      EXPECT_TRUE(links_.Accept(UserId{100 + i}, kAnn));
    }
    for (size_t i = 0; i < wire::kAsksOut; ++i) {
      EXPECT_EQ(links_.Ask(kAnn, UserId{100 + i}), AskOutcome::kAsked);
    }
  }

  PrivateLinks links_;
};

TEST_F(PrivateLinksLimitTest, RefusesOneMoreFromEitherSide) {
  EXPECT_EQ(links_.Ask(kAnn, kBob), AskOutcome::kTooMany);
  EXPECT_EQ(links_.Ask(kBob, kAnn), AskOutcome::kTooMany);
  ExpectState(links_, kNone);
}

TEST_F(PrivateLinksLimitTest, AnAnswerIsNoMore) {
  EXPECT_EQ(links_.Ask(UserId{100}, kAnn), AskOutcome::kConnected);
  EXPECT_TRUE(links_.Accept(UserId{101}, kAnn));
}

TEST(PrivateLinksAskTest, RequestsToOneAreLimited) {
  PrivateLinks links;
  for (size_t i = 0; i < wire::kAsksIn; ++i) {
    EXPECT_EQ(links.Ask(UserId{100 + i}, kAnn), AskOutcome::kAsked);
  }
  EXPECT_EQ(links.Ask(kBob, kAnn), AskOutcome::kTooMany);
  links.Hide(kAnn, UserId{100});
  EXPECT_EQ(links.Ask(kBob, kAnn), AskOutcome::kAsked) << "what is hidden";
  EXPECT_TRUE(links.Withdraw(UserId{101}, kAnn));
  EXPECT_FALSE(links.Withdraw(kAnn, UserId{102})) << "not hers";
  EXPECT_EQ(links.Ask(kCleo, kAnn), AskOutcome::kAsked);
}

TEST(PrivateLinksAskTest, HiddenIsNothingToTheOneAsked) {
  PrivateLinks links;
  const SteadyTime then, later = then + absl::Hours(1);
  links.Ask(kBob, kAnn, then, /*hidden=*/true);
  EXPECT_EQ(links.Between(kBob, kAnn), kAsking);
  EXPECT_EQ(links.Between(kAnn, kBob), kNone);
  EXPECT_TRUE(links.HiddenFrom(kAnn, kBob));
  EXPECT_FALSE(links.HiddenFrom(kBob, kAnn));
  EXPECT_FALSE(links.Accept(kAnn, kBob));
  EXPECT_FALSE(links.Reject(kAnn, kBob));
  EXPECT_EQ(links.Ask(kBob, kAnn, later), AskOutcome::kAlreadyAsked);
  EXPECT_THAT(links.AskedBefore(later), ElementsAre(std::pair(kBob, kAnn)));
  EXPECT_THAT(links.AskedBefore(then), testing::IsEmpty());
  EXPECT_EQ(links.Ask(kAnn, kBob), AskOutcome::kConnected) << "as ever";
  EXPECT_EQ(links.Between(kAnn, kBob), kLinked);
}

TEST_F(PrivateLinksLimitTest, EveryWayOutMakesRoom) {
  links_.Reject(UserId{100}, kAnn);
  EXPECT_EQ(links_.Ask(kAnn, kBob), AskOutcome::kAsked);
  EXPECT_EQ(links_.Ask(kAnn, kCleo), AskOutcome::kTooMany);
  links_.Accept(kBob, kAnn);
  links_.End(kAnn, kBob);
  EXPECT_EQ(links_.Ask(kAnn, kCleo), AskOutcome::kAsked);
  links_.Leave(UserId{101});
  EXPECT_EQ(links_.Ask(kBob, kAnn), AskOutcome::kAsked);
}

}  // namespace
}  // namespace chat77::server
