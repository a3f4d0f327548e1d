#include "server/storage/translate.h"

#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "store/code.h"
#include "store/device_token.h"

namespace chat77::server {
namespace {

const Moment kStart{absl::FromUnixSeconds(1'700'000'000),
                    SteadyTime() + absl::Hours(1)};
const Calendar kOfStart(kStart);
// A minute later; the wall clock was set back by a day meanwhile.
const Moment kStepped{kStart.wall + absl::Minutes(1) - absl::Hours(24),
                      kStart.steady + absl::Minutes(1)};
const absl::Time kSteppedByCalendar = kStart.wall + absl::Minutes(1);

TEST(TranslateTest, WhatTheStoreDecidesByIsOfTheCalendar) {
  const Entry entry{kLobby, 5, pb::TEXT, 7, "ann", "hi"};
  const auto append = std::get<store::AppendMessage>(
      ToWrite(Append{Token{1}, entry, kStepped, 77, "answer"}, kOfStart));
  EXPECT_EQ(append.message.time, kStepped.wall);
  EXPECT_EQ(append.at, kSteppedByCalendar);
  EXPECT_EQ(append.request(), (store::RequestKey{7, 77}));
  EXPECT_EQ(append.message.seq, 5u);
  EXPECT_EQ(append.answer, "answer");
  const auto account = std::get<store::CreateAccount>(
      ToWrite(CreateAccount{Token{1}, "Ann", "ann", "secret", kStepped}, "hash",
              kOfStart));
  EXPECT_EQ(account.account.created_at, kStepped.wall);
  EXPECT_EQ(account.at, kSteppedByCalendar);
  const auto lift = std::get<store::LiftSanction>(
      ToWrite(LiftSanction{Token{1}, 5, "root", kStepped}, kOfStart));
  EXPECT_EQ(lift.time, kStepped.wall);
  EXPECT_EQ(lift.at, kSteppedByCalendar);
}

TEST(TranslateTest, NoPasswordAndNoCodeIsWritten) {
  CreateAccount create{Token{1}, "Ann", "ann", "secret", kStepped, "CODE"};
  const auto account =
      std::get<store::CreateAccount>(ToWrite(create, "hash", kOfStart));
  EXPECT_EQ(account.account.password_hash, "hash");
  EXPECT_EQ(account.invitation_hash, store::HashOfCode("CODE"));
  create.invitation.clear();
  EXPECT_EQ(std::get<store::CreateAccount>(ToWrite(create, "hash", kOfStart))
                .invitation_hash,
            "");
  const auto change = std::get<store::SetPassword>(
      ToWrite(ChangePassword{Token{1}, "ann", 7, "old", "new", 3}, "hash"));
  EXPECT_EQ(change.password_hash, "hash");
  EXPECT_EQ(change.keep_device, DeviceId(3));
  EXPECT_TRUE(change.end_devices);
}

// The core looks up what may be a repeat before it orders it.
TEST(TranslateTest, ARequestThatWasWrittenBeforeIsAnError) {
  store::Written written;
  written.sanction = 42;
  EXPECT_EQ(ToEvent(Token{1}, written).outcome->sanction, 42);
  written.repeated = true;
  EXPECT_TRUE(absl::IsInternal(ToEvent(Token{1}, written).outcome.status()));
}

TEST(TranslateTest, ALoginWithATokenMakesADevice) {
  RecordLogin login{Token{1}, "ann", "192.0.2.1", 7, kStepped};
  login.software = "phone";
  const std::string token = "token";
  const auto made =
      std::get<store::RecordLogin>(ToWrite(login, token, kOfStart));
  EXPECT_EQ(made.token_hash, store::HashOfToken(token));
  EXPECT_EQ(made.software, "phone");
  const auto bare = std::get<store::RecordLogin>(ToWrite(login, "", kOfStart));
  EXPECT_EQ(bare.token_hash, "");
  EXPECT_EQ(bare.software, "");
}

TEST(TranslateTest, ALinkComesBackAsItWasSet) {
  for (const LinkState state :
       {LinkState::kNone, LinkState::kAsked, LinkState::kLinked}) {
    for (const bool flag : {false, true}) {
      Link link{4, 5, state, flag, !flag, kStepped.steady, 9};
      const auto set = std::get<store::SetLink>(ToWrite(
          SetLink{Token{1}, link, {}, 7, 77, "answer", kStepped}, kOfStart));
      EXPECT_FALSE(set.entry.has_value());
      EXPECT_EQ(set.request, (store::RequestKey{7, 77}));
      EXPECT_EQ(set.answer, "answer");
      EXPECT_EQ(set.time, kStepped.wall);
      EXPECT_EQ(set.at, kSteppedByCalendar);
      const AccountRooms rooms = ToCore(
          store::AccountRooms{{{set.link, "ann", "bob", 3}}, {{kLobby, 8}}},
          kOfStart);
      const KnownLink& known = rooms.links.at(0);
      EXPECT_EQ(known.link.first, link.first);
      EXPECT_EQ(known.link.second, link.second);
      EXPECT_EQ(known.link.state, link.state);
      EXPECT_EQ(known.link.hidden, link.hidden);
      EXPECT_EQ(known.link.bound, link.bound);
      EXPECT_EQ(known.link.room, link.room);
      EXPECT_EQ(known.link.asked_at, state == LinkState::kAsked
                                         ? link.asked_at
                                         : SteadyTime::Always());
      EXPECT_EQ(known.second_alias, "bob");
      EXPECT_EQ(known.last_seq, 3u);
      EXPECT_EQ(rooms.read.at(0).room, kLobby);
      EXPECT_EQ(rooms.read.at(0).seq, 8u);
    }
  }
}

// The request is as old after a restart, whatever the wall clock did.
TEST(TranslateTest, ARequestIsAsOldAsTheCalendarSays) {
  const Link link{4, 5, LinkState::kAsked, false, false, kStepped.steady, {}};
  const auto set =
      std::get<store::SetLink>(ToWrite(SetLink{Token{1}, link}, kOfStart));
  EXPECT_EQ(set.link.asked_at, kSteppedByCalendar);
  const Moment start{kStart.wall + absl::Minutes(21),
                     SteadyTime() + absl::Seconds(7)};
  const AccountRooms rooms = ToCore(
      store::AccountRooms{{{set.link, "ann", "bob", 0}}, {}}, Calendar(start));
  EXPECT_EQ(start.steady - rooms.links.at(0).link.asked_at, absl::Minutes(20));
}

TEST(TranslateTest, EntriesKeepTheirKind) {
  for (const pb::EntryKind kind : {pb::TEXT, pb::LINKED, pb::ENDED}) {
    SetLink effect{Token{1}, {4, 5, LinkState::kLinked, false, false, {}, 9}};
    effect.entry = Entry{9, 2, kind, 4, "ann", ""};
    effect.time = kStepped;
    const auto set = std::get<store::SetLink>(ToWrite(effect, kOfStart));
    ASSERT_TRUE(set.entry.has_value());
    EXPECT_EQ(set.entry->time, kStepped.wall);
    EXPECT_EQ(set.entry->account, AccountId(4));
    ReadHistory read{Token{1}, 9, {}, {}, 10, 5};
    EXPECT_EQ(ToQuery(read).room, RoomId(9));
    const auto page =
        ToEvent(read, store::HistoryPage{{*set.entry}, false}).page;
    EXPECT_EQ(page->messages(0).kind(), kind);
    EXPECT_EQ(page->messages(0).room(), 9u);
    EXPECT_EQ(page->messages(0).seq(), 2u);
  }
}

TEST(TranslateTest, MarkersAreWrittenAsTheyAre) {
  const auto mark = std::get<store::MarkRead>(
      ToWrite(MarkRead{Token{1}, 7, {{kLobby, 5}, {9, 2}}}));
  EXPECT_EQ(mark.account, AccountId(7));
  EXPECT_EQ(mark.markers,
            (std::vector<store::ReadMarker>{{kLobby, 5}, {9, 2}}));
}

TEST(TranslateTest, ASanctionComesBackAsItWasImposed) {
  for (const Sanction::Kind kind :
       {Sanction::Kind::kMute, Sanction::Kind::kBanAccount,
        Sanction::Kind::kBanNetwork}) {
    Sanction imposed;
    imposed.kind = kind;
    imposed.account = 7;
    imposed.target = "ann";
    imposed.reason = "spam";
    imposed.by = "root";
    imposed.created = kStart.wall;
    const auto back = [&] {
      const store::Write write =
          ToWrite(AddSanction{Token{1}, imposed}, kOfStart);
      return ToCore(std::get<store::AddSanction>(write).sanction, kOfStart);
    };
    EXPECT_EQ(back().kind, kind);
    EXPECT_EQ(back().account, AccountId(7));
    EXPECT_EQ(back().target, "ann");
    EXPECT_EQ(back().reason, "spam");
    EXPECT_EQ(back().by, "root");
    EXPECT_EQ(back().created, kStart.wall);
    EXPECT_EQ(back().expires, kNever);
    imposed.expires = kStart + absl::Hours(1);
    EXPECT_EQ(back().expires, imposed.expires);
  }
}

TEST(TranslateTest, ARefusalOfTheStoreIsTheOutcome) {
  const Committed refused =
      ToEvent(Token{3}, store::WriteResult(absl::NotFoundError("gone")));
  EXPECT_EQ(refused.token, Token{3});
  EXPECT_TRUE(absl::IsNotFound(refused.outcome.status()));
}

TEST(TranslateTest, OnlyTheAskersOwnDeviceIsCurrent) {
  const std::vector<store::Device> devices = {
      {1, 7, "ann", "phone", kStart.wall, kStart.wall},
      {2, 7, "ann", "laptop", kStart.wall, kStart.wall}};
  const DevicesRead read = ToEvent(ReadDevices{Token{1}, 7, 2}, devices);
  ASSERT_EQ(read.devices->devices_size(), 2);
  EXPECT_FALSE(read.devices->devices(0).current());
  EXPECT_TRUE(read.devices->devices(1).current());
}

// Messages `first` to `last`, and whether the store has more.
store::HistoryPage Page(uint64_t first, uint64_t last, bool more) {
  store::HistoryPage page;
  for (uint64_t seq = first; seq <= last; ++seq) {
    page.messages.push_back({.room = kLobby,
                             .seq = seq,
                             .time = kStart.wall,
                             .alias = "ann",
                             .text = "hi"});
  }
  page.more = more;
  return page;
}

TEST(TranslateTest, APageHasNothingThatWasNotTold) {
  ReadHistory read{Token{1}, kLobby, {}, {}, 10, 5};
  EXPECT_EQ(ToQuery(read).before_seq, 6u);
  read.before_seq = 3;
  EXPECT_EQ(ToQuery(read).before_seq, 3u);
  read.before_seq = ~uint64_t{0};
  EXPECT_EQ(ToQuery(read).before_seq, 6u);
  read.before_seq.reset();
  read.after_seq = 1;
  EXPECT_EQ(ToQuery(read).after_seq, 1u);
  EXPECT_FALSE(ToQuery(read).before_seq.has_value());
  const auto page = [&](const store::HistoryPage& found) {
    return ToEvent(read, found).page.value();
  };
  EXPECT_EQ(page(Page(2, 7, true)).messages_size(), 4);
  EXPECT_FALSE(page(Page(2, 7, true)).more());
  EXPECT_FALSE(page(Page(2, 5, true)).more());
  EXPECT_TRUE(page(Page(2, 4, true)).more());
  EXPECT_EQ(page(Page(2, 4, true)).messages_size(), 3);
}

TEST(TranslateTest, APageBackwardsSaysWhetherThereIsMore) {
  const ReadHistory read{Token{1}, kLobby, {}, {}, 2, 5};
  EXPECT_TRUE(ToEvent(read, Page(4, 5, true)).page->more());
  EXPECT_FALSE(ToEvent(read, Page(4, 5, false)).page->more());
}

// An account that is looked up for others says nothing of whom it has blocked.
TEST(TranslateTest, AFoundAccountIsItsNameAndWhetherItIsAnAdmin) {
  const store::Account ann{7, "Ann", "ann", "hash", kStart.wall, true};
  const AccountFound found = ToEvent(FindAccount{Token{1}, "ann"}, ann);
  EXPECT_EQ(found.account->id, AccountId(7));
  EXPECT_EQ(found.account->alias, "Ann");
  EXPECT_TRUE(found.account->admin);
  EXPECT_TRUE(found.account->blocked.empty());
}

}  // namespace
}  // namespace chat77::server
