// Both stores are given the same commits, right ones and wrong ones, and must
// say and hold the same.
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "store/store.h"
#include "tests/support/temp_folder.h"

namespace chat77::store {
namespace {

constexpr int64_t kPeople = 4;

class SameStoresTest : public testing::TestWithParam<unsigned> {
 protected:
  SameStoresTest() {
    for (Store* store : {memory_.get(), sqlite_.get()}) {
      EXPECT_TRUE(store->OpenLobby().ok());
    }
    for (int64_t i = 1; i < kPeople; ++i) Both({Person()});
  }

  int64_t Below(int64_t end) {
    return std::uniform_int_distribution<int64_t>(0, end - 1)(random_);
  }
  // Of those that there are, or the next one, which comes soon.
  AccountId Somebody() { return AccountId::Of(1 + Below(kPeople)); }
  RoomId Room() { return RoomId::Of(1 + Below(8)); }

  Write Person() {
    const std::string name = "u" + std::to_string(++people_ % 9);
    return CreateAccount{{.alias = name,
                          .key = name,
                          .password_hash = "h",
                          .created_at = absl::UnixEpoch()}};
  }

  // Mostly the next one of the room as it is on disk, or a few further.
  Message EntryIn(RoomId room) {
    const HistoryQuery query{.room = room, .limit = 1, .bytes = 1};
    const auto page = memory_->ReadHistory(query);
    const uint64_t last =
        page.ok() && !page->messages.empty() ? page->messages.back().seq : 0;
    const uint64_t wanted = next_.try_emplace(room, last).first->second + 1;
    const bool right = Below(20) != 0;
    if (right) next_[room] = wanted;
    return {.room = room,
            .seq = right ? wanted : last + static_cast<uint64_t>(Below(4)),
            .time = absl::FromUnixMillis(Below(9999)),
            .alias = "u",
            .text = "text",
            .account = Somebody(),
            .kind = static_cast<EntryKind>(Below(3))};
  }

  uint64_t MessageId() {
    return Below(3) == 0 ? static_cast<uint64_t>(Below(40)) : 0;
  }

  SetLink LinkOfSome() {
    SetLink set;
    Link& link = set.link;
    link.first = Somebody();
    link.second = Somebody();
    link.state = static_cast<LinkState>(Below(3));
    link.hidden = Below(2) == 0;
    link.bound = Below(2) == 0;
    link.asked_at = absl::FromUnixMillis(Below(9999));
    const AccountRooms rooms = *memory_->RoomsOf(link.first);
    for (const KnownLink& known : rooms.links) {
      const bool theirs =
          known.link.first == link.second || known.link.second == link.second;
      if (theirs) link.room = known.link.room;
    }
    if (!link.room && Below(2) == 0) {
      link.room = RoomId::Of(memory_->LastRoom()->value() + 1 + Below(2));
    }
    if (Below(30) == 0) link.room = Room();
    if (link.room && Below(2) == 0) set.entry = EntryIn(link.room);
    set.request = {Somebody(), MessageId()};
    set.answer = "answer";
    set.time = absl::FromUnixMillis(Below(9999));
    return set;
  }

  Write Any() {
    switch (Below(8)) {
      case 0:
        return Person();
      case 1:
        return RecordKick{"a", "b", "c", absl::UnixEpoch()};
      case 2:
        return MarkRead{Somebody(),
                        {{Room(), static_cast<uint64_t>(Below(9))},
                         {kLobby, static_cast<uint64_t>(Below(9))}}};
      case 3:
      case 4:
      case 5:
        return LinkOfSome();
      default:
        return AppendMessage{EntryIn(Below(2) == 0 ? kLobby : Room()),
                             MessageId(), "said"};
    }
  }

  void Both(const std::vector<Write>& writes) {
    const auto one = memory_->Commit(writes);
    const auto other = sqlite_->Commit(writes);
    ASSERT_EQ(one.status().code(), other.status().code())
        << one.status() << " " << other.status();
    (one.ok() ? done_ : failed_) += 1;
    if (!one.ok()) return;
    for (size_t i = 0; i < writes.size(); ++i) {
      ASSERT_EQ((*one)[i].status().code(), (*other)[i].status().code())
          << (*one)[i].status() << " " << (*other)[i].status();
      if ((*one)[i].ok()) {
        EXPECT_EQ(*(*one)[i], *(*other)[i]);
      }
    }
  }

  void Compare() {
    EXPECT_EQ(*memory_->LastRoom(), *sqlite_->LastRoom());
    EXPECT_EQ(*memory_->AllAccounts(), *sqlite_->AllAccounts());
    EXPECT_EQ(*memory_->AuditRecords(0, 999), *sqlite_->AuditRecords(0, 999));
    for (int64_t id = 1; id <= kPeople; ++id) {
      const AccountId account = AccountId::Of(id);
      const AccountRooms one = *memory_->RoomsOf(account);
      const AccountRooms other = *sqlite_->RoomsOf(account);
      EXPECT_EQ(one.links, other.links);
      EXPECT_EQ(one.read, other.read);
      EXPECT_EQ(*memory_->HighestMessageId(account),
                *sqlite_->HighestMessageId(account));
    }
    for (int64_t id = 0; id < memory_->LastRoom()->value() + 2; ++id) {
      const HistoryQuery query{
          .room = RoomId::Of(id), .limit = 999, .bytes = 1 << 20};
      const auto one = memory_->ReadHistory(query);
      const auto other = sqlite_->ReadHistory(query);
      ASSERT_EQ(one.status().code(), other.status().code());
      if (one.ok()) {
        EXPECT_EQ(one->messages, other->messages);
      }
    }
  }

  std::mt19937 random_{GetParam()};
  int people_ = 0;
  int done_ = 0;
  int failed_ = 0;
  std::map<RoomId, uint64_t> next_;  // of the commit that is made
  const test::TempFolder folder_;
  const std::unique_ptr<Store> memory_ = OpenMemoryStore();
  const std::unique_ptr<Store> sqlite_ = *OpenStore(folder_ / "chat77.db");
};

TEST_P(SameStoresTest, SayAndHoldTheSame) {
  for (int round = 0; round < 150 && !HasFatalFailure(); ++round) {
    next_.clear();
    std::vector<Write> writes;
    for (int64_t size = 1 + Below(6); size > 0; --size) {
      writes.push_back(Any());
    }
    Both(writes);
    if (round % 50 == 25) {
      EXPECT_EQ(*memory_->CloseOpenConnections(absl::UnixEpoch(), "x"),
                *sqlite_->CloseOpenConnections(absl::UnixEpoch(), "x"));
    }
    Compare();
    if (HasFailure()) FAIL() << "round " << round;
  }
  // Neither is an exception here.
  EXPECT_GT(done_, 30);
  EXPECT_GT(failed_, 30);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SameStoresTest, testing::Range(1u, 5u));

}  // namespace
}  // namespace chat77::store
