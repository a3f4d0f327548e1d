// A restart of the server: who was online, and may resume, is away, with the
// rooms that the account has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <utility>

#include "proto/limits.h"
#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Of that device and connection; the account has the same number.
RestoredStay StayOf(int64_t number, const std::string& alias) {
  return {ConnectionId::Of(number),
          DeviceId::Of(number),
          {AccountId::Of(number), alias}};
}

// Ann has account 11, Bob 12.
KnownLink AnnAndBob(LinkState state) {
  KnownLink known;
  known.link = {
      .first = 11, .second = 12, .state = state, .asked_at = SteadyTime()};
  known.first_alias = "ann";
  known.second_alias = "bob";
  if (state == LinkState::kLinked) {
    known.link.room = 7;
    known.last_seq = 3;
  }
  return known;
}

class RestoredStaysTest : public testing::Test {
 protected:
  // Ann's stay, with what there is between her and Bob.
  static RestoredStay Ann(const KnownLink& link) {
    RestoredStay stay = StayOf(11, "ann");
    stay.rooms = {{link}, {{kLobby, 1}, {7, 2}}};
    return stay;
  }
  static RestoredStay Bob(const KnownLink& link) {
    RestoredStay stay = StayOf(12, "bob");
    stay.rooms = {{link}, {}};
    return stay;
  }
  // What comes of Ann's resuming, which the store finds.
  Lines AnnResumes() {
    chat_.set_hold(true);
    chat_.Resume(1, 11);
    const Token token = std::get<FindDevice>(chat_.effects().at(0)).token;
    chat_.set_hold(false);
    return chat_.Happen(DeviceFound{token, FoundDevice{11, {11, "ann"}}});
  }

  CoreHarness chat_{{.last_seq = 5, .last_room = 7}};
};

TEST_F(RestoredStaysTest, AreAway) {
  EXPECT_THAT(chat_.Happen(Restored{{StayOf(11, "ann"), StayOf(12, "bob")}}),
              ElementsAre("> wait 30s", "> wait 30s"));
  EXPECT_EQ(chat_.core().online(), 2);
  EXPECT_THAT(chat_.Elapse(), ElementsAre("room: left 1 ann @5 DISCONNECTED",
                                          "> logout 11 disconnected @5"));
}

TEST_F(RestoredStaysTest, HaveTheirRooms) {
  const KnownLink link = AnnAndBob(LinkState::kLinked);
  EXPECT_THAT(chat_.Happen(Restored{{Ann(link), Bob(link)}}),
              ElementsAre("> wait 30s", "> wait 30s"));
  EXPECT_THAT(chat_.core().rooms().all(), testing::SizeIs(1));
  EXPECT_EQ(First(AnnResumes()),
            "s1: #1 resume ann rooms=[1 LOBBY 1 5 1; 7 DIRECT 1 3 2 bob] "
            "device 11 resumed linked=[bob]");
}

TEST_F(RestoredStaysTest, GoOnWithTheNumbersOfTheirRooms) {
  chat_.Happen(Restored{{Ann(AnnAndBob(LinkState::kLinked))}});
  AnnResumes();
  EXPECT_EQ(First(chat_.Ask(1, "end_private { alias: 'bob' }")),
            "> link 11 12 none 7:4 ENDED ann @5");
}

TEST_F(RestoredStaysTest, HaveTheirRequests) {
  chat_.Happen(Restored{
      {Bob(AnnAndBob(LinkState::kAsked)), Ann(AnnAndBob(LinkState::kAsked))}});
  EXPECT_EQ(First(AnnResumes()),
            "s1: #1 resume ann rooms=[1 LOBBY 1 5 1] device 11 resumed "
            "asked=[bob]");
  EXPECT_EQ(First(chat_.Ask(1, "withdraw_request { alias: 'bob' }")),
            "> link 11 12 none @5");
}

TEST_F(RestoredStaysTest, MakeNewRoomsBehindTheNewest) {
  KnownLink link = AnnAndBob(LinkState::kAsked);
  std::swap(link.link.first, link.link.second);
  std::swap(link.first_alias, link.second_alias);
  chat_.Happen(Restored{{Ann(link)}});
  AnnResumes();
  EXPECT_EQ(First(chat_.Ask(1, "accept_private { alias: 'bob' }")),
            "> link 11 12 linked 8:1 LINKED ann @5");
}

TEST_F(RestoredStaysTest, WhatHasGrownTooOldEnds) {
  KnownLink link = AnnAndBob(LinkState::kAsked);
  link.link.asked_at = chat_.now().steady - wire::kAskLife - absl::Seconds(1);
  EXPECT_THAT(chat_.Happen(Restored{{Ann(link)}}),
              ElementsAre("> wait 30s", "> link 11 12 none @5"));
  EXPECT_THAT(chat_.core().rooms().all(), IsEmpty());
}

TEST_F(RestoredStaysTest, WhatABlockWouldHaveEndedEnds) {
  RestoredStay ann = Ann(AnnAndBob(LinkState::kLinked));
  ann.account.blocked.emplace_back(AccountId(12), "bob");
  chat_.set_hold(true);
  EXPECT_THAT(chat_.Happen(Restored{{ann}}),
              ElementsAre("> wait 30s", "> link 11 12 none 7:4 ENDED ann @5"));
}

// A crash between a take-over's login and the logout before it.
TEST_F(RestoredStaysTest, AreOneOfEachAccount) {
  RestoredStay later = Ann(AnnAndBob(LinkState::kLinked));
  later.connection = ConnectionId::Of(12);
  later.device = DeviceId::Of(12);
  EXPECT_THAT(
      chat_.Happen(Restored{{Ann(AnnAndBob(LinkState::kLinked)), later}}),
      ElementsAre("> wait 30s", "> logout 11 taken over @5", "> wait 30s"));
  EXPECT_EQ(chat_.core().online(), 1);
  EXPECT_EQ(chat_.core().presence().Find("ann")->connection, ConnectionId(12));
  EXPECT_NE(chat_.core().rooms().FindById(11, 7), nullptr);
  // The earlier stay is long past: its end ends nothing of the later one.
  EXPECT_THAT(chat_.Elapse(), IsEmpty());
}

}  // namespace
}  // namespace chat77::server
