// The fourth part of tests/support/store_contract.h: links between accounts,
// their direct rooms, and who has read what.
#pragma once

#include <optional>
#include <ostream>

#include "tests/support/store_contract.h"

namespace chat77::store {

// Here and not at the records: for what a failed test prints.
inline void PrintTo(const Link& link, std::ostream* out) {
  *out << link.first << (link.hidden ? " hidden " : " ")
       << static_cast<int>(link.state) << " " << link.second << " room "
       << link.room << (link.bound ? " bound" : "") << " asked "
       << absl::ToUnixMillis(link.asked_at);
}

class StoreContractRooms : public StoreContract {
 protected:
  static constexpr AccountId kAnn = 1;
  static constexpr AccountId kBob = 2;
  static constexpr AccountId kCid = 3;
  static constexpr LinkState kNone = LinkState::kNone;
  static constexpr LinkState kAsked = LinkState::kAsked;
  static constexpr LinkState kLinked = LinkState::kLinked;

  StoreContractRooms() {
    Open();
    Commit({CreateAccount{Ann()}, Person("Bob", "bob"), Person("Cid", "cid")});
  }

  static Write Person(const std::string& alias, const std::string& key) {
    return CreateAccount{{.alias = alias,
                          .key = key,
                          .password_hash = "h",
                          .created_at = At(1)}};
  }

  static Link Between(AccountId first, AccountId second, LinkState state,
                      RoomId room = {}) {
    return {.first = first,
            .second = second,
            .state = state,
            .hidden = false,
            .bound = false,
            .asked_at = state == kAsked ? At(4000) : absl::Time(),
            .room = room};
  }
  static SetLink Set(const Link& link,
                     const std::optional<Message>& entry = std::nullopt,
                     RequestKey key = {}) {
    return {.link = link,
            .entry = entry,
            .request = key,
            .answer = key.message_id == 0 ? "" : "yes",
            .time = At(6000)};
  }
  static Message EntryIn(RoomId room, uint64_t seq, EntryKind kind,
                         const std::string& text = "") {
    return {.room = room,
            .seq = seq,
            .time = At(5000),
            .alias = "Ann",
            .text = text,
            .account = kAnn,
            .kind = kind};
  }
  // Linked, in a room of this number that is made now.
  static SetLink Join(AccountId first, AccountId second, RoomId room) {
    return Set(Between(first, second, kLinked, room),
               EntryIn(room, 1, EntryKind::kLinked));
  }

  AccountRooms RoomsOf(AccountId account) {
    const auto rooms = store_->RoomsOf(account);
    EXPECT_TRUE(rooms.ok()) << rooms.status();
    return rooms.value_or(AccountRooms{});
  }
  std::vector<Link> LinksOf(AccountId account) {
    std::vector<Link> links;
    for (const KnownLink& known : RoomsOf(account).links) {
      links.push_back(known.link);
    }
    return links;
  }
  absl::StatusCode CodeOf(const std::vector<Write>& writes) {
    return store_->Commit(writes).status().code();
  }
};

TEST_P(StoreContractRooms, TwoAccountsHaveOneLink) {
  EXPECT_EQ(CommitAlone(Set(Between(kAnn, kBob, kAsked))).value(),
            (Written{.time = At(6000)}));
  for (const AccountId account : {kAnn, kBob}) {
    EXPECT_THAT(LinksOf(account), ElementsAre(Between(kAnn, kBob, kAsked)));
  }
  EXPECT_THAT(LinksOf(kCid), IsEmpty());
  CommitOne(Set(Between(kBob, kAnn, kAsked)));
  for (const AccountId account : {kAnn, kBob}) {
    EXPECT_THAT(LinksOf(account), ElementsAre(Between(kBob, kAnn, kAsked)));
  }
  CommitOne(Set(Between(kBob, kAnn, kNone)));
  EXPECT_THAT(LinksOf(kAnn), IsEmpty());
  CommitOne(Set(Between(kAnn, kBob, kNone)));
  EXPECT_THAT(LinksOf(kBob), IsEmpty());
}

// Where neither asked the other, the smaller account comes first.
TEST_P(StoreContractRooms, LinkIsTheSameEitherWayRound) {
  for (const LinkState state : {kLinked, kNone}) {
    CommitOne(Set(Between(kBob, kAnn, state, 2)));
    EXPECT_THAT(LinksOf(kAnn), ElementsAre(Between(kAnn, kBob, state, 2)));
    CommitOne(Set(Between(kAnn, kBob, state, 2)));
    EXPECT_THAT(LinksOf(kBob), ElementsAre(Between(kAnn, kBob, state, 2)));
  }
}

TEST_P(StoreContractRooms, LinkKeepsWhatItsStateHas) {
  Link link = Between(kBob, kAnn, kAsked);
  link.hidden = link.bound = true;
  link.asked_at = At(4567) + absl::Microseconds(999);
  CommitOne(Set(link));
  link.asked_at = At(4567);
  EXPECT_THAT(LinksOf(kAnn), ElementsAre(link));
  link.state = kLinked;
  link.room = 2;
  CommitOne(Set(link));
  Link linked = Between(kAnn, kBob, kLinked, 2);
  linked.bound = true;
  EXPECT_THAT(LinksOf(kAnn), ElementsAre(linked));
  link.state = kNone;
  CommitOne(Set(link));
  EXPECT_THAT(LinksOf(kAnn), ElementsAre(Between(kAnn, kBob, kNone, 2)));
}

TEST_P(StoreContractRooms, RoomIsMadeOnce) {
  CommitOne(Join(kBob, kAnn, 2));
  EXPECT_EQ(store_->LastRoom().value(), RoomId(2));
  CommitOne(
      Set(Between(kAnn, kBob, kNone, 2), EntryIn(2, 2, EntryKind::kEnded)));
  CommitOne(Set(Between(kAnn, kBob, kAsked, 2)));
  EXPECT_THAT(LinksOf(kBob), ElementsAre(Between(kAnn, kBob, kAsked, 2)));
  CommitOne(
      Set(Between(kAnn, kBob, kLinked, 2), EntryIn(2, 3, EntryKind::kLinked)));
  EXPECT_EQ(store_->LastRoom().value(), RoomId(2));
  CommitOne(Join(kAnn, kCid, 7));
  EXPECT_EQ(store_->LastRoom().value(), RoomId(7));
  EXPECT_EQ(Read({.room = 2, .limit = 9}).messages.size(), 3u);
}

TEST_P(StoreContractRooms, EntryIsWrittenWithItsLink) {
  const Message linked = EntryIn(2, 1, EntryKind::kLinked);
  EXPECT_EQ(CommitAlone(Join(kAnn, kBob, 2)).value(),
            (Written{.time = At(6000)}));
  EXPECT_THAT(Read({.room = 2, .limit = 9}).messages, ElementsAre(linked));
  EXPECT_EQ(RoomsOf(kBob).links.at(0).last_seq, 1u);
}

TEST_P(StoreContractRooms, LinkNeedsBothAccounts) {
  const auto results =
      Commit({Join(kAnn, 99, 2), Join(99, kAnn, 2), Join(kAnn, kBob, 2)});
  EXPECT_TRUE(absl::IsNotFound(results[0].status()));
  EXPECT_TRUE(absl::IsNotFound(results[1].status()));
  EXPECT_TRUE(results[2].ok()) << results[2].status();
  EXPECT_EQ(RoomsOf(kAnn).links.size(), 1u);
}

TEST_P(StoreContractRooms, RoomOfAnAccountOfTheSameCommit) {
  const auto results = Commit({Person("Dan", "dan"), Join(4, kAnn, 2),
                               SayIn(2, 2, "hello"), SayIn(2, 3, "you")});
  EXPECT_TRUE(results[1].ok()) << results[1].status();
  EXPECT_EQ(results[3]->seq, 3u);
  EXPECT_EQ(RoomsOf(4).links.at(0).last_seq, 3u);
}

TEST_P(StoreContractRooms, RoomsAreCountedApart) {
  Commit({Join(kAnn, kBob, 2), Join(kAnn, kCid, 3)});
  const auto results = Commit({Say("a"), SayIn(3, 2, "b"), SayIn(2, 2, "c"),
                               Say("d"), SayIn(3, 3, "e")});
  EXPECT_EQ(results[3]->seq, 2u);
  EXPECT_EQ(results[4]->seq, 3u);
  const HistoryPage page = Read({.room = 3, .after_seq = 1, .limit = 9});
  ASSERT_EQ(page.messages.size(), 2u);
  EXPECT_EQ(page.messages[1].text, "e");
  EXPECT_EQ(page.messages[1].room, RoomId(3));
  EXPECT_EQ(Open().last_seq, 2u);
}

TEST_P(StoreContractRooms, HistoryOfADirectRoom) {
  CommitOne(Join(kAnn, kBob, 2));
  for (uint64_t seq = 2; seq <= 9; ++seq) {
    CommitOne(AppendMessage{
        EntryIn(2, seq, EntryKind::kText, "text" + std::to_string(seq))});
  }
  CommitOne(
      Set(Between(kAnn, kBob, kNone, 2), EntryIn(2, 10, EntryKind::kEnded)));
  const HistoryPage newest = Read({.room = 2, .limit = 2});
  EXPECT_THAT(newest.messages,
              ElementsAre(EntryIn(2, 9, EntryKind::kText, "text9"),
                          EntryIn(2, 10, EntryKind::kEnded)));
  EXPECT_TRUE(newest.more);
  EXPECT_THAT(Seqs(Read({.room = 2, .after_seq = 7, .limit = 9})),
              ElementsAre(8, 9, 10));
  EXPECT_THAT(Seqs(Read({.room = 2, .before_seq = 3, .limit = 9})),
              ElementsAre(1, 2));
  EXPECT_THAT(Seqs(Read({.room = 2, .after_seq = 10, .limit = 9})), IsEmpty());
}

// ---- what fails the whole commit --------------------------------------------

// None of it is there, whatever it was.
TEST_P(StoreContractRooms, WrongSeqLeavesNothing) {
  CommitOne(Join(kAnn, kBob, 2));
  CommitOne(Say("one"));
  const RequestKey key{kAnn, 7};
  // The lobby's next seq is 3 then, the room's 2.
  const std::vector<ReadMarker> places{
      {kLobby, 0}, {kLobby, 2}, {kLobby, 4}, {2, 1}, {2, 3}};
  for (const auto& [room, seq] : places) {
    AppendMessage say = SayIn(kLobby, 2, "two");
    say.message.account = kAnn;
    say.message_id = 7;
    AppendMessage after = SayIn(kLobby, 3, "three");
    EXPECT_EQ(
        CodeOf({Person("Dan", "dan"), Login("ann", 1), say, Join(kAnn, kCid, 3),
                RecordKick{"Ann", "Bob", "noise", At(1)},
                MarkRead{kAnn, {{kLobby, 1}}}, SayIn(room, seq, "wrong"),
                after}),
        absl::StatusCode::kDataLoss)
        << room << " " << seq;
    EXPECT_TRUE(absl::IsNotFound(store_->FindRequest(key).status()));
  }
  EXPECT_EQ(store_->AllAccounts()->size(), 3u);
  EXPECT_THAT(store_->AllConnections().value(), IsEmpty());
  EXPECT_THAT(store_->AuditRecords(0, 9).value(), IsEmpty());
  EXPECT_EQ(store_->LastRoom().value(), RoomId(2));
  EXPECT_THAT(LinksOf(kAnn), ElementsAre(Between(kAnn, kBob, kLinked, 2)));
  EXPECT_THAT(RoomsOf(kAnn).read, IsEmpty());
  EXPECT_THAT(Seqs(Read({.limit = 9})), ElementsAre(1));
  EXPECT_THAT(Seqs(Read({.room = 2, .limit = 9})), ElementsAre(1));
  const auto results = Commit({Say("two"), SayIn(2, 2, "two")});
  EXPECT_EQ(results[0]->seq, 2u);
  EXPECT_EQ(results[1]->seq, 2u);
}

TEST_P(StoreContractRooms, WrongEntryLeavesNoLink) {
  for (const uint64_t seq : {0, 2}) {
    EXPECT_EQ(CodeOf({Set(Between(kAnn, kBob, kLinked, 2),
                          EntryIn(2, seq, EntryKind::kLinked))}),
              absl::StatusCode::kDataLoss);
  }
  EXPECT_EQ(store_->LastRoom().value(), kLobby);
  EXPECT_THAT(LinksOf(kAnn), IsEmpty());
}

TEST_P(StoreContractRooms, WrongRoomLeavesNothing) {
  Commit({Join(kAnn, kBob, 2), Join(kAnn, kCid, 3)});
  const Message entry = EntryIn(3, 2, EntryKind::kEnded);
  const std::vector<SetLink> wrong{
      Set(Between(kAnn, kBob, kLinked, 4)),  // they have another
      Set(Between(kBob, kAnn, kNone)),       // and keep it
      Set(Between(kAnn, kBob, kNone, 3)),    // not theirs
      Set(Between(kBob, kCid, kLinked, 3)),  // the same, and they have none
      Set(Between(kBob, kCid, kLinked, kLobby)),  // everybody's
      Set(Between(kBob, kCid, kLinked)),          // without one
      Set(Between(kBob, kBob, kAsked)),           // with oneself
      Set(Between(kAnn, kBob, kNone, 2), entry),  // of another room
      Set(Between(kBob, kCid, kAsked), entry)};   // of none
  for (size_t i = 0; i < wrong.size(); ++i) {
    EXPECT_EQ(CodeOf({Person("Dan", "dan"), wrong[i]}),
              absl::StatusCode::kInternal)
        << i;
  }
  // Each is right alone.
  EXPECT_EQ(CodeOf({Set(Between(kBob, kCid, kAsked, 4)),
                    Set(Between(kCid, kBob, kAsked, 5))}),
            absl::StatusCode::kInternal);
  EXPECT_EQ(store_->AllAccounts()->size(), 3u);
  EXPECT_EQ(store_->LastRoom().value(), RoomId(3));
  EXPECT_THAT(LinksOf(kAnn), ElementsAre(Between(kAnn, kBob, kLinked, 2),
                                         Between(kAnn, kCid, kLinked, 3)));
  EXPECT_THAT(LinksOf(kBob), ElementsAre(Between(kAnn, kBob, kLinked, 2)));
}

// ---- requests ---------------------------------------------------------------

TEST_P(StoreContractRooms, RepeatedLinkGivesTheAnswerOfThen) {
  const RequestKey key{kAnn, 42};
  SetLink join = Join(kAnn, kBob, 2);
  join.request = key;
  join.answer = std::string("\0yes\xff", 5);
  EXPECT_EQ(CommitAlone(join).value(),
            (Written{.time = At(6000), .answer = join.answer}));
  SetLink again =
      Set(Between(kAnn, kBob, kNone, 2), EntryIn(2, 2, EntryKind::kEnded), key);
  again.time = At(7000);
  const Written then{.repeated = true, .time = At(6000), .answer = join.answer};
  EXPECT_EQ(CommitAlone(again).value(), then);
  again.link.second = 99;  // could not be carried out at all
  EXPECT_EQ(CommitAlone(again).value(), then);
  EXPECT_THAT(LinksOf(kAnn), ElementsAre(Between(kAnn, kBob, kLinked, 2)));
  EXPECT_THAT(Seqs(Read({.room = 2, .limit = 9})), ElementsAre(1));
  EXPECT_EQ(
      store_->FindRequest(key).value(),
      (RememberedRequest{.seq = 0, .time = At(6000), .answer = join.answer}));
}

TEST_P(StoreContractRooms, LinkIsRepeatedInOneCommit) {
  const SetLink ask = Set(Between(kAnn, kBob, kAsked), std::nullopt, {kAnn, 7});
  const SetLink end = Set(Between(kAnn, kBob, kNone), std::nullopt, {kAnn, 8});
  const auto results = Commit({ask, end, ask});
  EXPECT_TRUE(results[2]->repeated);
  EXPECT_EQ(results[2]->answer, "yes");
  EXPECT_THAT(LinksOf(kAnn), IsEmpty());
}

// ---- the rooms of an account ------------------------------------------------

TEST_P(StoreContractRooms, RoomsNameBothSidesAndWhereTheyEnd) {
  Commit({Join(kCid, kAnn, 2), SayIn(2, 2, "hello"),
          Set(Between(kBob, kAnn, kAsked))});
  const AccountRooms rooms = RoomsOf(kAnn);
  ASSERT_EQ(rooms.links.size(), 2u);
  EXPECT_EQ(rooms.links[0],
            (KnownLink{Between(kAnn, kCid, kLinked, 2), "Ann", "Cid", 2}));
  EXPECT_EQ(rooms.links[1],
            (KnownLink{Between(kBob, kAnn, kAsked), "Bob", "Ann", 0}));
  EXPECT_EQ(RoomsOf(kBob).links.size(), 1u);
  EXPECT_THAT(RoomsOf(99).links, IsEmpty());
}

TEST_P(StoreContractRooms, LinksAreInOrder) {
  Commit({Set(Between(kCid, kBob, kAsked)), Set(Between(kBob, kAnn, kAsked)),
          Person("Dan", "dan"), Set(Between(4, kBob, kAsked))});
  EXPECT_THAT(LinksOf(kBob), ElementsAre(Between(kBob, kAnn, kAsked),
                                         Between(kCid, kBob, kAsked),
                                         Between(4, kBob, kAsked)));
}

TEST_P(StoreContractRooms, ReadMarkersOnlyMoveForward) {
  CommitOne(Join(kAnn, kBob, 2));
  CommitOne(MarkRead{kAnn, {{2, 5}, {kLobby, 7}}});
  EXPECT_THAT(RoomsOf(kAnn).read,
              ElementsAre(ReadMarker{kLobby, 7}, ReadMarker{2, 5}));
  CommitOne(MarkRead{kAnn, {{2, 4}, {kLobby, 8}, {kLobby, 6}}});
  CommitOne(MarkRead{kAnn, {{2, 0}}});
  EXPECT_THAT(RoomsOf(kAnn).read,
              ElementsAre(ReadMarker{kLobby, 8}, ReadMarker{2, 5}));
  CommitOne(MarkRead{kBob, {{2, 1}, {kLobby, 0}}});
  EXPECT_THAT(RoomsOf(kBob).read, ElementsAre(ReadMarker{2, 1}));
  CommitOne(MarkRead{kAnn, {}});
}

TEST_P(StoreContractRooms, ReadMarkersOfNothingMoveNone) {
  const auto results = Commit({MarkRead{kAnn, {{kLobby, 1}, {99, 1}}},
                               MarkRead{99, {{kLobby, 1}}}, Say("hello")});
  EXPECT_TRUE(absl::IsNotFound(results[0].status()));
  EXPECT_TRUE(absl::IsNotFound(results[1].status()));
  EXPECT_TRUE(results[2].ok());
  EXPECT_THAT(RoomsOf(kAnn).read, IsEmpty());
}

TEST_P(StoreContractRooms, StartEndsLinksThatAreBound) {
  CommitOne(Login("ann", 1000));
  Link linked = Between(kAnn, kBob, kLinked, 2);
  Link asked = Between(kCid, kAnn, kAsked);
  linked.bound = asked.bound = true;
  const Link kept = Between(kCid, kBob, kAsked);
  Commit(
      {Set(linked, EntryIn(2, 1, EntryKind::kLinked)), Set(asked), Set(kept)});
  EXPECT_EQ(store_->CloseOpenConnections(At(9000), "server stopped").value(),
            1);
  EXPECT_THAT(LinksOf(kAnn), ElementsAre(Between(kAnn, kBob, kNone, 2)));
  EXPECT_THAT(LinksOf(kCid), ElementsAre(kept));
  EXPECT_EQ(Read({.room = 2, .limit = 9}).messages.size(), 1u);
  EXPECT_EQ(store_->CloseOpenConnections(At(9999), "again").value(), 0);
  CommitOne(
      Set(Between(kAnn, kBob, kLinked, 2), EntryIn(2, 2, EntryKind::kLinked)));
  EXPECT_EQ(store_->CloseOpenConnections(At(9999), "again").value(), 0);
  EXPECT_THAT(LinksOf(kAnn), ElementsAre(Between(kAnn, kBob, kLinked, 2)));
}

TEST_P(StoreContractRooms, AReaderSeesRooms) {
  Reader& reader = *store_->OpenReader(1 << 20).value();
  EXPECT_THAT(reader.RoomsOf(kAnn)->links, IsEmpty());
  const HistoryQuery query{.room = 2, .limit = 9, .bytes = 99};
  EXPECT_TRUE(absl::IsNotFound(reader.ReadHistory(query).status()));
  CommitOne(Join(kAnn, kBob, 2));
  EXPECT_EQ(reader.RoomsOf(kAnn)->links.size(), 1u);
  EXPECT_EQ(reader.ReadHistory(query)->messages.size(), 1u);
}

}  // namespace chat77::store
