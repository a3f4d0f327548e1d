#include "store/store.h"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

#include "tests/support/faulty_store.h"
#include "tests/support/store_contract.h"

namespace chat77::store {
namespace {

using test::TempFolder;

std::unique_ptr<Store> MakeSqlite(const TempFolder& folder) {
  auto store = OpenStore(folder / "chat77.db");
  EXPECT_TRUE(store.ok()) << store.status();
  return *std::move(store);
}

// Closes the file after every call: what it does must all be on disk.
class ReopeningStore final : public Store {
 public:
  explicit ReopeningStore(const TempFolder& folder) : folder_(folder) {}

  absl::StatusOr<Reader*> OpenReader(size_t) override { return this; }
  absl::StatusOr<std::vector<WriteResult>> Commit(
      absl::Span<const Write> writes) override {
    return MakeSqlite(folder_)->Commit(writes);
  }
  absl::StatusOr<Account> FindAccount(std::string_view key) override {
    return MakeSqlite(folder_)->FindAccount(key);
  }
  absl::StatusOr<Standing> FindStanding(AccountId account) override {
    return MakeSqlite(folder_)->FindStanding(account);
  }
  absl::StatusOr<bool> HasAdmin() override {
    return MakeSqlite(folder_)->HasAdmin();
  }
  absl::StatusOr<std::vector<Sanction>> Sanctions(absl::Time now) override {
    return MakeSqlite(folder_)->Sanctions(now);
  }
  absl::StatusOr<std::vector<AuditRecord>> AuditRecords(int64_t after_number,
                                                        size_t limit) override {
    return MakeSqlite(folder_)->AuditRecords(after_number, limit);
  }
  absl::StatusOr<LobbyState> OpenLobby() override {
    return MakeSqlite(folder_)->OpenLobby();
  }
  absl::StatusOr<RoomId> LastRoom() override {
    return MakeSqlite(folder_)->LastRoom();
  }
  absl::StatusOr<AccountRooms> RoomsOf(AccountId account) override {
    return MakeSqlite(folder_)->RoomsOf(account);
  }
  absl::StatusOr<HistoryPage> ReadHistory(const HistoryQuery& query) override {
    return MakeSqlite(folder_)->ReadHistory(query);
  }
  absl::StatusOr<Device> FindDevice(std::string_view token_hash,
                                    absl::Time now) override {
    return MakeSqlite(folder_)->FindDevice(token_hash, now);
  }
  absl::StatusOr<std::vector<Device>> Devices(AccountId account) override {
    return MakeSqlite(folder_)->Devices(account);
  }
  absl::StatusOr<RememberedRequest> FindRequest(RequestKey key) override {
    return MakeSqlite(folder_)->FindRequest(key);
  }
  absl::StatusOr<uint64_t> HighestMessageId(AccountId account) override {
    return MakeSqlite(folder_)->HighestMessageId(account);
  }
  absl::StatusOr<std::vector<Stay>> OpenStays() override {
    return MakeSqlite(folder_)->OpenStays();
  }
  absl::StatusOr<absl::Time> NewestTime() override {
    return MakeSqlite(folder_)->NewestTime();
  }
  absl::StatusOr<int64_t> Tidy(absl::Time now) override {
    return MakeSqlite(folder_)->Tidy(now);
  }
  absl::StatusOr<int64_t> CloseOpenConnections(
      absl::Time time, std::string_view reason) override {
    return MakeSqlite(folder_)->CloseOpenConnections(time, reason);
  }
  absl::StatusOr<std::vector<Account>> AllAccounts() override {
    return MakeSqlite(folder_)->AllAccounts();
  }
  absl::StatusOr<std::vector<Connection>> AllConnections() override {
    return MakeSqlite(folder_)->AllConnections();
  }

 private:
  const TempFolder& folder_;
};

std::unique_ptr<Store> MakeReopening(const TempFolder& folder) {
  return std::make_unique<ReopeningStore>(folder);
}

std::unique_ptr<Store> MakeMemory(const TempFolder&) {
  return OpenMemoryStore();
}

const auto kStores = testing::Values(&MakeMemory, &MakeSqlite, &MakeReopening);
std::string Name(const testing::TestParamInfo<MakeStore>& info) {
  constexpr const char* kNames[] = {"Memory", "Sqlite", "SqliteReopened"};
  return kNames[info.index];
}

INSTANTIATE_TEST_SUITE_P(Every, StoreContract, kStores, Name);
INSTANTIATE_TEST_SUITE_P(Every, StoreContractRooms, kStores, Name);
INSTANTIATE_TEST_SUITE_P(Every, StoreContractResume, kStores, Name);
INSTANTIATE_TEST_SUITE_P(Every, StoreContractModeration, kStores, Name);

// ---- reading beside the one who writes --------------------------------------

class ReaderTest : public testing::TestWithParam<MakeStore> {};

TEST_P(ReaderTest, SeesEachCommitOnceItIsDone) {
  constexpr uint64_t kMessages = 300;
  const TempFolder folder;
  const auto store = GetParam()(folder);
  ASSERT_TRUE(store->OpenLobby().ok());
  Reader& reader = *store->OpenReader(1 << 20).value();
  std::atomic<uint64_t> committed = 0;
  std::thread writer([&] {
    for (uint64_t seq = 1; seq <= kMessages; ++seq) {
      const Write say = AppendMessage{{.room = kLobby,
                                       .seq = seq,
                                       .time = absl::FromUnixMillis(1),
                                       .alias = "ann",
                                       .text = "hi"}};
      EXPECT_TRUE(store->Commit({say}).ok());
      committed = seq;
    }
  });
  uint64_t before = 0;
  while (before < kMessages) {
    before = committed;
    const auto page =
        reader.ReadHistory({.room = kLobby, .limit = 1, .bytes = 1});
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) break;
    const uint64_t seen =
        page->messages.empty() ? 0 : page->messages.back().seq;
    EXPECT_GE(seen, before);
  }
  writer.join();
}

INSTANTIATE_TEST_SUITE_P(Every, ReaderTest,
                         testing::Values(&MakeMemory, &MakeSqlite), Name);

// ---- a store that fails -----------------------------------------------------

Write Hello() { return RecordLogin{"ann", "::1", 1, absl::FromUnixMillis(1)}; }

TEST(FaultyStoreTest, FailsAsOftenAsTold) {
  test::FaultyStore store;
  store.FailNextCommits(2);
  EXPECT_TRUE(absl::IsUnavailable(store.Commit({Hello()}).status()));
  EXPECT_TRUE(absl::IsUnavailable(store.Commit({Hello()}).status()));
  EXPECT_TRUE(store.Commit({Hello()}).ok());
  EXPECT_EQ(store.commits(), 3);
  EXPECT_EQ(store.AllConnections()->size(), 1u);
}

TEST(FaultyStoreTest, BlocksUntilReleased) {
  test::FaultyStore store;
  store.BlockCommits();
  std::thread writer([&store] { EXPECT_TRUE(store.Commit({Hello()}).ok()); });
  EXPECT_TRUE(store.WaitUntilBlocked());
  store.ReleaseCommits();
  writer.join();
  EXPECT_EQ(store.AllConnections()->size(), 1u);
}

TEST(StoreTest, NeedsAName) {
  EXPECT_TRUE(absl::IsInvalidArgument(OpenStore("").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(OpenStoreForReading("").status()));
  EXPECT_TRUE(OpenStore("memory:").ok());
}

}  // namespace
}  // namespace chat77::store
