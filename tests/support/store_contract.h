// What every Store must do; store_contract_rooms.h, store_contract_resume.h and
// store_contract_moderation.h are its other parts. One source file of a test
// binary includes this and names each implementation:
//   INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, testing::Values(...));
#pragma once

#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/store.h"
#include "tests/support/temp_folder.h"

namespace chat77::store {

// Makes an empty store; a file of it belongs into the folder.
using MakeStore = std::unique_ptr<Store> (*)(const test::TempFolder&);

class StoreContract : public testing::TestWithParam<MakeStore> {
 protected:
  StoreContract() : store_(GetParam()(folder_)) {}

  static absl::Time At(int64_t ms) { return absl::FromUnixMillis(ms); }

  static Account Ann() {
    return {.id = 1,
            .alias = "Ann",
            .key = "ann",
            .password_hash = "$argon2id$x",
            .created_at = At(1000)};
  }

  static AppendMessage SayIn(RoomId room, uint64_t seq,
                             const std::string& text) {
    return {{.room = room,
             .seq = seq,
             .time = At(5000),
             .alias = "ann",
             .text = text}};
  }
  // In the lobby, behind what was said before.
  Write Say(const std::string& text) { return SayIn(kLobby, ++said_, text); }

  static Write Login(const std::string& alias, int64_t ms) {
    return RecordLogin{alias, "127.0.0.1", 4242, At(ms)};
  }

  std::vector<WriteResult> Commit(const std::vector<Write>& writes) {
    auto results = store_->Commit(writes);
    EXPECT_TRUE(results.ok()) << results.status();
    return results.ok() ? *std::move(results) : std::vector<WriteResult>();
  }

  WriteResult CommitAlone(const Write& write) {
    const auto results = Commit({write});
    return results.size() == 1 ? results[0]
                               : WriteResult(absl::InternalError("no result"));
  }

  // A write that the store must not refuse.
  Written CommitOne(const Write& write) {
    const WriteResult result = CommitAlone(write);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(Written{});
  }

  LobbyState Open() {
    const auto state = store_->OpenLobby();
    EXPECT_TRUE(state.ok()) << state.status();
    return state.value_or(LobbyState{});
  }

  HistoryPage Read(HistoryQuery query) {
    if (!query.room) query.room = kLobby;
    if (query.bytes == 0) query.bytes = 1 << 20;
    const auto page = store_->ReadHistory(query);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.value_or(HistoryPage{});
  }

  static std::vector<uint64_t> Seqs(const HistoryPage& page) {
    std::vector<uint64_t> seqs;
    for (const Message& message : page.messages) seqs.push_back(message.seq);
    return seqs;
  }

  void SayTenTimes() {
    Open();
    for (int i = 1; i <= 10; ++i) CommitOne(Say("text" + std::to_string(i)));
  }

  test::TempFolder folder_;
  std::unique_ptr<Store> store_;
  uint64_t said_ = 0;  // in the lobby
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreContract, FindsAccountByKey) {
  EXPECT_TRUE(absl::IsNotFound(store_->FindAccount("ann").status()));
  CommitOne(CreateAccount{Ann()});
  EXPECT_EQ(store_->FindAccount("ann").value(), Ann());
  EXPECT_TRUE(absl::IsNotFound(store_->FindAccount("Ann").status()));
  EXPECT_TRUE(absl::IsNotFound(store_->FindAccount("").status()));
}

TEST_P(StoreContract, KeepsTimesInMilliseconds) {
  Account ann = Ann();
  ann.created_at += absl::Microseconds(999);
  CommitOne(CreateAccount{ann});
  EXPECT_EQ(store_->FindAccount("ann").value(), Ann());
}

TEST_P(StoreContract, TakenKeyIsRefused) {
  CommitOne(CreateAccount{Ann()});
  Account other = Ann();
  other.alias = "ANN";
  other.password_hash = "other";
  const auto results = Commit({CreateAccount{other}});
  EXPECT_TRUE(absl::IsAlreadyExists(results[0].status()));
  EXPECT_THAT(std::string(results[0].status().message()),
              testing::HasSubstr("ANN"));
  EXPECT_EQ(store_->FindAccount("ann").value(), Ann());
}

TEST_P(StoreContract, RefusalDisturbsNoOtherWrite) {
  Open();
  const auto results =
      Commit({Say("one"), CreateAccount{Ann()}, CreateAccount{Ann()},
              SayIn(99, 1, "nowhere"), RecordLogout{99, At(1), "exit"},
              Say("two"), Login("ann", 1)});
  ASSERT_EQ(results.size(), 7u);
  EXPECT_EQ(results[0]->seq, 1);
  EXPECT_TRUE(results[1].ok());
  EXPECT_TRUE(absl::IsAlreadyExists(results[2].status()));
  EXPECT_TRUE(absl::IsNotFound(results[3].status()));
  EXPECT_TRUE(absl::IsNotFound(results[4].status()));
  EXPECT_EQ(results[5]->seq, 2);
  EXPECT_EQ(results[6]->connection, ConnectionId(1));
  EXPECT_THAT(Seqs(Read({.limit = 9})), ElementsAre(1, 2));
  EXPECT_EQ(store_->AllAccounts()->size(), 1u);
  EXPECT_EQ(store_->AllConnections()->size(), 1u);
}

TEST_P(StoreContract, CommitOfNothingIsFine) {
  EXPECT_THAT(Commit({}), IsEmpty());
}

TEST_P(StoreContract, LobbyKeepsItsEpoch) {
  EXPECT_EQ(store_->LastRoom().value(), kLobby);
  EXPECT_TRUE(absl::IsNotFound(CommitAlone(SayIn(kLobby, 1, "a")).status()));
  const LobbyState first = Open();
  EXPECT_NE(first.epoch, 0u);
  EXPECT_EQ(first.last_seq, 0u);
  CommitOne(Say("hello"));
  EXPECT_EQ(Open(), (LobbyState{first.epoch, 1}));
  EXPECT_EQ(store_->LastRoom().value(), kLobby);
}

TEST_P(StoreContract, MessageComesBackAsItWas) {
  Open();
  const Message sent{.room = kLobby,
                     .seq = 1,
                     .time = At(1700000000123),
                     .alias = "Žofie",
                     .text = std::string("line\nline\0\xff 😀", 16),
                     .account = int64_t{1} << 62,
                     .kind = EntryKind::kText};
  CommitOne(AppendMessage{sent});
  EXPECT_THAT(Read({.limit = 1}).messages, ElementsAre(sent));
}

TEST_P(StoreContract, EmptyTextIsText) {
  Open();
  CommitOne(Say(""));
  EXPECT_EQ(Read({.limit = 1}).messages.at(0).text, "");
}

TEST_P(StoreContract, HistoryGivesTheNewest) {
  SayTenTimes();
  const HistoryPage page = Read({.limit = 3});
  EXPECT_THAT(Seqs(page), ElementsAre(8, 9, 10));
  EXPECT_TRUE(page.more);
  EXPECT_EQ(page.messages[0].text, "text8");
  EXPECT_FALSE(Read({.limit = 10}).more);
  EXPECT_FALSE(Read({.limit = 11}).more);
}

TEST_P(StoreContract, HistoryGoesBackwards) {
  SayTenTimes();
  const HistoryPage page = Read({.before_seq = 8, .limit = 3});
  EXPECT_THAT(Seqs(page), ElementsAre(5, 6, 7));
  EXPECT_TRUE(page.more);
  const HistoryPage last = Read({.before_seq = 3, .limit = 3});
  EXPECT_THAT(Seqs(last), ElementsAre(1, 2));
  EXPECT_FALSE(last.more);
  EXPECT_THAT(Seqs(Read({.before_seq = 1, .limit = 3})), IsEmpty());
  EXPECT_THAT(Seqs(Read({.before_seq = 0, .limit = 3})), IsEmpty());
  EXPECT_THAT(Seqs(Read({.before_seq = UINT64_MAX, .limit = 1})),
              ElementsAre(10));
}

TEST_P(StoreContract, HistoryGoesForwards) {
  SayTenTimes();
  const HistoryPage page = Read({.after_seq = 0, .limit = 3});
  EXPECT_THAT(Seqs(page), ElementsAre(1, 2, 3));
  EXPECT_TRUE(page.more);
  const HistoryPage last = Read({.after_seq = 8, .limit = 3});
  EXPECT_THAT(Seqs(last), ElementsAre(9, 10));
  EXPECT_FALSE(last.more);
  EXPECT_THAT(Seqs(Read({.after_seq = 10, .limit = 3})), IsEmpty());
  EXPECT_THAT(Seqs(Read({.after_seq = UINT64_MAX, .limit = 3})), IsEmpty());
}

TEST_P(StoreContract, HistoryStopsAtBytes) {
  SayTenTimes();  // "ann" and "textN": 8 bytes each, 9 for the tenth
  EXPECT_THAT(Seqs(Read({.after_seq = 0, .limit = 9, .bytes = 16})),
              ElementsAre(1, 2));
  EXPECT_THAT(Seqs(Read({.after_seq = 0, .limit = 9, .bytes = 15})),
              ElementsAre(1));
  const HistoryPage newest = Read({.limit = 9, .bytes = 17});
  EXPECT_THAT(Seqs(newest), ElementsAre(9, 10));
  EXPECT_TRUE(newest.more);
  EXPECT_THAT(Seqs(Read({.limit = 9, .bytes = 1})), ElementsAre(10));
}

TEST_P(StoreContract, HistoryRefusesNonsense) {
  Open();
  const auto code = [this](const HistoryQuery& query) {
    return store_->ReadHistory(query).status().code();
  };
  EXPECT_EQ(code({.room = 99, .limit = 1}), absl::StatusCode::kNotFound);
  EXPECT_EQ(code({.room = kLobby}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.room = kLobby, .after_seq = 1, .before_seq = 2, .limit = 1}),
            absl::StatusCode::kInvalidArgument);
}

TEST_P(StoreContract, LogsConnections) {
  const ConnectionId ann = CommitOne(Login("ann", 1000)).connection;
  const ConnectionId bob = CommitOne(Login("bob", 2000)).connection;
  EXPECT_TRUE(ann);
  EXPECT_GT(bob, ann);
  CommitOne(RecordLogout{ann, At(3000), "exit"});
  const Connection first{.id = ann,
                         .alias = "ann",
                         .address = "127.0.0.1",
                         .port = 4242,
                         .login_time = At(1000),
                         .logout_time = At(3000),
                         .reason = "exit"};
  const Connection second{.id = bob,
                          .alias = "bob",
                          .address = "127.0.0.1",
                          .port = 4242,
                          .login_time = At(2000),
                          .logout_time = std::nullopt,
                          .reason = ""};
  EXPECT_THAT(store_->AllConnections().value(), ElementsAre(first, second));
}

TEST_P(StoreContract, ConnectionEndsOnce) {
  const ConnectionId id = CommitOne(Login("ann", 1000)).connection;
  CommitOne(RecordLogout{id, At(3000), "exit"});
  const auto again = Commit({RecordLogout{id, At(4000), "again"}});
  EXPECT_TRUE(absl::IsNotFound(again[0].status()));
  EXPECT_EQ(store_->AllConnections()->at(0).reason, "exit");
  for (const ConnectionId none :
       std::initializer_list<ConnectionId>{0, -1, INT64_MIN, INT64_MAX}) {
    const auto results = Commit({RecordLogout{none, At(1), "x"}});
    EXPECT_TRUE(absl::IsNotFound(results[0].status())) << none;
  }
}

TEST_P(StoreContract, LoginAndLogoutInOneCommit) {
  const auto results =
      Commit({Login("ann", 1), RecordLogout{1, At(2), "exit"}});
  EXPECT_TRUE(results[1].ok());
  EXPECT_EQ(store_->AllConnections()->at(0).logout_time, At(2));
}

TEST_P(StoreContract, ClosesOpenConnections) {
  const ConnectionId ended = CommitOne(Login("ann", 1000)).connection;
  CommitOne(RecordLogout{ended, At(1500), "exit"});
  Commit({Login("bob", 2000), Login("cid", 3000)});
  EXPECT_EQ(store_->CloseOpenConnections(At(9000), "server stopped").value(),
            2);
  const auto all = store_->AllConnections().value();
  EXPECT_EQ(all.at(0).reason, "exit");
  EXPECT_EQ(all.at(1).reason, "server stopped");
  EXPECT_EQ(all.at(2).logout_time, At(9000));
  EXPECT_EQ(store_->CloseOpenConnections(At(9999), "again").value(), 0);
}

TEST_P(StoreContract, AddsWholeConnections) {
  const Connection whole{.id = 4711,  // ignored
                         .alias = "nobody special",
                         .address = "::1",
                         .port = 1,
                         .login_time = At(10),
                         .logout_time = At(20),
                         .reason = "imported"};
  Connection kept = whole;
  kept.id = CommitOne(AddConnection{whole}).connection;
  EXPECT_TRUE(kept.id);
  EXPECT_THAT(store_->AllConnections().value(), ElementsAre(kept));
}

TEST_P(StoreContract, ListsOldestFirst) {
  Account late = Ann();
  Account early{.id = 2,
                .alias = "Bob",
                .key = "bob",
                .password_hash = "h",
                .created_at = At(1)};
  Account same{.id = 3,
               .alias = "Cid",
               .key = "cid",
               .password_hash = "h",
               .created_at = At(1000)};
  Commit({CreateAccount{late}, CreateAccount{early}, CreateAccount{same},
          Login("late", 500), Login("early", 100), Login("same", 500)});
  EXPECT_THAT(store_->AllAccounts().value(), ElementsAre(early, late, same));
  std::vector<std::string> aliases;
  const auto connections = store_->AllConnections().value();
  for (const Connection& one : connections) aliases.push_back(one.alias);
  EXPECT_THAT(aliases, ElementsAre("early", "late", "same"));
}

TEST_P(StoreContract, AReaderSeesWhatWasCommitted) {
  Reader& reader = *store_->OpenReader(1 << 20).value();
  EXPECT_TRUE(absl::IsNotFound(reader.FindAccount("ann").status()));
  Open();
  CommitOne(CreateAccount{Ann()});
  EXPECT_EQ(reader.FindAccount("ann").value(), Ann());
  const HistoryQuery query{.room = kLobby, .limit = 9, .bytes = 1 << 20};
  for (size_t count = 1; count <= 3; ++count) {
    CommitOne(Say("text"));
    EXPECT_EQ(reader.ReadHistory(query)->messages.size(), count);
  }
}

TEST_P(StoreContract, HasAsManyReadersAsWanted) {
  Reader& one = *store_->OpenReader(1 << 20).value();
  Reader& other = *store_->OpenReader(1 << 20).value();
  CommitOne(CreateAccount{Ann()});
  EXPECT_EQ(one.FindAccount("ann").value(), Ann());
  EXPECT_EQ(other.FindAccount("ann").value(), Ann());
}

}  // namespace chat77::store

#include "tests/support/store_contract_moderation.h"
#include "tests/support/store_contract_resume.h"
#include "tests/support/store_contract_rooms.h"
