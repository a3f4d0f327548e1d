#include "client/terminal/online_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace chat77::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Names = std::vector<std::string>;

pb::ListOnlineReply List(const Names& names) {
  pb::ListOnlineReply list;
  for (const std::string& name : names) list.add_aliases(name);
  return list;
}

pb::PresenceChanged Changed(const Names& joined, const Names& left) {
  pb::PresenceChanged changed;
  for (const std::string& name : joined) changed.add_joined(name);
  for (const std::string& name : left) changed.add_left(name);
  return changed;
}

template <class Message>
Message About(const std::string& alias) {
  Message message;
  message.set_alias(alias);
  return message;
}

TEST(OnlineNamesTest, FollowsNotices) {
  OnlineNames names;
  EXPECT_THAT(names.all(), IsEmpty());
  names.Replace(List({"ann", "bob"}));
  names.Note(About<pb::Joined>("cem"));
  names.Note(About<pb::Left>("ann"));
  names.Note(About<pb::Left>("nobody"));
  EXPECT_THAT(names.all(), ElementsAre("bob", "cem"));
  names.Note(About<pb::Joined>("bob"));
  EXPECT_THAT(names.all(), ElementsAre("cem", "bob"));
}

TEST(OnlineNamesTest, AppliesBatchesAsSets) {
  OnlineNames names;
  names.Replace(List({"ann", "bob", "cem"}));
  names.Note(Changed({"bob", "dan"}, {"ann", "nobody"}));
  EXPECT_THAT(names.all(), ElementsAre("cem", "bob", "dan"));
  names.Note(Changed({}, {"cem", "bob", "dan"}));
  EXPECT_THAT(names.all(), IsEmpty());
}

TEST(OnlineNamesTest, NothingElseChangesIt) {
  OnlineNames names;
  names.Replace(List({"ann"}));
  names.Note(About<pb::PrivateEnded>("ann"));
  names.Note(Offline{});
  EXPECT_THAT(names.all(), ElementsAre("ann"));
  names.Replace(List({"bob"}));
  EXPECT_THAT(names.all(), ElementsAre("bob"));
}

TEST(OnlineNamesTest, KnowsWhatIsNews) {
  OnlineNames names;
  EXPECT_TRUE(names.Note(About<pb::Left>("zoe"))) << "nothing is known yet";
  names.Replace(List({"ann", "bob"}));
  EXPECT_TRUE(names.Note(About<pb::Joined>("bob"))) << "the list was faster";
  EXPECT_FALSE(names.Note(About<pb::Joined>("bob")));
  EXPECT_FALSE(names.Note(About<pb::Left>("zoe")));
  EXPECT_TRUE(names.Note(About<pb::Left>("bob")));
  EXPECT_FALSE(names.Note(About<pb::Left>("bob")));
  EXPECT_TRUE(names.Note(About<pb::Joined>("bob")));
  names.Replace(List({"bob"}));
  EXPECT_TRUE(names.Note(About<pb::Left>("ann"))) << "the list was faster";
  EXPECT_FALSE(names.Note(About<pb::Left>("ann")));
  EXPECT_FALSE(names.Note(About<pb::Joined>("bob")));
}

TEST(OnlineNamesTest, AfterACutListAllIsNews) {
  OnlineNames names;
  pb::ListOnlineReply list = List({"ann"});
  list.set_total(2);
  names.Replace(list);
  EXPECT_TRUE(names.Note(About<pb::Left>("bob")));
}

// Seconds, if each name went through the list.
TEST(OnlineNamesTest, TakesManyAtOnce) {
  Names many;
  for (int i = 0; i < 100'000; ++i) many.push_back(absl::StrCat("user", i));
  OnlineNames names;
  names.Note(Changed(many, {}));
  names.Note(Changed(many, {}));
  EXPECT_EQ(names.all(), many);
  names.Note(Changed({}, many));
  EXPECT_THAT(names.all(), IsEmpty());
}

}  // namespace
}  // namespace chat77::client
