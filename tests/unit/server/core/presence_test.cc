#include "server/core/presence.h"

#include <gtest/gtest.h>

namespace chat77::server {
namespace {

TEST(PresenceTest, FindsByKeyAndById) {
  Presence presence;
  const auto ann = presence.Add(SessionId{1}, "Ann", "ann");
  EXPECT_EQ(presence.Find("ann"), ann);
  EXPECT_EQ(presence.Get(ann->id), ann);
  EXPECT_EQ(presence.Find("Ann"), nullptr);
  EXPECT_EQ(presence.Find("bob"), nullptr);
  EXPECT_EQ(presence.Get(UserId{}), nullptr);
}

TEST(PresenceTest, FindJoinedPassesOverTheUnjoined) {
  Presence presence;
  const auto ann = presence.Add(SessionId{1}, "Ann", "ann");
  EXPECT_EQ(presence.FindJoined("ann"), nullptr);
  ann->joined = true;
  EXPECT_EQ(presence.FindJoined("ann"), ann);
}

TEST(PresenceTest, RemovedIsFreeAndForgotten) {
  Presence presence;
  const auto old = presence.Add(SessionId{1}, "Ann", "ann");
  presence.Remove(old->id);
  EXPECT_EQ(presence.Find("ann"), nullptr);
  EXPECT_TRUE(presence.all().empty());
  EXPECT_EQ(old->alias, "Ann");
}

TEST(PresenceTest, LateRemoveSparesTheSuccessor) {
  Presence presence;
  const auto old = presence.Add(SessionId{1}, "Ann", "ann");
  presence.Remove(old->id);
  const auto next = presence.Add(SessionId{2}, "Ann", "ann");
  presence.Remove(old->id);
  EXPECT_EQ(presence.Find("ann"), next);
  EXPECT_NE(old->id, next->id);
}

TEST(PresenceTest, IdsAscendInOrderOfLogin) {
  Presence presence;
  const auto ann = presence.Add(SessionId{9}, "ann", "ann");
  const auto bob = presence.Add(SessionId{1}, "bob", "bob");
  EXPECT_LT(ann->id, bob->id);
  EXPECT_EQ(presence.all().begin()->second, ann);
}

}  // namespace
}  // namespace chat77::server
