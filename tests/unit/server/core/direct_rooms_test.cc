#include "server/core/direct_rooms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "proto/limits.h"

namespace chat77::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using enum PrivateState;

DirectRoom::Member MemberOf(int64_t account) {
  std::string alias = absl::StrCat("User", account);
  std::string key = absl::StrCat("user", account);
  return {AccountId::Of(account), std::move(alias), std::move(key)};
}

constexpr AccountId kAnn = 1;
constexpr AccountId kBob = 2;
constexpr AccountId kCleo = 3;

class DirectRoomsTest : public testing::Test {
 protected:
  std::shared_ptr<User> LogIn(AccountId account, bool joined = true) {
    const DirectRoom::Member member = MemberOf(account.value());
    const auto user = presence_.Add(SessionId{}, member.alias, member.key);
    user->account = account;
    user->joined = joined;
    return user;
  }
  void LogOut(const std::shared_ptr<User>& user) {
    presence_.Remove(user->id);
    rooms_.Forget(user->account);
  }
  DirectRoomPtr Open(AccountId one, AccountId other) {
    return rooms_.Open(MemberOf(one.value()), MemberOf(other.value()));
  }
  // `one` has asked `other`.
  DirectRoomPtr Asked(AccountId one, AccountId other) {
    const DirectRoomPtr room = Open(one, other);
    room->standing.state = LinkState::kAsked;
    room->standing.asker = room->IndexOf(one);
    return room;
  }
  DirectRoomPtr Linked(AccountId one, AccountId other) {
    const DirectRoomPtr room = Open(one, other);
    room->standing.state = LinkState::kLinked;
    room->standing.id = RoomId::Of(++last_room_);
    return room;
  }
  AskOutcome Judge(AccountId self, AccountId other) const {
    return rooms_.JudgeAsk(rooms_.Find(self, other).get(), self, other);
  }

  Presence presence_;
  DirectRooms rooms_{presence_};
  int64_t last_room_ = 1;
};

// What the store knows of two who were linked, and ended it.
KnownLink Ended(AccountId first, AccountId second, RoomId room) {
  KnownLink known;
  known.link = {.first = first, .second = second, .room = room};
  known.first_alias = MemberOf(first.value()).alias;
  known.second_alias = MemberOf(second.value()).alias;
  known.last_seq = 2;
  return known;
}

// ---- one of them ------------------------------------------------------------

TEST_F(DirectRoomsTest, MembersStandInOrderOfAccount) {
  const DirectRoomPtr room = Open(kBob, kAnn);
  EXPECT_EQ(room->members[0].account, kAnn);
  EXPECT_EQ(room->Self(kBob).alias, "User2");
  EXPECT_EQ(room->Other(kBob).alias, "User1");
}

TEST_F(DirectRoomsTest, StatesAreSeenFromEitherSide) {
  const DirectRoomPtr room = Open(kAnn, kBob);
  EXPECT_EQ(room->StateFor(kAnn), kNone);
  EXPECT_EQ(room->StateFor(kBob), kNone);
  Asked(kBob, kAnn);
  EXPECT_EQ(room->StateFor(kBob), kAsking);
  EXPECT_EQ(room->StateFor(kAnn), kAsked);
  Linked(kAnn, kBob);
  EXPECT_EQ(room->StateFor(kAnn), kLinked);
  EXPECT_EQ(room->StateFor(kBob), kLinked);
}

TEST_F(DirectRoomsTest, AHiddenRequestIsNothingToTheOneAsked) {
  const DirectRoomPtr room = Asked(kBob, kAnn);
  room->standing.hidden = true;
  EXPECT_EQ(room->StateFor(kBob), kAsking);
  EXPECT_EQ(room->StateFor(kAnn), kNone);
  EXPECT_EQ(room->TrueStateFor(kAnn), kAsked);
  EXPECT_TRUE(room->IsHiddenFrom(kAnn));
  EXPECT_FALSE(room->IsHiddenFrom(kBob));
}

TEST_F(DirectRoomsTest, TheStoreHasTheAskerFirst) {
  const DirectRoomPtr room = Asked(kBob, kAnn);
  room->standing.bound[0] = UserId{7};
  const Link link = room->ToLink();
  EXPECT_EQ(link.first, kBob);
  EXPECT_EQ(link.second, kAnn);
  EXPECT_EQ(link.state, LinkState::kAsked);
  EXPECT_TRUE(link.bound);
  EXPECT_TRUE(room->is_bound_to(UserId{7}));
  EXPECT_FALSE(room->is_bound_to(UserId{8}));
}

TEST_F(DirectRoomsTest, ARoomThatWasEverLinkedIsNotEmpty) {
  const DirectRoomPtr room = Open(kAnn, kBob);
  EXPECT_TRUE(room->empty());
  Linked(kAnn, kBob);
  room->standing.state = LinkState::kNone;
  EXPECT_FALSE(room->empty());
}

// ---- finding ----------------------------------------------------------------

TEST_F(DirectRoomsTest, IsTheSameForBoth) {
  const DirectRoomPtr room = Linked(kAnn, kBob);
  EXPECT_EQ(Open(kBob, kAnn), room);
  EXPECT_EQ(rooms_.Find(kAnn, kBob), room);
  EXPECT_EQ(rooms_.Find(kBob, kAnn), room);
  EXPECT_EQ(rooms_.Find(kAnn, kCleo), nullptr);
  EXPECT_THAT(rooms_.all(), ElementsAre(room));
}

TEST_F(DirectRoomsTest, IsFoundByTheOthersName) {
  const DirectRoomPtr room = Asked(kBob, kAnn);
  EXPECT_EQ(rooms_.FindByKey(kAnn, "user2"), room);
  EXPECT_EQ(rooms_.FindByKey(kBob, "user1"), room);
  EXPECT_EQ(rooms_.FindByKey(kBob, "user2"), nullptr) << "their own";
  EXPECT_EQ(rooms_.FindByKey(kCleo, "user1"), nullptr);
}

TEST_F(DirectRoomsTest, IsNotFoundByNameWhenThereIsNothingBetweenTheTwo) {
  Open(kBob, kAnn);
  EXPECT_EQ(rooms_.FindByKey(kAnn, "user2"), nullptr);
}

TEST_F(DirectRoomsTest, IsFoundByNumberByItsMembers) {
  const DirectRoomPtr room = Linked(kAnn, kBob);
  EXPECT_EQ(rooms_.FindById(kAnn, room->standing.id), room);
  EXPECT_EQ(rooms_.FindById(kBob, room->standing.id), room);
  EXPECT_EQ(rooms_.FindById(kCleo, room->standing.id), nullptr);
  EXPECT_EQ(rooms_.FindById(kAnn, kLobby), nullptr);
}

TEST_F(DirectRoomsTest, AllStandInOrderOfAccounts) {
  const DirectRoomPtr last = Linked(kCleo, kBob);
  const DirectRoomPtr second = Linked(kAnn, kCleo);
  const DirectRoomPtr first = Linked(kBob, kAnn);
  EXPECT_THAT(rooms_.all(), ElementsAre(first, second, last));
  EXPECT_THAT(rooms_.Of(kCleo), SizeIs(2));
}

// ---- asking -----------------------------------------------------------------

TEST_F(DirectRoomsTest, WhatComesOfAsking) {
  EXPECT_EQ(Judge(kAnn, kBob), AskOutcome::kAsked);
  Asked(kAnn, kBob);
  EXPECT_EQ(Judge(kAnn, kBob), AskOutcome::kAlreadyAsked);
  EXPECT_EQ(Judge(kBob, kAnn), AskOutcome::kConnected);
  Linked(kAnn, kBob);
  EXPECT_EQ(Judge(kAnn, kBob), AskOutcome::kAlreadyLinked);
  EXPECT_EQ(Judge(kBob, kAnn), AskOutcome::kAlreadyLinked);
}

TEST_F(DirectRoomsTest, AskingOneWhoseRequestIsHiddenConnectsAsEver) {
  Asked(kBob, kAnn)->standing.hidden = true;
  EXPECT_EQ(Judge(kBob, kAnn), AskOutcome::kAlreadyAsked);
  EXPECT_EQ(Judge(kAnn, kBob), AskOutcome::kConnected);
}

TEST_F(DirectRoomsTest, RequestsMadeAreLimited) {
  for (size_t i = 0; i < wire::kAsksOut; ++i) {
    EXPECT_EQ(Judge(kAnn, kBob), AskOutcome::kAsked) << i;
    Asked(kAnn, AccountId::Of(static_cast<int64_t>(100 + i)));
  }
  EXPECT_EQ(Judge(kAnn, kBob), AskOutcome::kTooMany);
  EXPECT_EQ(Judge(kBob, kAnn), AskOutcome::kAsked) << "the other way";
  Linked(100, kAnn);
  EXPECT_EQ(Judge(kAnn, kBob), AskOutcome::kAsked) << "one was answered";
}

TEST_F(DirectRoomsTest, RequestsGotAreLimitedButForHiddenOnes) {
  DirectRoomPtr last;
  for (size_t i = 0; i < wire::kAsksIn; ++i) {
    EXPECT_EQ(Judge(kBob, kAnn), AskOutcome::kAsked) << i;
    last = Asked(AccountId::Of(static_cast<int64_t>(100 + i)), kAnn);
  }
  EXPECT_EQ(Judge(kBob, kAnn), AskOutcome::kTooMany);
  last->standing.hidden = true;
  EXPECT_EQ(Judge(kBob, kAnn), AskOutcome::kAsked);
}

TEST_F(DirectRoomsTest, AllOfOneAccountAreLimited) {
  for (size_t i = 0; i < wire::kPrivatePerUser; ++i) {
    EXPECT_EQ(Judge(kAnn, kBob), AskOutcome::kAsked) << i;
    Linked(kAnn, AccountId::Of(static_cast<int64_t>(100 + i)));
  }
  EXPECT_EQ(Judge(kAnn, kBob), AskOutcome::kTooMany);
  EXPECT_EQ(Judge(kBob, kAnn), AskOutcome::kTooMany);
  // One that does not count so far would be one too many.
  Asked(kBob, kAnn)->standing.hidden = true;
  EXPECT_EQ(Judge(kAnn, kBob), AskOutcome::kTooMany);
  rooms_.Find(kAnn, 100)->standing.state = LinkState::kNone;
  EXPECT_EQ(Judge(kAnn, kCleo), AskOutcome::kAsked) << "one has ended";
}

TEST_F(DirectRoomsTest, OldRequestsAreThoseOfWhichSomebodyIsOnline) {
  const SteadyTime then, later = then + absl::Hours(1);
  Asked(kCleo, kBob)->standing.asked_at = then;
  const DirectRoomPtr of_ann = Asked(kBob, kAnn);
  of_ann->standing.asked_at = then;
  Linked(kAnn, kCleo);
  EXPECT_THAT(rooms_.AskedBefore(later), IsEmpty());
  LogIn(kAnn);
  EXPECT_THAT(rooms_.AskedBefore(later), ElementsAre(of_ann));
  EXPECT_THAT(rooms_.AskedBefore(then), IsEmpty());
}

// ---- what is in memory ------------------------------------------------------

TEST_F(DirectRoomsTest, LoadsWhatTheStoreKnows) {
  const SteadyTime then = SteadyTime::AfterZero(absl::Seconds(7));
  KnownLink asked = Ended(kCleo, kAnn, {});
  asked.link.state = LinkState::kAsked;
  asked.link.hidden = true;
  asked.link.asked_at = then;
  asked.last_seq = 0;
  rooms_.Load(kAnn, {{Ended(kAnn, kBob, 7), asked}, {{kLobby, 9}, {7, 1}}});

  const DirectRoomPtr with_bob = rooms_.FindById(kAnn, 7);
  ASSERT_NE(with_bob, nullptr);
  EXPECT_EQ(with_bob->standing.state, LinkState::kNone);
  EXPECT_EQ(with_bob->standing.last_seq, 2u);
  EXPECT_EQ(with_bob->told_seq, 2u);
  EXPECT_EQ(with_bob->Self(kAnn).read, 1u);
  EXPECT_EQ(with_bob->Other(kAnn).read, 0u);

  EXPECT_EQ(rooms_.FindByKey(kAnn, "user3"), nullptr) << "it is hidden";
  const DirectRoomPtr with_cleo = rooms_.Find(kAnn, kCleo);
  ASSERT_NE(with_cleo, nullptr);
  EXPECT_EQ(with_cleo->TrueStateFor(kAnn), kAsked);
  EXPECT_TRUE(with_cleo->IsHiddenFrom(kAnn));
  EXPECT_EQ(with_cleo->standing.asked_at, then);
}

TEST_F(DirectRoomsTest, WhatIsInMemoryIsNewer) {
  const DirectRoomPtr room = Linked(kAnn, kBob);
  room->standing.last_seq = 5;
  room->told_seq = 4;
  room->members[0].read = 3;
  rooms_.Load(kAnn, {{Ended(kAnn, kBob, 2)}, {{2, 2}}});
  EXPECT_EQ(rooms_.Find(kAnn, kBob), room);
  EXPECT_EQ(room->StateFor(kAnn), kLinked);
  EXPECT_EQ(room->standing.last_seq, 5u);
  EXPECT_EQ(room->told_seq, 4u);
  EXPECT_EQ(room->Self(kAnn).read, 3u);
  rooms_.Load(kAnn, {{}, {{2, 4}}});
  EXPECT_EQ(room->Self(kAnn).read, 4u) << "a marker moves forward";
}

TEST_F(DirectRoomsTest, IsForgottenWhenBothHaveGone) {
  const auto ann = LogIn(kAnn), bob = LogIn(kBob);
  Linked(kAnn, kBob);
  LogOut(ann);
  EXPECT_THAT(rooms_.all(), SizeIs(1));
  EXPECT_THAT(rooms_.Of(kAnn), SizeIs(1));
  LogOut(bob);
  EXPECT_THAT(rooms_.all(), IsEmpty());
  EXPECT_THAT(rooms_.Of(kAnn), IsEmpty());
}

TEST_F(DirectRoomsTest, IsKeptAsLongAsTheLedgerHoldsAChangeOfIt) {
  const auto ann = LogIn(kAnn);
  const DirectRoomPtr room = Linked(kAnn, kBob);
  room->held = 2;
  LogOut(ann);
  EXPECT_EQ(rooms_.Find(kAnn, kBob), room);
  rooms_.Release(room);
  EXPECT_EQ(rooms_.Find(kAnn, kBob), room);
  rooms_.Release(room);
  EXPECT_EQ(rooms_.Find(kAnn, kBob), nullptr);
}

// What the store answers may have been read before.
TEST_F(DirectRoomsTest, ThatThereIsNothingAnyMoreIsKnownWhileOneComesIn) {
  LogIn(kBob);
  const DirectRoomPtr room = Open(kAnn, kBob);
  rooms_.BeginLoading(kAnn);
  room->held = 1;
  rooms_.Release(room);
  KnownLink asked = Ended(kAnn, kBob, {});
  asked.link.state = LinkState::kAsked;
  rooms_.Load(kAnn, {{asked}, {}});
  EXPECT_EQ(rooms_.Find(kAnn, kBob), room);
  EXPECT_EQ(room->StateFor(kBob), kNone);
  rooms_.EndLoading(kAnn);
  EXPECT_EQ(rooms_.Find(kAnn, kBob), nullptr);
}

TEST_F(DirectRoomsTest, IsForgottenWhenThereIsNothingBetweenTheTwoAnyMore) {
  LogIn(kAnn);
  LogIn(kBob);
  const DirectRoomPtr room = Asked(kAnn, kBob);
  room->held = 2;
  rooms_.Release(room);
  EXPECT_EQ(rooms_.Find(kAnn, kBob), room);
  room->standing.state = LinkState::kNone;
  rooms_.Release(room);
  EXPECT_EQ(rooms_.Find(kAnn, kBob), nullptr);
}

}  // namespace
}  // namespace chat77::server
